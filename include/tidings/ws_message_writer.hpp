// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_MESSAGE_WRITER_HPP
#define TIDINGS_WS_MESSAGE_WRITER_HPP

#include <tidings/completion.hpp>
#include <tidings/error.hpp>
#include <tidings/impl/ws_session_face.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/payload_kind.hpp>
#include <tidings/protocol/utf8_stream.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// One message that is sent in parts while it is made; `WsSession::begin_message` makes it.
///
/// ```cpp
/// tidings::WsMessageWriter writer = session.begin_message(tidings::PayloadKind::binary);
/// while (read_chunk(file, chunk)) co_await writer.async_write(std::move(chunk), asio::use_awaitable);
/// co_await writer.async_finish({}, asio::use_awaitable);
/// ```
/// Each part goes as one frame, small ones that wait together as one; parts of 16 to 64 KiB serve best. They are not
/// compressed. Who writes the next part when the last is done holds one in memory. Parts that wait are bounded by
/// `WsOptions::max_queue_bytes`, besides what else is queued, and cannot be given up one by one: with one too many any
/// policy closes the session (1013).
///
/// Begun and not finished, a message cannot be taken back: destroyed, or given up, the writer closes the session with
/// 1011 if any of it has left. If none has, it is as if it never was.
/// @tparam Face  `WsMessageWriter` is the one for sessions; a parameter so that only a unit that writes compiles this.
/// Thread    one at a time, any.
/// Lifetime  move-only; keeps the session's handle.
template <class Face>
class BasicWsMessageWriter {
 public:
  BasicWsMessageWriter() = default;
  BasicWsMessageWriter(std::shared_ptr<Face> face, PayloadKind kind) : kind_(kind) {
    if (face) error_ = face->begin_message(kind, id_);
    if (!error_) face_ = std::move(face);
  }
  BasicWsMessageWriter(BasicWsMessageWriter&&) noexcept = default;
  BasicWsMessageWriter& operator=(BasicWsMessageWriter&& other) noexcept {
    if (this != &other) give_up();
    face_ = std::move(other.face_);
    error_ = other.error_;
    id_ = other.id_;
    kind_ = other.kind_;
    utf8_ = other.utf8_;
    return *this;
  }
  ~BasicWsMessageWriter() { give_up(); }

  /// Whether it can be written to; not after finish.
  explicit operator bool() const noexcept { return face_ != nullptr; }
  /// Why it was empty from the beginning; see `WsSession::begin_message`.
  std::error_code error() const noexcept { return error_; }

  /// The next part; never blocks.
  ///
  /// @param bytes  Of text, together with those before it, UTF-8; may be cut within a character. Empty ones are no part.
  /// @param done   As of WsSession::send, for this part.
  /// Errors       errc::invalid_utf8 (the message is given up); errc::slow_consumer (and the session is closed with 1013);
  ///              errc::not_supported; errc::closed; errc::cancelled: given up before any of the message has left.
  void write(std::string bytes, Completion<> done = {}) { send(std::move(bytes), false, std::move(done)); }
  /// The last part, and the end of the message; the writer is empty afterwards.
  ///
  /// @param bytes  May be empty.
  /// @param done   As above; nothing of the message waits any more.
  void finish(std::string bytes = {}, Completion<> done = {}) { send(std::move(bytes), true, std::move(done)); }

  /// The same as asynchronous operations.
  ///
  /// @param token  Signature `void(error_code)`.
  /// Errors       as write.
  /// Cancellation terminal, partial, total: the handler is called with errc::cancelled; the part may still go out, and the
  ///              message goes on.
  /// Executor     the handler's own, else the session's loop.
  template <class Token>
  auto async_write(std::string bytes, Token&& token) {
    return async_send(std::move(bytes), false, std::forward<Token>(token));
  }
  template <class Token>
  auto async_finish(std::string bytes, Token&& token) {
    return async_send(std::move(bytes), true, std::forward<Token>(token));
  }

  /// The message comes to nothing; see above.
  void give_up() {
    const std::shared_ptr<Face> face = std::move(face_);
    if (face) face->give_up_message(id_);
  }

 private:
  void send(std::string bytes, bool last, Completion<> done) {
    if (!face_) return done(error_ ? error_ : errc::closed);
    if (kind_ == PayloadKind::text && !(utf8_.feed(bytes) && (!last || utf8_.complete()))) {
      give_up();
      return done(errc::invalid_utf8);
    }
    if (!last) return face_->send_part(id_, std::move(bytes), false, std::move(done));
    const std::shared_ptr<Face> face = std::move(face_);
    face->send_part(id_, std::move(bytes), true, std::move(done));
  }

  template <class Token>
  auto async_send(std::string bytes, bool last, Token&& token) {
    return io::async_result<>([face = face_] { return face ? face->home() : io::Home::on_system(); },
                              [this, bytes = std::move(bytes), last](Completion<> done) mutable {
                                send(std::move(bytes), last, std::move(done));
                              },
                              std::forward<Token>(token));
  }

  std::shared_ptr<Face> face_;
  std::error_code error_ = errc::closed;
  std::uint32_t id_ = 0;
  PayloadKind kind_ = PayloadKind::binary;
  protocol::Utf8Stream utf8_;
};

using WsMessageWriter = BasicWsMessageWriter<detail::WsSessionFace>;

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_MESSAGE_WRITER_HPP
