// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_RESTINIO_OPTIONS_HPP
#define TIDINGS_ADAPTER_RESTINIO_OPTIONS_HPP

#include <tidings/defaults.hpp>

#include <chrono>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// What `preset` sets of a RESTinio server, and bounds of our own.
struct RestinioOptions {
  /// `handle_request_timeout`: RESTinio counts the pauses of a stream and a held poll as handling, and cuts both after
  /// 10 s by its default. The hub has its own times.
  std::chrono::milliseconds request_timeout = std::chrono::hours(24);
  /// `write_http_response_timelimit`: one write that takes longer cuts its client. RESTinio's own 5 s are short for a
  /// phone in a tunnel.
  std::chrono::milliseconds write_timeout = defaults::write_stall;
  /// `read_next_http_message_timelimit`: an idle connection is kept so long.
  std::chrono::milliseconds keep_alive_timeout = defaults::keep_alive_timeout;
  /// `max_pipelined_requests`, >= 2: RESTinio reads on during an answer only then, and sees that its client has left.
  std::size_t max_pipelined = 4;
  /// A peer that acknowledges no byte for this long is gone (TCP_USER_TIMEOUT; Linux). 0 = the system's, some minutes.
  std::chrono::milliseconds tcp_user_timeout = defaults::tcp_user_timeout;
  /// A larger body of a POST is answered 413. RESTinio has read it by then: see `incoming_http_msg_limits`.
  std::size_t max_body_bytes = defaults::max_body_bytes;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_RESTINIO_OPTIONS_HPP
