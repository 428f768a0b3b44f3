// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_SESSION_HPP
#define TIDINGS_WS_SESSION_HPP

#include <tidings/close_info.hpp>
#include <tidings/completion.hpp>
#include <tidings/impl/ws_session_face.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/ws_handler.hpp>
#include <tidings/ws_message.hpp>
#include <tidings/ws_message_writer.hpp>
#include <tidings/ws_options.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// One WebSocket of the application's own protocol: on the hub's loop with a queue, heartbeat and deadlines, over a socket
/// handed over, a server's byte stream (TLS), or a server's own WebSocket, alike. `accept_ws` makes one.
///
/// ```cpp
/// for (;;) {
///   tidings::WsMessage message = co_await session.async_receive(asio::use_awaitable);
///   session.send(std::move(message));
/// }
/// ```
/// Thread    any, also several at once; messages keep the order in which `send` was called.
/// Lifetime  a handle: copies are the same session, which lives until it is closed, handles or not. An empty one does
///           nothing and says errc::closed.
class WsSession {
 public:
  WsSession() = default;
  explicit WsSession(std::shared_ptr<detail::WsSessionFace> face) : face_(std::move(face)) {}

  explicit operator bool() const noexcept { return face_ != nullptr; }
  friend bool operator==(const WsSession&, const WsSession&) = default;

  /// Sends one message; never blocks.
  ///
  /// @param message  Copied before this returns. Text must be UTF-8.
  /// @param done     Called exactly once, on the session's loop or inside this call: the message was completely handed
  ///                 to the kernel or server; that says nothing of receipt.
  /// Errors         errc::invalid_utf8; errc::queue_full (given up by the policy), errc::slow_consumer (and the session
  ///                is closed with 1013), errc::closed.
  void send(WsMessage message, Completion<> done = {}) const {
    if (face_) face_->send(std::move(message), std::move(done));
  }

  /// The same without a completion; text that is not UTF-8 is not sent. Inside of a handler's call small messages take no
  /// memory of their own; what is sent there leaves together, once everything that has come is handled.
  void send(PayloadKind kind, std::string_view data) const {
    if (face_) face_->send(kind, data);
  }

  /// The same as an asynchronous operation.
  ///
  /// @param token  Signature `void(error_code)`.
  /// Errors       as send.
  /// Cancellation terminal, partial, total: the handler is called with errc::cancelled; the message may still go out.
  /// Executor     the handler's own, else the session's loop.
  template <class Token>
  auto async_send(WsMessage message, Token&& token) const {
    return io::async_result<>([face = face_] { return face ? face->home() : io::Home::on_system(); },
                              [face = face_, message = std::move(message)](Completion<> done) mutable {
                                if (face) face->send(std::move(message), std::move(done));
                              },
                              std::forward<Token>(token));
  }

  /// Waits for the next message; several may wait, the first gets the first. For sessions without a WsHandler.
  ///
  /// @param token  Signature `void(error_code, WsMessage)`.
  /// Errors       errc::closed: the session is over, `close_info` says how; errc::not_supported: a handler gets them.
  /// Cancellation terminal, partial, total: errc::cancelled; the message that comes next is then lost.
  /// Executor     as async_send.
  template <class Token>
  auto async_receive(Token&& token) const {
    return io::async_result<WsMessage>([face = face_] { return face ? face->home() : io::Home::on_system(); },
                                       [face = face_](Completion<WsMessage> done) {
                                         if (face) face->receive(std::move(done));
                                       },
                                       std::forward<Token>(token));
  }

  /// Begins a message that is sent in parts while it is made, one of any length in constant memory.
  ///
  /// It comes behind what was sent before it, and what is sent from now on waits behind it, as long as it lasts: bounded by
  /// `WsOptions::max_queue_bytes`, and messages of topics by the hub's queue. Pings and pongs go between its parts.
  /// @returns  Empty if it is refused; `WsMessageWriter::error` says why: errc::message_under_way (one at a time),
  ///           errc::not_supported (a server with a codec of its own takes whole messages only), errc::closed.
  template <class Face = detail::WsSessionFace>
  BasicWsMessageWriter<Face> begin_message(PayloadKind kind) const {
    return {face_, kind};
  }

  /// Says close behind what is queued; ends within `WsOptions::close_timeout`. Once; later calls do nothing.
  ///
  /// @param code    One that may_be_sent(); others become 1000.
  /// @param reason  UTF-8, cut at 123 bytes.
  void close(CloseCode code = CloseCode::normal, std::string reason = {}) const {
    if (face_) face_->close(may_be_sent(code) ? code : CloseCode::normal, std::move(reason));
  }
  /// Drops the connection.
  void kill() const {
    if (face_) face_->kill();
  }

  /// Leaves what the peer says where it is, until `resume_reading`: inside a handler's call nothing of the peer is handed
  /// out after it. TCP holds the peer back. What was read already, one read of the loop's at most, is kept; over a server
  /// with a codec of its own more comes, up to `WsOptions::max_message_bytes`, and then the session is closed (1008).
  ///
  /// Pings are not answered meanwhile, so that a peer with a deadline of its own may give up. We do not judge the peer: it
  /// is neither taken for dead, nor is a message late; after `resume_reading` both deadlines begin anew.
  void pause_reading() const {
    if (face_) face_->pause(true);
  }
  void resume_reading() const {
    if (face_) face_->pause(false);
  }

  /// Whether messages are still taken.
  bool open() const { return face_ && face_->open(); }
  /// Bytes of messages that wait or are on their way, exact.
  std::size_t buffered_bytes() const { return face_ ? face_->buffered_bytes() : 0; }
  /// Messages that the policies `drop_new` and `drop_oldest` gave up.
  std::size_t dropped() const { return face_ ? face_->dropped() : 0; }
  /// From a ping to its pong; nothing before the first, or where the server tells of no pongs.
  std::optional<std::chrono::microseconds> last_round_trip() const {
    return face_ ? face_->last_round_trip() : std::nullopt;
  }
  /// Smoothed.
  std::optional<std::chrono::microseconds> round_trip() const { return face_ ? face_->round_trip() : std::nullopt; }
  /// What was agreed on; empty = none.
  std::string subprotocol() const { return face_ ? face_->subprotocol() : std::string(); }
  /// How it ended; nothing before.
  std::optional<CloseInfo> close_info() const { return face_ ? face_->close_info() : std::nullopt; }

 private:
  std::shared_ptr<detail::WsSessionFace> face_;
};

inline void WsHandler::on_gap(WsSession& session, std::string_view topic) {
  static_cast<void>(topic);
  session.close(CloseCode::try_again_later, "gap");
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_SESSION_HPP
