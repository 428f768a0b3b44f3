// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_CIVETWEB_SOCKET_HPP
#define TIDINGS_ADAPTER_IMPL_CIVETWEB_SOCKET_HPP

#include <tidings/adapter/impl/civetweb_descriptor.hpp>
#include <tidings/adapter/thread_cap.hpp>
#include <tidings/concepts.hpp>
#include <tidings/defaults.hpp>
#include <tidings/error.hpp>
#include <tidings/protocol/ws/closing.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/protocol/ws/reader.hpp>

#include <civetweb.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// One WebSocket of a civetweb server. civetweb's thread for it reads and calls our handlers; what is sent is written by
/// a thread of the socket's own, since `mg_websocket_write` waits for a slow client and the reading thread cannot be
/// woken.
///
/// Thread    decide, on_ready, on_frame and on_close on civetweb's; the others any.
/// Lifetime  shared by the channel and the list of open sockets.
class CivetwebSocket {
 public:
  struct Refusal {
    ResponseHead head;
    SharedBytes body;
  };

  CivetwebSocket(mg_connection* connection, std::size_t max_message_bytes, std::chrono::milliseconds tick)
      : connection_(connection),
        descriptor_(*mg_get_request_info(connection)),
        tick_(tick),
        // Client: civetweb has taken the masks off.
        reader_(protocol::WsRole::client, {max_message_bytes, defaults::max_ws_frames}) {}
  CivetwebSocket(const CivetwebSocket&) = delete;
  CivetwebSocket& operator=(const CivetwebSocket&) = delete;
  ~CivetwebSocket() {
    if (writer_.joinable()) writer_.join();
  }

  // ---- the channel's ----

  void accept(std::string subprotocol, std::shared_ptr<MessageChannelEvents> events) {
    {
      const std::lock_guard lock(mutex_);
      if (state_ == State::asked) {
        state_ = State::accepted;
        subprotocol_ = std::move(subprotocol);
        events_ = std::move(events);
      }
    }
    wake_.notify_all();
    // Too late.
    if (events) events->on_open(errc::peer_gone);
  }
  void respond(ResponseHead head, SharedBytes body) {
    {
      const std::lock_guard lock(mutex_);
      if (state_ != State::asked) return;
      state_ = State::refused;
      refusal_ = {std::move(head), std::move(body)};
    }
    wake_.notify_all();
  }
  void send(int opcode, SharedBytes bytes, WriteDone done) {
    {
      const std::lock_guard lock(mutex_);
      if (may_send()) {
        // RFC 6455 5.5.3: of several pings only the last need be answered.
        if (opcode == MG_WEBSOCKET_OPCODE_PONG) std::erase_if(queue_, is_pong);
        if (opcode == MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE) closing_ = true;
        queue_.push_back({opcode, std::move(bytes), std::move(done)});
      }
    }
    wake_.notify_all();
    if (done) done(errc::peer_gone);
  }
  /// Drops the connection.
  void abort() {
    const std::lock_guard lock(mutex_);
    aborted_ = true;
    // Before that the waiting thread sees the flag; afterwards the descriptor is another's.
    if (state_ == State::open) descriptor_.cut();
  }

  // ---- civetweb's ----

  /// Waits until the request is accepted or refused; false if it is not to be answered any more.
  ///
  /// @param stopping  `() -> bool`: the server stops.
  template <class Stopping>
  bool wait_for_decision(Stopping stopping) {
    // The hub has its own deadlines; this one is for a handler that forgets the channel without destroying it.
    const auto limit = std::chrono::steady_clock::now() + defaults::authorize_timeout + 2 * defaults::open_timeout;
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, tick_, [this] { return state_ != State::asked; })) {
      if (!descriptor_.gone() && !stopping() && std::chrono::steady_clock::now() < limit) continue;
      state_ = State::over;
      return false;
    }
    return true;
  }
  const std::optional<Refusal>& refusal() const { return refusal_; }
  const std::string& subprotocol() const { return subprotocol_; }
  const CivetwebDescriptor& descriptor() const { return descriptor_; }
  /// The thread is held until the end.
  void hold(ThreadCap::Pin pin) { pin_ = std::move(pin); }

  /// The handshake is answered.
  ///
  /// @param stopping  Copied: `() -> bool`.
  template <class Stopping>
  void on_ready(Stopping stopping) {
    {
      const std::lock_guard lock(mutex_);
      state_ = State::open;
      if (aborted_) descriptor_.cut();
    }
    try {
      writer_ = std::thread([this, stopping] { write_all(stopping); });
      events_->on_open({});
    } catch (const std::system_error& error) {
      descriptor_.cut();
      std::exchange(events_, nullptr)->on_open(error.code());
    }
  }
  /// The handshake could not be answered: civetweb tells nobody, and goes on to something else.
  void on_lost() {
    {
      const std::lock_guard lock(mutex_);
      state_ = State::over;
    }
    if (const auto events = std::exchange(events_, nullptr)) events->on_open(errc::peer_gone);
  }

  /// @param first  The first byte of the frame.
  /// @returns      false once nothing more is to be read.
  bool on_frame(int first, std::string_view payload) {
    if (!events_) return false;
    std::string frame(protocol::encode_ws_head(protocol::WsOpcode::binary, payload.size()).text());
    // The peer's own, with whatever is wrong in it.
    frame.front() = static_cast<char>(first);
    frame.append(payload);
    std::span<char> bytes(frame);
    bool more = true;
    for (protocol::WsEvent event = reader_.read(bytes); event.kind != protocol::WsEvent::Kind::need_more && more;
         event = reader_.read(bytes)) {
      more = on_event(event);
    }
    return more;
  }

  /// civetweb has left its loop, and the connection is closed when this returns.
  void on_close() {
    std::unique_lock lock(mutex_);
    // What answers the peer's close may still be on its way; a peer that takes nothing is not waited for.
    if (heard_close_) {
      wake_.wait_for(lock, defaults::last_words_timeout, [this] { return (queue_.empty() && !writing_) || failed_; });
    }
    state_ = State::over;
    // Nobody has ended it but the server, which stops, and writes nothing itself any more.
    if (!closing_ && !descriptor_.gone()) descriptor_.write_past(going_away);
    if (!heard_close_ || writing_) descriptor_.cut();
    lock.unlock();
    wake_.notify_all();
    if (writer_.joinable()) writer_.join();
    if (const auto events = std::exchange(events_, nullptr)) events->on_closed(code_, std::move(reason_));
  }

 private:
  enum class State { asked, refused, accepted, open, over };
  struct Item {
    int opcode;
    SharedBytes bytes;
    WriteDone done;
  };

  // A close frame with the code 1001: RFC 6455 7.4.1, the server goes down.
  static constexpr std::string_view going_away{"\x88\x02\x03\xE9", 4};

  static bool is_pong(const Item& item) { return item.opcode == MG_WEBSOCKET_OPCODE_PONG; }
  bool may_send() const { return (state_ == State::accepted || state_ == State::open) && !closing_; }

  bool on_event(const protocol::WsEvent& event) {
    using Kind = protocol::WsEvent::Kind;
    switch (event.kind) {
      // Nobody asked for parts.
      case Kind::text_part:
      case Kind::binary_part:
      case Kind::need_more: return true;
      case Kind::text: events_->on_message(PayloadKind::text, std::string(event.data)); return true;
      case Kind::binary: events_->on_message(PayloadKind::binary, std::string(event.data)); return true;
      case Kind::pong: events_->on_pong(std::string(event.data)); return true;
      case Kind::ping:
        // civetweb answers none, unless it filters pongs too.
        send(MG_WEBSOCKET_OPCODE_PONG, share_bytes(std::string(event.data)), {});
        events_->on_traffic();
        return true;
      case Kind::close:
        code_ = event.code;
        reason_ = event.data;
        say_close(event.code, {});
        return false;
      case Kind::fault: say_close(event.code, event.error.message()); return false;
    }
    return false;
  }
  void say_close(CloseCode code, std::string_view reason) {
    send(MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE, share_bytes(protocol::encode_close(code, reason)), {});
    const std::lock_guard lock(mutex_);
    heard_close_ = true;
  }

  // The thread that writes.
  template <class Stopping>
  void write_all(Stopping stopping) {
    std::unique_lock lock(mutex_);
    for (;;) {
      const bool woken = wake_.wait_for(lock, tick_, [this] { return !queue_.empty() || state_ == State::over; });
      if (state_ == State::over) break;
      if (woken) {
        write_one(lock);
      } else if (stopping()) {
        // The reading thread sees it only when something comes, or up to two seconds later.
        if (!closing_) descriptor_.write_past(going_away);
        closing_ = true;
        descriptor_.cut();
      }
    }
    std::deque<Item> rest = std::move(queue_);
    lock.unlock();
    for (Item& each : rest) {
      if (each.done) each.done(errc::peer_gone);
    }
  }
  void write_one(std::unique_lock<std::mutex>& lock) {
    Item item = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    lock.unlock();
    const bool good = mg_websocket_write(connection_, item.opcode, item.bytes->data(), item.bytes->size()) > 0;
    if (!good) give_up();
    if (item.done) item.done(good ? std::error_code{} : errc::peer_gone);
    lock.lock();
    writing_ = false;
    wake_.notify_all();
  }
  // Before anybody hears of it, who would drop the connection.
  void give_up() {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    // The server stops, or the client took nothing: then this is not taken either, and within a frame it does no harm.
    if (!closing_ && !descriptor_.gone()) descriptor_.write_past(going_away);
    descriptor_.cut();
  }

  mg_connection* connection_;
  CivetwebDescriptor descriptor_;
  std::chrono::milliseconds tick_;
  ThreadCap::Pin pin_;
  protocol::WsReader reader_;
  std::shared_ptr<MessageChannelEvents> events_;
  std::optional<Refusal> refusal_;
  std::string subprotocol_;
  CloseCode code_ = CloseCode::abnormal;
  std::string reason_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_;
  State state_ = State::asked;
  bool aborted_ = false;
  bool closing_ = false;
  bool heard_close_ = false;
  bool writing_ = false;
  bool failed_ = false;
  std::thread writer_;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_CIVETWEB_SOCKET_HPP
