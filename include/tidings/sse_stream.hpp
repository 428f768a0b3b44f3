// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_SSE_STREAM_HPP
#define TIDINGS_SSE_STREAM_HPP

#include <tidings/completion.hpp>
#include <tidings/concepts.hpp>
#include <tidings/delivery/outbox.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/net/interval.hpp>
#include <tidings/sse_event.hpp>
#include <tidings/sse_stream_options.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {
template <StreamingResponse R>
class SseStreamState;
}

/// One event stream that the application writes by itself, without a hub: strict headers, a flush per write, a bounded
/// queue, heartbeats.
///
/// ```cpp
/// tidings::SseStream stream{io_context.get_executor(), std::move(response)};
/// stream.send({.data = "42", .event = "progress"});
/// ```
/// Fan-out, resume and the answer who got what are the hub's (`Hub`, `mount`).
///
/// @tparam R  A model of StreamingResponse.
/// Thread    any, also several at once; events keep the order in which `send` was called.
/// Lifetime  move-only. The destructor closes: what is queued still goes out. Callbacks may be called after it.
template <StreamingResponse R>
class SseStream {
 public:
  /// Begins the stream: status, headers and the retry hint leave at once. Without an executor nobody watches the time:
  /// call `heartbeat` yourself, every `SseStreamOptions::heartbeat`, else proxies cut the stream when it is quiet.
  ///
  /// Throws `std::invalid_argument` for options out of their range.
  explicit SseStream(R response, SseStreamOptions options = {});
  /// The same with heartbeats, lifetime and write timeout on the application's executor.
  SseStream(net::any_io_executor executor, R response, SseStreamOptions options = {});
  SseStream(SseStream&&) noexcept = default;
  SseStream& operator=(SseStream&& other) noexcept {
    if (this != &other) {
      close();
      state_ = std::move(other.state_);
      executor_ = std::move(other.executor_);
    }
    return *this;
  }
  ~SseStream() { close(); }

  /// Sends one event; never blocks.
  ///
  /// @param done  Called exactly once, from any thread, when the event has left the adapter; that says nothing of
  ///              receipt.
  /// Errors      errc::invalid_event_name, errc::invalid_cursor (the id), errc::invalid_utf8, errc::payload_too_large;
  ///             errc::queue_full (given up by the policy), errc::slow_consumer, errc::closed, what the adapter reports.
  void send(SseEvent event, Completion<> done = {});

  /// The same as an asynchronous operation.
  ///
  /// @param token  Signature `void(error_code)`.
  /// Errors       as send.
  /// Cancellation terminal, partial, total: the handler is called with errc::cancelled; the event may still go out.
  /// Executor     the handler's own, else the stream's; a stream without one throws `net::bad_executor` for a handler
  ///              without one.
  template <class Token>
  auto async_send(SseEvent event, Token&& token) {
    return io::async_result<>(
        [executor = executor_] {
          return io::Home{executor, nullptr};
        },
        [state = state_, event = std::move(event)](Completion<> done) mutable {
          detail::SseStreamState<R>::send(state, std::move(event), std::move(done));
        },
        std::forward<Token>(token));
  }

  /// A comment, if nothing else is waiting to be written.
  void heartbeat();

  /// Ends the stream in order, behind what is queued. The client comes back after `SseStreamOptions::retry`.
  void close();

  /// Called once, from any thread, when the stream has ended: without an error after `close`, with errc::lifetime_ended,
  /// errc::write_stalled, errc::slow_consumer, errc::peer_gone or what the adapter reports. At once if it has already.
  void on_closed(UniqueFunction<void(std::error_code)> f);

  bool open() const;
  /// Bytes that wait or are on their way.
  std::size_t buffered_bytes() const;
  /// Events that the policies `drop_new` and `drop_oldest` gave up.
  std::size_t dropped() const;

 private:
  std::shared_ptr<detail::SseStreamState<R>> state_;
  net::any_io_executor executor_;
};

template <StreamingResponse R>
SseStream(R) -> SseStream<R>;
template <StreamingResponse R>
SseStream(R, SseStreamOptions) -> SseStream<R>;
template <class E, StreamingResponse R>
SseStream(E, R) -> SseStream<R>;
template <class E, StreamingResponse R>
SseStream(E, R, SseStreamOptions) -> SseStream<R>;

TIDINGS_NAMESPACE_END

#include <tidings/impl/sse_stream.hpp>

#endif  // TIDINGS_SSE_STREAM_HPP
