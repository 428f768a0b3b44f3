// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_CLIENT_HPP
#define TIDINGS_WS_CLIENT_HPP

#include <tidings/client_options.hpp>
#include <tidings/client_status.hpp>
#include <tidings/close_code.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/net/client/offer.hpp>
#include <tidings/net/client/ws_client_core.hpp>
#include <tidings/received.hpp>
#include <tidings/upward_answer.hpp>
#include <tidings/upward_message.hpp>
#include <tidings/ws_message.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// A client of an endpoint over WebSocket (`tidings.v1`), or of any WebSocket server (`ClientOptions::raw`): connects, comes
/// back after every end that allows it, and goes on behind the last message that the application took, without loss and
/// without a duplicate, or with a gap in so many words.
///
/// ```cpp
/// asio::io_context context;
/// tidings::WsClient client{context.get_executor(), "ws://127.0.0.1:8080/push", {.topics = {"orders"}}};
/// client.connect();
/// for (;;) {
///   tidings::Received received = co_await client.async_receive(asio::use_awaitable);
///   if (received.kind == tidings::Received::Kind::gap) reload(received.topic); else show(received.data);
/// }
/// ```
/// Thread    any, also several at once. Its work and its callbacks run on a strand of the executor.
/// Lifetime  the destructor ends everything: no callback comes after it (it waits for one that runs on another thread),
///           handlers are called with errc::closed, and the close frame leaves while somebody runs the executor, for
///           `ClientOptions::close_timeout` at most. A message that nobody is done with counts as not taken. The
///           executor's context must outlive it.
class WsClient {
 public:
  /// Connects to nothing yet.
  ///
  /// @param executor  Of an `io_context`, or of anything else that runs handlers.
  /// @param url       `ws://` or `wss://`, also `http` and `https`; may have a query of its own.
  /// Throws `std::invalid_argument`: a URL, proxy, cursor or bound that cannot be used; `wss` without `ClientOptions::tls`.
  WsClient(const net::any_io_executor& executor, std::string_view url, ClientOptions options = {})
      : core_(std::make_shared<io::WsClientCore>(executor, url, std::move(options))) {}
  WsClient(WsClient&&) noexcept = default;
  WsClient& operator=(WsClient&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~WsClient() {
    if (core_) core_->leave();
  }

  /// Begins to connect; waits no longer, if it waits; begins anew, if it is stopped.
  void connect() { core_->connect({}); }

  /// The same, and completes when the attempt has: connected, and greeted where `tidings.v1` is spoken. After a failure
  /// the client goes on trying by itself, unless `status()` says that it is stopped.
  ///
  /// @param token  Signature `void(error_code)`.
  /// Errors       errc::timeout, errc::unauthorized, errc::handshake_failed (`status().http_status`), errc::proxy_refused,
  ///              errc::untrusted_certificate, errc::not_supported (a server without `tidings.v1`), errc::closed, what
  ///              the system says.
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
  /// Errors       errc::peer_gone: there is no connection now, and nothing was said; errc::connection_lost: it ended
  ///              before the answer; errc::closed; errc::timeout; errc::refused: the reply has the application's word (`event`) and
  ///              text (`data`); errc::queue_full; errc::invalid_event_name, errc::invalid_utf8, errc::invalid_json;
  ///              errc::not_supported (also in raw mode), and what else the server answers by name.
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

  /// Sends one message of the application's own protocol, in raw mode.
  ///
  /// @param token  Signature `void(error_code)`: the kernel has it.
  /// Errors       errc::peer_gone: there is no connection now; errc::connection_lost; errc::queue_full: more than
  ///              `max_queue_bytes` wait; errc::invalid_utf8; errc::not_supported: this is not raw; errc::closed.
  /// Cancellation terminal, partial, total: errc::cancelled; it may still go out.
  template <class Token>
  auto async_send(WsMessage message, Token&& token) {
    return io::async_result<>([core = core_] { return core->home(); },
                              [core = core_, message = std::move(message)](Completion<> done) mutable {
                                core->send(std::move(message), std::move(done));
                              },
                              std::forward<Token>(token));
  }
  /// The same, and what becomes of it is not asked.
  void send(WsMessage message) { core_->send(std::move(message), {}); }

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

  /// Asks for more topics: over the connection if it is open, else the next one names them.
  ///
  /// @param token  Signature `void(error_code)`.
  /// Errors       errc::topic_not_allowed, errc::too_many_topics, errc::invalid_topic, errc::timeout: they are not asked
  ///              for any more; errc::not_supported in raw mode.
  template <class Token>
  auto async_subscribe(std::vector<std::string> topics, Token&& token) {
    return io::async_result<>([core = core_] { return core->home(); },
                              [core = core_, topics = std::move(topics)](Completion<> done) mutable {
                                core->subscribe(std::move(topics), std::move(done));
                              },
                              std::forward<Token>(token));
  }
  /// Gives topics back that were asked for; nothing of them comes after this.
  template <class Token>
  auto async_unsubscribe(std::vector<std::string> topics, Token&& token) {
    return io::async_result<>([core = core_] { return core->home(); },
                              [core = core_, topics = std::move(topics)](Completion<> done) mutable {
                                core->unsubscribe(std::move(topics), std::move(done));
                              },
                              std::forward<Token>(token));
  }

  /// Ends it for good, within `ClientOptions::close_timeout`; what was received counts as taken, and is told first.
  void close(CloseCode code = CloseCode::normal, std::string reason = {}) {
    core_->close(may_be_sent(code) ? code : CloseCode::normal, std::move(reason));
  }

  ClientStatus status() const { return core_->status(); }
  ClientState state() const { return core_->status().state; }
  /// Behind the last message or gap that was handed over: to be kept with what that has changed, and given to the next
  /// client. Empty before the first connection.
  std::string cursor() const { return core_->cursor(); }
  const std::string& device() const { return core_->device(); }

 private:
  std::shared_ptr<io::WsClientCore> core_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_CLIENT_HPP
