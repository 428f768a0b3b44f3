// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_SSE_STREAM_OPTIONS_HPP
#define TIDINGS_SSE_STREAM_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/http_types.hpp>
#include <tidings/queue_policy.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// How a single event stream behaves.
struct SseStreamOptions {
  /// Bytes that wait for the client, those on their way included; an empty queue takes any event.
  std::size_t max_queue_bytes = defaults::max_queue_bytes;
  /// For the event too many: `close`, `conflate` (by SseEvent::key; a queue still full closes), `drop_new` or
  /// `drop_oldest`. `spill` needs a hub.
  QueuePolicy policy = QueuePolicy::close;
  /// The client's wait before it reconnects, told at the beginning. > 0.
  std::chrono::milliseconds retry = defaults::sse_retry;
  /// A comment after this time without an event. > 0; needs the constructor with an executor.
  std::chrono::milliseconds heartbeat = defaults::sse_heartbeat;
  /// The stream is ended in order after this time, and the client comes back. 0 = never; needs an executor.
  std::chrono::milliseconds max_lifetime = defaults::sse_max_lifetime;
  /// A write that is not taken for this long ends the stream. > 0; needs an executor.
  std::chrono::milliseconds write_timeout = defaults::write_stall;
  /// Headers beside those of every event stream.
  std::vector<Header> headers{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_SSE_STREAM_OPTIONS_HPP
