// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_SSE_EVENT_HPP
#define TIDINGS_SSE_EVENT_HPP

#include <tidings/version.hpp>

#include <string>

TIDINGS_NAMESPACE_BEGIN

/// One event of a stream that an application writes by itself. (Through a hub one publishes a `Message`.)
struct SseEvent {
  /// UTF-8, 0 .. defaults::max_payload_bytes bytes; line breaks may be CR, LF or CRLF and arrive as LF.
  std::string data{};
  /// Dispatched under this name; empty = `message`. UTF-8 without CR, LF or NUL, at most 256 bytes.
  std::string event{};
  /// Comes back as `Last-Event-ID` when the client reconnects; empty = the id before it stays. No CR, LF or NUL.
  std::string id{};
  /// Of the policy `conflate`: a queued event with the same key gives way to this one. Empty = none.
  std::string key{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_SSE_EVENT_HPP
