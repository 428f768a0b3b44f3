// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_HTTPLIB_OPTIONS_HPP
#define TIDINGS_ADAPTER_HTTPLIB_OPTIONS_HPP

#include <tidings/defaults.hpp>

#include <chrono>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// What pushing may take of a cpp-httplib server, which lends one thread to each open stream and each waiting poll.
struct HttplibOptions {
  /// Threads that streams and long polls may hold. One more stream is told to come back later (`retry:`), one more long
  /// poll too (503). 0 = short polls only.
  std::size_t max_pinned = defaults::max_pinned_threads;
  /// Threads beside them for the application's own requests and short polls. cpp-httplib holds one for each idle
  /// keep-alive connection too, five seconds long by its default.
  std::size_t other_threads = defaults::other_threads;
  /// How often a waiting thread looks whether its client is still there. >= 10 ms.
  std::chrono::milliseconds probe_interval = defaults::probe_interval;
  /// `Server::set_write_timeout`: a client that takes nothing for this long is cut, and gives its thread back. The
  /// default of cpp-httplib, 5 s, is short for a phone in a tunnel. A server that stops gives its streams one second.
  std::chrono::milliseconds write_timeout = defaults::blocking_write_timeout;
  /// Largest body of a POST that is kept; a larger one is read to its end and answered 413.
  std::size_t max_body_bytes = defaults::max_body_bytes;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_HTTPLIB_OPTIONS_HPP
