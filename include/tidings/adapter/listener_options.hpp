// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_LISTENER_OPTIONS_HPP
#define TIDINGS_ADAPTER_LISTENER_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/protocol/http/request_parser.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// Where a listener listens, and what one client may cost.
struct ListenerOptions {
  /// An IPv4 or IPv6 address; `::` listens on both.
  std::string address = "127.0.0.1";
  /// 0 = any free one, see `Listener::port`.
  std::uint16_t port = 0;
  /// Connections waiting to be accepted; with `reuse_port` for each loop.
  int backlog = 4096;
  /// Each loop listens with a socket of its own (SO_REUSEPORT): a connection is accepted where it is served, and other
  /// processes of the same user may listen on the port as well. The kernel spreads connections by their address, which for
  /// few of them is less even than taking turns, as is done without, and sends them also to a loop that is not run yet.
  /// `max_connections` may then be passed by as many as there are loops. Where the system knows no such thing, it is
  /// ignored.
  bool reuse_port = false;
  /// Open connections; one more is answered 503 and closed. Streams that the hub has taken over do not count.
  std::size_t max_connections = defaults::max_connections;
  /// Of one request. Bodies of all requests under way share `max_pending_body_bytes` beyond their first 16 KiB.
  protocol::RequestLimits limits{};
  std::size_t max_pending_body_bytes = defaults::max_pending_body_bytes;
  /// For the whole head, from its first byte or the connection's beginning; after it the client gets 408.
  std::chrono::milliseconds header_timeout = defaults::header_timeout;
  /// For the whole body.
  std::chrono::milliseconds body_timeout = defaults::body_timeout;
  /// Between two requests.
  std::chrono::milliseconds keep_alive_timeout = defaults::keep_alive_timeout;
  /// An answer that makes no progress for this long ends the connection.
  std::chrono::milliseconds write_timeout = defaults::write_stall;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_LISTENER_OPTIONS_HPP
