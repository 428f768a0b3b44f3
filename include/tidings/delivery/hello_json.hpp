// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_HELLO_JSON_HPP
#define TIDINGS_DELIVERY_HELLO_JSON_HPP

#include <tidings/delivery/carrier.hpp>
#include <tidings/protocol/json_text.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/session_info.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Appends what a client that keeps its own cursor is told first: its session, where it stands, how often it hears of
/// us.
inline void append_hello_json(std::string& out, SessionId id, std::span<const SlotToken> slots,
                              std::chrono::milliseconds heartbeat, std::optional<std::size_t> unread) {
  out.append("{\"session\":\"").append(to_string(id)).append("\",\"at\":{");
  bool first = true;
  for (const SlotToken& each : slots) {
    if (!each.active) continue;
    if (!std::exchange(first, false)) out.push_back(',');
    protocol::append_json_string(out, each.topic);
    out.append(":\"").append(protocol::to_token(each.tag, each.position)).append("\"");
  }
  out.append("},\"heartbeat_ms\":").append(std::to_string(heartbeat.count()));
  if (unread) out.append(",\"unread\":").append(std::to_string(*unread));
  out.push_back('}');
}

/// Appends that a topic must be read anew, and where it stands now.
inline void append_gap_json(std::string& out, std::string_view topic, std::string_view token) {
  out.append("{\"topics\":[");
  protocol::append_json_string(out, topic);
  out.append("],\"at\":{");
  protocol::append_json_string(out, topic);
  out.append(":\"").append(token).append("\"}}");
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_HELLO_JSON_HPP
