// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_POLL_BODY_HPP
#define TIDINGS_DELIVERY_POLL_BODY_HPP

#include <tidings/delivery/poll_answer.hpp>
#include <tidings/protocol/json_text.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// The JSON text of a poll answer: `{"cursor", "messages", "gap", "more", "unread", "poll_after_ms"}`, parts that say
/// nothing left out.
///
/// @param cursor      Of the answer, as text.
/// @param unread      Of the inbox; none for an anonymous client.
/// @param poll_after  When to come back.
inline std::string encode_poll_body(const PollAnswer& answer, std::string_view cursor,
                                    std::optional<std::size_t> unread, std::chrono::milliseconds poll_after) {
  std::string body;
  body.reserve(answer.messages.size() + cursor.size() + 96);
  body.append("{\"cursor\":\"").append(cursor).append("\",\"messages\":[").append(answer.messages).append("]");
  if (!answer.gaps.empty()) {
    body.append(",\"gap\":[");
    for (const std::string& topic : answer.gaps) {
      if (body.back() != '[') body.push_back(',');
      protocol::append_json_string(body, topic);
    }
    body.push_back(']');
  }
  if (answer.more) body.append(",\"more\":true");
  if (unread) body.append(",\"unread\":").append(std::to_string(*unread));
  body.append(",\"poll_after_ms\":").append(std::to_string(poll_after.count())).append("}");
  return body;
}

/// Whether the answer tells the client anything that its own cursor does not say.
inline bool is_news(const PollAnswer& answer, const std::optional<protocol::Cursor>& asked) {
  if (!answer.empty() || !asked) return true;
  for (const protocol::PositionToken& each : answer.cursor.tokens()) {
    const std::optional<Position> known = asked->find(each.tag);
    if (!known || *known != each.position) return true;
  }
  return false;
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_POLL_BODY_HPP
