// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_SSE_TERMS_HPP
#define TIDINGS_DELIVERY_SSE_TERMS_HPP

#include <tidings/defaults.hpp>
#include <tidings/http_types.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// How one event stream is written.
struct SseTerms {
  /// `ids=own`: each message carries its own token; the client keeps the map. Else `id:` is the whole cursor.
  bool own_ids = false;
  std::chrono::milliseconds heartbeat = defaults::sse_heartbeat;
  std::chrono::milliseconds retry = defaults::sse_retry;
  /// Unread inbox messages at the start; none for an anonymous session.
  std::optional<std::size_t> unread;
};

/// The headers of every event stream.
inline std::vector<Header> sse_headers() {
  // Bare type: some servers compare the whole value before they compress. X-Accel-Buffering: nginx.
  return {
      {"Content-Type", "text/event-stream"}, {"Cache-Control", "no-cache, no-transform"}, {"X-Accel-Buffering", "no"}};
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_SSE_TERMS_HPP
