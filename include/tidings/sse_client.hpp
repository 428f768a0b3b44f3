// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_SSE_CLIENT_HPP
#define TIDINGS_SSE_CLIENT_HPP

#include <tidings/client_options.hpp>
#include <tidings/client_status.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/net/client/offer.hpp>
#include <tidings/net/client/sse_client_core.hpp>
#include <tidings/received.hpp>
#include <tidings/upward_answer.hpp>
#include <tidings/upward_message.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// A client of an endpoint over an event stream, or of any event stream (`ClientOptions::raw`), where WebSockets do not get
/// through: comes back and goes on as `SseClient` does. What goes upwards, acknowledgements too, goes by POST over
/// connections of its own.
///
/// ```cpp
/// tidings::SseClient client{context.get_executor(), "http://127.0.0.1:8080/push", {.topics = {"orders"}}};
/// client.connect();
/// tidings::Received received = co_await client.async_receive(asio::use_awaitable);
/// ```
/// A raw stream goes on by `Last-Event-ID`, and `retry:` says how soon.
/// Thread    any, also several at once. Its work and its callbacks run on a strand of the executor.
/// Lifetime  the destructor ends everything: no callback comes after it (it waits for one that runs on another thread), and
///           handlers are called with errc::closed. The executor's context must outlive it.
class SseClient {
 public:
  /// Connects to nothing yet.
  ///
  /// @param executor  Of an `io_context`, or of anything else that runs handlers.
  /// @param url       `http://` or `https://`, also `ws` and `wss`; may have a query of its own.
  /// Throws `std::invalid_argument`: a URL, proxy, cursor or bound that cannot be used; `https` without `ClientOptions::tls`.
  SseClient(const net::any_io_executor& executor, std::string_view url, ClientOptions options = {})
      : core_(std::make_shared<io::SseClientCore>(executor, url, std::move(options))) {}
  SseClient(SseClient&&) noexcept = default;
  SseClient& operator=(SseClient&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~SseClient() {
    if (core_) core_->leave();
  }

  /// Begins to connect; waits no longer, if it waits; begins anew, if it is stopped.
  void connect() { core_->connect({}); }

  /// The same, and completes when the attempt has: connected, and greeted by a hub. After a failure
  /// the client goes on trying by itself, unless `status()` says that it is stopped.
  ///
  /// @param token  Signature `void(error_code)`.
  /// Errors       errc::timeout, errc::unauthorized, errc::handshake_failed (no event stream; `status().http_status`),
  ///              errc::proxy_refused, errc::untrusted_certificate, errc::closed, what the system says.
  /// Cancellation terminal, partial, total: the handler is called with errc::cancelled; the client goes on.
  /// Executor     the handler's own, else the client's strand.
  template <class Token>
  auto async_connect(Token&& token) {
    return io::async_result<>([core = core_] { return core->home(); },
                              [core = core_](Completion<> done) { core->connect(std::move(done)); },
                              std::forward<Token>(token));
  }

  /// Waits for the next message or gap, over all connections. What was received before counts as taken from now on; with
  /// several at once that is any of them. For clients without `on_received`.
  ///
  /// @param token  Signature `void(error_code, Received)`.
  /// Errors       errc::closed; the error of `status()`: it is stopped; errc::not_supported: `on_received` gets them.
  /// Cancellation terminal, partial, total: errc::cancelled; the message that comes next waits for the next call.
  /// Executor     as async_connect.
  template <class Token>
  auto async_receive(Token&& token) {
    return io::async_offer<Received>([core = core_] { return core->home(); },
                                     [core = core_](io::Offer<Received> offer) { core->receive(std::move(offer)); },
                                     std::forward<Token>(token));
  }

  /// Says something to the application at the other end and waits for its reply. Never said twice.
  ///
  /// @param token  Signature `void(error_code, UpwardReply)`.
  /// Errors       errc::connection_lost: there was no answer; errc::timeout; errc::refused: the reply has the
  ///              application's word (`event`) and text (`data`); errc::unauthorized; errc::invalid_event_name,
  ///              errc::invalid_utf8, errc::invalid_json; errc::not_supported (also in raw mode), errc::closed, and what
  ///              else the server answers by name.
  /// Cancellation terminal, partial, total: errc::cancelled; it may have been said.
  template <class Token>
  auto async_send(UpwardMessage message, Token&& token) {
    return io::async_result<UpwardReply>(
        [core = core_] { return core->home(); },
        [core = core_, message = std::move(message)](Completion<UpwardReply> done) mutable {
          core->ask(std::move(message), std::move(done));
        },
        std::forward<Token>(token));
  }

  /// Marks inbox messages as seen; none named = all.
  ///
  /// @param token  Signature `void(error_code, std::size_t)`: how many are unread.
  /// Errors       as async_send of an UpwardMessage.
  template <class Token>
  auto async_seen(std::vector<std::string> tokens, Token&& token) {
    return io::async_result<std::size_t>(
        [core = core_] { return core->home(); },
        [core = core_, tokens = std::move(tokens)](Completion<std::size_t> done) mutable {
          core->seen(std::move(tokens), std::move(done));
        },
        std::forward<Token>(token));
  }

  /// Asks for more topics, and gives others back: the stream is opened anew and goes on where it was. Nothing in raw mode.
  void subscribe(std::vector<std::string> topics) { core_->change_topics(std::move(topics), {}); }
  void unsubscribe(std::vector<std::string> topics) { core_->change_topics({}, std::move(topics)); }

  /// Ends it for good; what was received counts as taken, and is told within `ClientOptions::close_timeout`.
  void close() { core_->close(CloseCode::normal, {}); }

  ClientStatus status() const { return core_->status(); }
  ClientState state() const { return core_->status().state; }
  /// Behind the last message or gap that was handed over: to be kept with what that has changed, and given to the next
  /// client. Empty before the first connection.
  std::string cursor() const { return core_->cursor(); }
  const std::string& device() const { return core_->device(); }

 private:
  std::shared_ptr<io::SseClientCore> core_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_SSE_CLIENT_HPP
