// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_WS_SESSION_TRAFFIC_HPP
#define TIDINGS_IMPL_WS_SESSION_TRAFFIC_HPP

#include <tidings/impl/ws_session_state.hpp>
#include <tidings/protocol/utf8.hpp>

#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

// ---- out ----

template <class Loop>
void WsSessionState<Loop>::send(WsMessage message, Completion<> done) {
  if (message.kind == PayloadKind::text && !protocol::is_valid_utf8(message.data)) {
    done(errc::invalid_utf8);
    return;
  }
  if (!done && send_past_queue(message.kind, message.data)) return;
  Completions given_up;
  std::unique_lock lock(mutex_);
  if (!taking_ || over_) {
    lock.unlock();
    done(errc::closed);
    return;
  }
  const std::error_code full = outbox().push(
      {share_bytes(std::move(message.data)), std::move(message.key), std::move(done), message.kind}, given_up);
  const bool first = !std::exchange(pump_posted_, true);
  queued_.store(true, std::memory_order_release);
  lock.unlock();
  tell(given_up, full ? full : errc::queue_full);
  if (full) give_up_queue(full, CloseCode::try_again_later);
  if (first) pump_here();
}

// Such as of a reader that does not keep up: what waits would only hold the close back.
template <class Loop>
void WsSessionState<Loop>::give_up_queue(std::error_code why, CloseCode code) {
  taking_ = false;
  on_loop([why, code](WsSessionState& self) {
    Completions unsent;
    {
      const std::lock_guard lock(self.mutex_);
      self.seldom_.get().given_up += self.outbox().size() + (self.outbox().parts() != nullptr ? 1 : 0);
      self.outbox().clear(unsent);
    }
    tell(unsent, errc::closed);
    self.close(code, why.message());
    if (self.opened_) self.say_close();
  });
}

template <class Loop>
void WsSessionState<Loop>::pump() {
  flush_cork();
  {
    const std::lock_guard lock(mutex_);
    pump_posted_ = false;
    queued_.store(!nothing_queued(), std::memory_order_relaxed);
  }
  if (pumping_) return;
  pumping_ = true;
  std::unique_lock lock(mutex_);
  const bool part_before = part_under_way_;
  for (std::size_t frames = 0; opened_ && !blocked_ && !close_said_ && !over_ && something_ready(); ++frames) {
    if (frames == most_frames && outbox_->part_ready()) {
      // Others have their turn.
      pump_posted_ = true;
      loop_->post([self = this->shared_from_this()] { self->pump(); });
      break;
    }
    if (!(outbox_->ready() ? send_some(lock) : send_frame(lock))) break;
  }
  const bool empty = !something_ready();
  queued_.store(!nothing_queued() || pump_posted_, std::memory_order_relaxed);
  lock.unlock();
  pumping_ = false;
  if (empty && !blocked_ && closing_ && opened_) say_close();
  if (part_before && !part_under_way_) wake_reader();
}

// Whoever brings messages of topics may go on, unless a message in parts is under way.
template <class Loop>
void WsSessionState<Loop>::wake_reader() {
  if (reader_ == nullptr) return;
  if (blocked_ || part_under_way_) {
    reader_->on_progress();
  } else {
    reader_->on_writable();
  }
}

// One write: a large message alone and without a copy, small ones together. Calls out without the lock.
template <class Loop>
bool WsSessionState<Loop>::send_some(std::unique_lock<ByteLock>& lock) {
  Completions done;
  delivery::Outbox::Piece piece = outbox_->take_piece();
  ++on_way_count_;
  if (piece.done) done.push_back(std::move(piece.done));
  std::string frames;
  if (link_->gathers()) {
    std::size_t bytes = piece.bytes->size();
    while (outbox_->ready() && bytes + outbox_->next_bytes() <= defaults::max_gather_bytes) {
      if (frames.empty()) link_->append_frame(frames, opcode_of(piece.kind), *piece.bytes);
      piece = outbox_->take_piece();
      ++on_way_count_;
      bytes += piece.bytes->size();
      link_->append_frame(frames, opcode_of(piece.kind), *piece.bytes);
      if (piece.done) done.push_back(std::move(piece.done));
    }
  }
  lock.unlock();
  last_message_ = loop_->now();
  const delivery::Sent what =
      frames.empty() ? link_->send(opcode_of(piece.kind), piece.bytes) : link_->send_frames(frames);
  sent(what, std::move(done));
  lock.lock();
  return what != delivery::Sent::gone;
}

template <class Loop>
void WsSessionState<Loop>::sent(delivery::Sent what, Completions done) {
  if (what == delivery::Sent::ok) {
    {
      const std::lock_guard lock(mutex_);
      outbox_->written();
    }
    on_way_count_ = 0;
    tell(done, {});
    return;
  }
  seldom_.get().on_way = std::move(done);
  // Broken: the link tells of its end.
  if (what != delivery::Sent::gone) be_blocked();
}

template <class Loop>
void WsSessionState<Loop>::be_blocked() {
  waited_ = true;
  if (std::exchange(blocked_, true)) return;
  blocked_since_ = loop_->now();
  reschedule();
}

template <class Loop>
void WsSessionState<Loop>::on_writable() {
  if (!blocked_) return;
  blocked_ = false;
  {
    const std::lock_guard lock(mutex_);
    if (outbox_) outbox_->written();
  }
  on_way_count_ = 0;
  Completions done;
  if (seldom_) done = std::exchange(seldom_->on_way, {});
  tell(done, {});
  pump();
  if (!blocked_ && !over_ && std::exchange(waited_, false)) {
    call_handler([](WsHandler& handler, WsSession& session) { handler.on_drained(session); });
  }
  wake_reader();
}

template <class Loop>
void WsSessionState<Loop>::on_progress() {
  blocked_since_ = loop_->now();
  if (reader_ != nullptr) reader_->on_progress();
}

// ---- in ----

template <class Loop>
void WsSessionState<Loop>::on_open() {
  if (over_ || std::exchange(opened_, true)) return;
  ends_at_ = steady_time::max();
  if (options().max_lifetime.count() > 0) {
    const double share = 0.8 + 0.4 * loop_->random();
    ends_at_ = loop_->now() + std::chrono::milliseconds(static_cast<std::int64_t>(
                                  share * static_cast<double>(options().max_lifetime.count())));
  }
  call_handler([](WsHandler& handler, WsSession& session) { handler.on_open(session); });
  pump();
  reschedule();
  wake_reader();
}

template <class Loop>
void WsSessionState<Loop>::on_message(protocol::WsOpcode kind, std::string_view data) {
  if (closing_) return;
  // A server with a codec of its own may give what has waited.
  const steady_time now = being_read() ? loop_->cork().read_at() : loop_->now();
  last_message_ = now;
  count_received(now);
  // A message may come before our own answer is reported.
  if (!opened_) on_open();
  const PayloadKind is = kind == protocol::WsOpcode::text ? PayloadKind::text : PayloadKind::binary;
  if (handler_) {
    if ((part_kinds_ & bit_of(is)) != 0) return hand_part(is, data, true, true);
    const bool text = is == PayloadKind::text && being_read();
    if (text) loop_->cork().hear(data);
    call_handler([&](WsHandler& handler, WsSession& session) { handler.on_message(session, is, data); });
    if (text) loop_->cork().hear({});
    return;
  }
  Seldom& seldom = seldom_.get();
  seldom.inbox.push_back({std::string(data), is});
  seldom.inbox_bytes += cost_of(seldom.inbox[seldom.inbox.size() - 1]);
  hand_out();
  const bool crowded =
      seldom.inbox.size() >= options().max_waiting_messages || seldom.inbox_bytes > defaults::free_message_bytes;
  if (crowded) hold(crowded_bit, true);
}

template <class Loop>
void WsSessionState<Loop>::receive(Completion<WsMessage> done) {
  auto shared = std::make_shared<Completion<WsMessage>>(std::move(done));
  on_loop([shared](WsSessionState& self) {
    if (self.handler_) return shared->fail(errc::not_supported);
    Seldom& seldom = self.seldom_.get();
    if (self.over_ && seldom.inbox.empty()) return shared->fail(errc::closed);
    seldom.receivers.push_back(std::move(*shared));
    self.hand_out();
  });
}

// What has come is handed out also after the end.
template <class Loop>
void WsSessionState<Loop>::hand_out() {
  Seldom& seldom = *seldom_;
  while (!seldom.inbox.empty() && !seldom.receivers.empty()) {
    WsMessage message = std::move(seldom.inbox.front());
    seldom.inbox.pop_front();
    seldom.inbox_bytes -= cost_of(message);
    Completion<WsMessage> receiver = std::move(seldom.receivers.front());
    seldom.receivers.pop_front();
    receiver({}, std::move(message));
  }
  if (seldom.inbox.empty() && !over_) hold(crowded_bit, false);
}

template <class Loop>
void WsSessionState<Loop>::count_received(steady_time now) {
  if (!seldom_ || !seldom_->bucket || seldom_->bucket->take(now) || (holds_ & rate_bit) != 0) return;
  hold(rate_bit, true);
  loop_->post_after(seldom_->bucket->wait(now), [weak = this->weak_from_this()] {
    if (const auto self = weak.lock()) self->hold(rate_bit, false);
  });
}

template <class Loop>
void WsSessionState<Loop>::hold(std::uint8_t reason, bool held) {
  const std::uint8_t before = holds_;
  holds_ = static_cast<std::uint8_t>(held ? holds_ | reason : holds_ & ~reason);
  if (!link_ || over_ || (before != 0) == (holds_ != 0)) return;
  hold_link(holds_ != 0);
}

template <class Loop>
void WsSessionState<Loop>::hold_link(bool held) {
  link_->hold_input(held);
  if (held) {
    upkeep_.on_hold();
  } else if (upkeep_.on_read_again(loop_->now())) {
    reschedule();
  }
}

template <class Loop>
void WsSessionState<Loop>::pause(bool paused) {
  on_loop([paused](WsSessionState& self) { self.hold(paused_bit, paused); });
}

template <class Loop>
void WsSessionState<Loop>::on_pong(std::string_view payload) {
  const auto ping = upkeep_.on_pong(payload, loop_->now());
  if (!ping) return;
  last_round_trip_ = static_cast<std::int32_t>(upkeep_.last_round_trip()->count());
  round_trip_ = static_cast<std::int32_t>(upkeep_.smoothed_round_trip()->count());
  if (reader_ != nullptr) reader_->on_pong(*ping);
}

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_WS_SESSION_TRAFFIC_HPP
