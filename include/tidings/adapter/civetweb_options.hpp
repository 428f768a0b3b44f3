// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_CIVETWEB_OPTIONS_HPP
#define TIDINGS_ADAPTER_CIVETWEB_OPTIONS_HPP

#include <tidings/defaults.hpp>

#include <chrono>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// What pushing may take of a civetweb server, which lends one thread to each connection. The same go to
/// `CivetwebSettings`, which the server is started with, and to `mount`.
struct CivetwebOptions {
  /// Threads that streams, WebSockets and long polls may hold. One more stream is told to come back later (`retry:`), one
  /// more WebSocket or long poll too (503). 0 = short polls only.
  std::size_t max_pinned = defaults::max_pinned_threads;
  /// Threads beside them for the application's own requests and short polls: `num_threads` is the sum.
  std::size_t other_threads = defaults::other_threads;
  /// How often a waiting thread looks whether its client is still there, and its server. >= 10 ms.
  std::chrono::milliseconds probe_interval = defaults::probe_interval;
  /// `request_timeout_ms`: a client that takes nothing for this long is cut, and gives its thread back. It is also how
  /// long civetweb waits for a request's head and body.
  std::chrono::milliseconds write_timeout = defaults::blocking_write_timeout;
  /// A peer that acknowledges no byte for this long is gone (TCP_USER_TIMEOUT; Linux). 0 = the system's, some minutes.
  std::chrono::milliseconds tcp_user_timeout = defaults::tcp_user_timeout;
  /// Largest body of a POST; a larger one is answered 413.
  std::size_t max_body_bytes = defaults::max_body_bytes;
  /// Largest message of a WebSocket. civetweb reads whole frames of up to 2 GiB before we see them: this bounds what is
  /// kept of a message in several.
  std::size_t max_message_bytes = defaults::max_ws_message_bytes;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_CIVETWEB_OPTIONS_HPP
