// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_CHANNEL_LINK_HPP
#define TIDINGS_DELIVERY_CHANNEL_LINK_HPP

#include <tidings/close_info.hpp>
#include <tidings/concepts.hpp>
#include <tidings/defaults.hpp>
#include <tidings/delivery/byte_budget.hpp>
#include <tidings/delivery/live_message.hpp>
#include <tidings/delivery/loop_executor.hpp>
#include <tidings/delivery/ring.hpp>
#include <tidings/delivery/ws_link.hpp>
#include <tidings/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A WebSocket of a server that has its own codec, with the face of a `WsLink`: one send outstanding, what comes from
/// the server's threads is posted to the loop.
///
/// Thread    the loop's only. Lifetime  move-only; the channel is dropped with it.
template <MessageChannel C>
class ChannelLink {
 public:
  /// Frames cannot be gathered: each message is a send of its own.
  static constexpr bool gathers = false;
  static constexpr bool asks_for_pongs = C::capabilities.ws_ping && C::capabilities.ws_pong;

  /// @param budget  Shared by links, for what waits beyond `defaults::free_message_bytes`; null: up to the bound of one
  ///                message for each.
  ChannelLink(std::weak_ptr<LoopExecutor> loop, C channel, std::size_t max_message_bytes,
              std::shared_ptr<ByteBudget> budget = nullptr)
      : state_(std::make_shared<State>(std::move(loop), std::move(channel), max_message_bytes, std::move(budget))) {}
  ChannelLink(ChannelLink&&) noexcept = default;
  ChannelLink& operator=(ChannelLink&&) = delete;
  ~ChannelLink() {
    if (state_) abort();
  }

  /// Answers the handshake.
  void start(WsLinkEvents& events, std::string subprotocol, std::vector<Header> headers) {
    state_->events = &events;
    state_->channel.accept(std::move(subprotocol), std::move(headers), std::make_shared<Ears>(state_));
  }

  /// From now on others are told.
  void listen(WsLinkEvents& events) {
    if (state_->events != nullptr) state_->events = &events;
  }

  Sent send(protocol::WsOpcode kind, std::string_view payload) {
    return send_shared(kind, share_bytes(std::string(payload)));
  }
  Sent send_shared(protocol::WsOpcode kind, const SharedBytes& payload) {
    if (state_->over || state_->closing) return Sent::gone;
    const bool text = kind == protocol::WsOpcode::text;
    state_->push(state_, {text ? Piece::Kind::text : Piece::Kind::binary, payload});
    return Sent::blocked;
  }
  Sent send_live(LiveMessage& message, LiveMessage::WsForm form) {
    return send_shared(message.ws_opcode(form), message.shared_payload(form));
  }
  Sent ping(std::string_view payload) {
    if (state_->over || state_->closing) return Sent::gone;
    // Behind what waits: its answer speaks of all before it.
    if (state_->open && !state_->sending) {
      state_->channel.ping(payload);
      return Sent::ok;
    }
    state_->push(state_, {Piece::Kind::ping, share_bytes(std::string(payload))});
    return Sent::blocked;
  }

  void close(CloseCode code, std::string_view reason) { state_->close(code, reason); }
  void refuse(CloseCode code, errc why) { state_->refuse(code, why); }
  void fail(std::error_code why) {
    if (state_->over) return;
    if (!state_->closing) state_->info = {};
    if (!state_->info.error) state_->info.error = why;
    state_->end();
  }
  void abort() {
    state_->events = nullptr;
    if (!std::exchange(state_->over, true)) state_->channel.abort();
  }

  /// Held: messages wait with us, within the bound of one.
  void hold_input(bool hold) {
    state_->held = hold;
    if (!hold) post_to_loop(state_, [](State& state) { state.give_waiting(); });
  }

  bool closing() const { return state_->closing; }
  const CloseInfo& info() const { return state_->info; }
  std::size_t pending_bytes() const { return state_->pending; }
  std::size_t held_bytes() const { return state_->waiting_bytes; }

 private:
  struct Piece {
    enum class Kind : std::uint8_t { text, binary, ping };
    Kind kind = Kind::text;
    SharedBytes bytes;
  };

  struct State {
    struct Incoming {
      PayloadKind kind = PayloadKind::text;
      std::string data{};
    };

    State(std::weak_ptr<LoopExecutor> l, C c, std::size_t most, std::shared_ptr<ByteBudget> budget)
        : loop(std::move(l)), channel(std::move(c)), max_message_bytes(most), share(std::move(budget), most) {}

    // ---- out ----

    void push(const std::shared_ptr<State>& self, Piece piece) {
      pending += piece.bytes->size();
      backlog.push_back(std::move(piece));
      if (open && !sending) send_next(self);
    }
    void send_next(const std::shared_ptr<State>& self) {
      sending = true;
      const Piece piece = std::move(backlog.front());
      backlog.pop_front();
      if (piece.kind == Piece::Kind::ping) {
        channel.ping(*piece.bytes);
        post_to_loop(self, [self, size = piece.bytes->size()](State& state) { state.on_sent(self, size, {}); });
        return;
      }
      const PayloadKind kind = piece.kind == Piece::Kind::text ? PayloadKind::text : PayloadKind::binary;
      channel.send(kind, piece.bytes, [self, size = piece.bytes->size()](std::error_code ec) {
        post_to_loop(self, [self, size, ec](State& state) { state.on_sent(self, size, ec); });
      });
    }
    void on_sent(const std::shared_ptr<State>& self, std::size_t size, std::error_code ec) {
      sending = false;
      pending -= size;
      if (over) return;
      if (ec) {
        on_failed(ec);
      } else if (!backlog.empty()) {
        send_next(self);
        if (events != nullptr && !closing) events->on_progress();
      } else if (closing) {
        say_close();
      } else if (events != nullptr) {
        events->on_writable();
      }
    }
    void close(CloseCode code, std::string_view reason) {
      if (over || std::exchange(closing, true)) return;
      info.code = code;
      info.reason = reason;
      info.who = CloseInfo::Who::local;
      if (events != nullptr) events->on_closing();
      if (open && !sending && !over) say_close();
    }
    // Also when the owner closes from inside the event after which it is due.
    void say_close() {
      if (!std::exchange(close_said, true)) channel.close(info.code, info.reason);
    }

    // ---- in ----

    void on_open(const std::shared_ptr<State>& self, std::error_code ec) {
      if (over) return;
      if (ec) return on_failed(ec);
      open = true;
      if (events != nullptr) events->on_open();
      // Something may have been sent from in there.
      if (over || sending) return;
      if (!backlog.empty()) {
        send_next(self);
      } else if (closing) {
        say_close();
      } else if (events != nullptr) {
        events->on_writable();
      }
    }
    void on_message(PayloadKind kind, std::string data) {
      if (over || closing) return;
      if (events != nullptr) events->on_traffic();
      if (data.size() > max_message_bytes) return refuse(CloseCode::message_too_big, errc::payload_too_large);
      if (!held && waiting.empty()) return give(kind, data);
      waiting_bytes += data.size();
      waiting.push_back({kind, std::move(data)});
      if (waiting_bytes > max_message_bytes || waiting.size() > defaults::max_ws_frames) {
        refuse(CloseCode::policy_violation, errc::queue_full);
      } else if (!account()) {
        refuse(CloseCode::try_again_later, errc::overloaded);
      }
    }
    // What the server assembles is its own; what waits with us is ours.
    bool account() { return share.set(waiting_bytes > defaults::free_message_bytes ? waiting_bytes : 0); }
    void give(PayloadKind kind, std::string_view data) {
      if (events == nullptr) return;
      events->on_message(kind == PayloadKind::text ? protocol::WsOpcode::text : protocol::WsOpcode::binary, data);
    }
    void give_waiting() {
      while (!held && !over && !closing && !waiting.empty()) {
        const Incoming next = std::move(waiting.front());
        waiting.pop_front();
        waiting_bytes -= next.data.size();
        account();
        give(next.kind, next.data);
      }
    }
    void on_pong(std::string_view payload) {
      if (over || events == nullptr) return;
      events->on_traffic();
      if (events != nullptr) events->on_pong(payload);
    }
    void on_traffic() {
      if (!over && events != nullptr) events->on_traffic();
    }

    // ---- the end ----

    void refuse(CloseCode code, errc why) {
      waiting.clear();
      waiting_bytes = 0;
      account();
      close(code, make_error_code(why).message());
      info.error = why;
    }
    void on_closed(CloseCode code, std::string reason) {
      if (over) return;
      if (!closing) {
        info.code = code;
        info.reason = std::move(reason);
        info.who = code == CloseCode::abnormal ? CloseInfo::Who::transport : CloseInfo::Who::peer;
      }
      info.clean = code != CloseCode::abnormal && !info.error;
      if (code == CloseCode::abnormal && !info.error) info.error = errc::peer_gone;
      end();
    }
    void on_failed(std::error_code why) {
      if (!closing) info = {};
      if (!info.error) info.error = why;
      end();
    }
    void end() {
      if (!std::exchange(over, true)) channel.abort();
      if (WsLinkEvents* const last = std::exchange(events, nullptr)) last->on_closed(info);
    }

    std::weak_ptr<LoopExecutor> loop;
    C channel;
    WsLinkEvents* events = nullptr;
    Ring<Piece> backlog;
    Ring<Incoming> waiting;
    std::size_t max_message_bytes;
    BudgetShare share;
    std::size_t pending = 0;
    std::size_t waiting_bytes = 0;
    CloseInfo info;
    bool open = false;
    bool sending = false;
    bool held = false;
    bool closing = false;
    bool close_said = false;
    bool over = false;
  };

  // Weak: the adapter holds this, and must not hold the channel by it.
  class Ears final : public MessageChannelEvents {
   public:
    explicit Ears(const std::shared_ptr<State>& state) : state_(state) {}

    void on_open(std::error_code ec) override {
      const std::shared_ptr<State> state = state_.lock();
      if (state) post_to_loop(state, [state, ec](State& s) { s.on_open(state, ec); });
    }
    void on_message(PayloadKind kind, std::string data) override {
      tell([kind, data = std::move(data)](State& state) mutable { state.on_message(kind, std::move(data)); });
    }
    void on_pong(std::string payload) override {
      tell([payload = std::move(payload)](State& state) { state.on_pong(payload); });
    }
    void on_traffic() override {
      tell([](State& state) { state.on_traffic(); });
    }
    void on_closed(CloseCode code, std::string reason) override {
      tell([code, reason = std::move(reason)](State& state) mutable { state.on_closed(code, std::move(reason)); });
    }

   private:
    template <class F>
    void tell(F f) {
      if (const std::shared_ptr<State> state = state_.lock()) post_to_loop(state, std::move(f));
    }

    std::weak_ptr<State> state_;
  };

  std::shared_ptr<State> state_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_CHANNEL_LINK_HPP
