// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_WS_SESSION_CORK_HPP
#define TIDINGS_IMPL_WS_SESSION_CORK_HPP

#include <tidings/impl/ws_session_state.hpp>
#include <tidings/net/cork.hpp>
#include <tidings/protocol/ws/frame_head.hpp>

#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

// ---- what is answered while it is read leaves together, and past the queue ----

template <class Loop>
bool WsSessionState<Loop>::being_read() const {
  return delivery::session_being_read == this;
}

// Another one may be read inside of this one's handler: it has no cork then.
template <class Loop>
void WsSessionState<Loop>::on_traffic() {
  const steady_time now = loop_->now();
  upkeep_.on_traffic(now);
  if (delivery::session_being_read != nullptr || !opened_ || !link_->gathers()) return;
  delivery::session_being_read = this;
  loop_->cork().begin(now);
  handle_ = WsSession(this->shared_from_this());
}

template <class Loop>
void WsSessionState<Loop>::on_flush() {
  flush_cork();
  stop_being_read();
}

template <class Loop>
void WsSessionState<Loop>::stop_being_read() {
  if (!being_read()) return;
  delivery::session_being_read = nullptr;
  handle_ = WsSession();
  loop_->cork().clear();
  corked_bytes_ = 0;
}

template <class Loop>
void WsSessionState<Loop>::send(PayloadKind kind, std::string_view data) {
  // What was just heard as text is text.
  const bool heard = being_read() && loop_->cork().has_heard(data);
  if (kind == PayloadKind::text && !heard && !protocol::is_valid_utf8(data)) return;
  if (!send_past_queue(kind, data)) send(WsMessage(std::string(data), kind), {});
}

// True if it was taken: nothing may wait before it.
template <class Loop>
bool WsSessionState<Loop>::send_past_queue(PayloadKind kind, std::string_view data) {
  if (!being_read() || blocked_ || !taking_ || pumping_ || queued_.load(std::memory_order_acquire)) return false;
  if (data.size() >= plain_below_) return send_large_or_deflated(kind, data);
  const protocol::WsFrameHead head = protocol::encode_ws_head(opcode_of(kind), data.size());
  if (!make_room(head.size + data.size())) return false;
  loop_->cork().append(head, data);
  count_corked(data.size());
  return true;
}

template <class Loop>
bool WsSessionState<Loop>::send_large_or_deflated(PayloadKind kind, std::string_view data) {
  if (data.size() >= least_uncorked) {
    flush_cork();
    if (blocked_) return false;
    sent_past_queue(link_->send_view(opcode_of(kind), data), 1, data.size());
    return true;
  }
  // First: once it has been deflated it must go. What cannot be made shorter may become longer, by an eighth at most.
  if (!make_room(data.size() + data.size() / 4 + 64)) return false;
  std::string frame;
  link_->append_frame(frame, opcode_of(kind), data);
  loop_->cork().append(frame);
  count_corked(data.size());
  return true;
}

template <class Loop>
bool WsSessionState<Loop>::make_room(std::size_t bytes) {
  if (loop_->cork().room() >= bytes) return true;
  flush_cork();
  return !blocked_;
}

template <class Loop>
void WsSessionState<Loop>::count_corked(std::size_t bytes) {
  corked_bytes_.store(corked_bytes_.load(std::memory_order_relaxed) + static_cast<std::uint32_t>(bytes),
                      std::memory_order_relaxed);
}

template <class Loop>
void WsSessionState<Loop>::flush_cork() {
  if (!being_read()) return;
  io::Cork& frames = loop_->cork();
  const std::size_t messages = frames.messages();
  if (messages == 0) return;
  const delivery::Sent what = link_->send_frames(frames.bytes());
  frames.clear();
  sent_past_queue(what, messages, corked_bytes_.exchange(0, std::memory_order_relaxed));
}

template <class Loop>
void WsSessionState<Loop>::sent_past_queue(delivery::Sent what, std::size_t messages, std::size_t bytes) {
  last_message_ = loop_->cork().read_at();
  if (what == delivery::Sent::ok) return;
  on_way_count_ += static_cast<std::uint32_t>(messages);
  {
    const std::lock_guard lock(mutex_);
    outbox().note_on_way(bytes);
  }
  if (what == delivery::Sent::blocked) be_blocked();
}

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_WS_SESSION_CORK_HPP
