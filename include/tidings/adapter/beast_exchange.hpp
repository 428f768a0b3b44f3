// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_BEAST_EXCHANGE_HPP
#define TIDINGS_ADAPTER_BEAST_EXCHANGE_HPP

#include <tidings/adapter/beast_options.hpp>
#include <tidings/adapter/beast_request.hpp>
#include <tidings/adapter/impl/beast_response.hpp>
#include <tidings/concepts.hpp>
#include <tidings/request_snapshot.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

template <class BeastStream>
class BeastExchange;

/// Called with the connection when an answer is out and the next request may be read from it, on the stream's executor:
/// `(BeastStream stream, boost::beast::flat_buffer buffer)`. Destroyed uncalled when the connection is over: closed,
/// handed over, or its execution context is gone. Without one the connection is closed behind the answer.
template <class BeastStream>
using BeastNext = UniqueFunction<void(std::type_identity_t<BeastStream>, boost::beast::flat_buffer)>;

/// Answers a request that your session has read from a Beast stream, by a handler of your own: `serve` of BeastRoutes
/// does it by an endpoint.
///
/// ```cpp
/// tidings::adapter::serve(handler, std::move(stream), std::move(buffer), std::move(request),
///                         [](beast::tcp_stream stream, beast::flat_buffer buffer) { /* read the next request */ });
/// ```
/// The stream's timeouts are switched off, TCP_NODELAY and TCP_USER_TIMEOUT set.
/// @tparam BeastStream  `beast::tcp_stream`, `beast::ssl_stream<beast::tcp_stream>`, `asio::ssl::stream<...>` or another
///                      stream of Beast's form; nothing is under way on it.
/// @param handler  `(RequestSnapshot, BeastExchange<BeastStream>)`, called inside. What it throws passes through; its
///                 client gets 500.
/// @param buffer   What was read beyond the request.
/// @param next     See BeastNext.
/// Thread         the stream's executor; if several threads run its context, a strand.
template <class BeastStream, class Body, class Fields, class Handler>
void serve(Handler&& handler, BeastStream stream, boost::beast::flat_buffer buffer,
           boost::beast::http::request<Body, Fields> request, BeastNext<BeastStream> next = {},
           const BeastOptions& options = {});

/// One request that came over a Beast stream, to be answered once: whole, as a stream of pieces, or in another protocol.
///
/// Thread    any, also long after the handler returned. Destroyed unused it answers 503.
/// Lifetime  may outlive the stream's execution context; then nothing happens any more, and completions say `closed`.
template <class BeastStream>
class BeastExchange {
 public:
  class Answer;
  class Stream;
  class Bytes;

  static constexpr Capabilities capabilities{.late_answer = true,
                                             .gone_while_idle = true,
                                             .write_completion = true,
                                             .http10_stream = true,
                                             .finds_silent_peer = true};
  /// The stream is plain TCP, whose socket can leave it.
  static constexpr bool hands_over = detail::is_plain_beast_stream<BeastStream>;

  BeastExchange(BeastExchange&&) noexcept = default;
  BeastExchange& operator=(BeastExchange&&) noexcept = default;

  /// The answer as a Responder.
  Answer answer() && { return Answer(std::move(response_)); }
  /// The answer as a StreamingResponse; over plain TCP it can hand its socket over.
  Stream stream() && { return Stream(std::move(response_)); }
  /// The connection as a ByteStream, for a request that asks to upgrade; over plain TCP it can hand its socket over.
  Bytes bytes() && {
    response_->become_raw();
    return Bytes(std::move(response_));
  }

 private:
  template <class S, class Body, class Fields, class Handler>
  friend void serve(Handler&& handler, S stream, boost::beast::flat_buffer buffer,
                    boost::beast::http::request<Body, Fields> request, BeastNext<S> next, const BeastOptions& options);
  using Response = std::shared_ptr<detail::BeastResponse<BeastStream>>;
  explicit BeastExchange(Response response) : response_(std::move(response)) {}

  Response response_;
};

/// Models Responder.
template <class BeastStream>
class BeastExchange<BeastStream>::Answer {
 public:
  static constexpr Capabilities capabilities = BeastExchange::capabilities;

  void respond(ResponseHead head, SharedBytes body) { response_->respond(std::move(head), std::move(body)); }
  void on_gone(UniqueFunction<void()> gone) { response_->on_gone(std::move(gone)); }

 private:
  friend class BeastExchange;
  explicit Answer(Response response) : response_(std::move(response)) {}

  Response response_;
};

/// Models StreamingResponse; over plain TCP HandsOver too.
template <class BeastStream>
class BeastExchange<BeastStream>::Stream {
 public:
  static constexpr Capabilities capabilities = BeastExchange::capabilities;

  void start(ResponseHead head) { response_->start(std::move(head)); }
  void write(SharedBytes bytes, WriteDone done) { response_->write(std::move(bytes), std::move(done)); }
  void finish() { response_->finish(); }
  void abort() { response_->abort(); }
  void on_gone(UniqueFunction<void()> gone) { response_->on_gone(std::move(gone)); }
  void release(Completion<NativeSocket> done) requires(hands_over) { response_->release(std::move(done)); }

 private:
  friend class BeastExchange;
  explicit Stream(Response response) : response_(std::move(response)) {}

  Response response_;
};

/// Models ByteStream; over plain TCP HandsOver too. Behind `shut` over TLS nothing more is heard of the client but its end.
template <class BeastStream>
class BeastExchange<BeastStream>::Bytes {
 public:
  static constexpr Capabilities capabilities = BeastExchange::capabilities;

  void read_some(std::span<char> buffer, Completion<std::size_t> done) {
    response_->read_some(buffer, std::move(done));
  }
  void write(SharedBytes bytes, WriteDone done) { response_->write_raw(std::move(bytes), std::move(done)); }
  void shut() { response_->shut(); }
  void abort() { response_->abort(); }
  std::string prefetched() { return response_->take_prefetched(); }
  void release(Completion<NativeSocket> done) requires(hands_over) { response_->release(std::move(done)); }

 private:
  friend class BeastExchange;
  explicit Bytes(Response response) : response_(std::move(response)) {}

  Response response_;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#include <tidings/adapter/impl/beast_exchange.hpp>

#endif  // TIDINGS_ADAPTER_BEAST_EXCHANGE_HPP
