// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_SSE_EVENT_HPP
#define TIDINGS_PROTOCOL_SSE_EVENT_HPP

#include <tidings/version.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// A line of an event whose field name the standard does not know; browsers ignore it, our clients read `enc`.
struct SseField {
  std::string name;
  std::string value;
};

/// One dispatched event of an event stream.
struct SseEvent {
  /// The last event id as of this event: its own, or the one inherited from an earlier event.
  std::string id;
  /// Event name; `message` when the stream gave none.
  std::string event;
  /// Lines joined by LF, without the last line break.
  std::string data;
  /// The reconnection time, if this event's own block carried one.
  std::optional<std::chrono::milliseconds> retry;
  /// True when this event's own block carried a legal `id` line.
  bool has_id = false;
  /// Unknown fields, in their order.
  std::vector<SseField> unknown;

  /// The value of an unknown field, the last one winning; empty when there is none.
  std::string_view unknown_field(std::string_view name) const noexcept {
    std::string_view value;
    for (const SseField& each : unknown) {
      if (each.name == name) value = each.value;
    }
    return value;
  }
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_SSE_EVENT_HPP
