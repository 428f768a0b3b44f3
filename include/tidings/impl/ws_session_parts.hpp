// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_WS_SESSION_PARTS_HPP
#define TIDINGS_IMPL_WS_SESSION_PARTS_HPP

#include <tidings/impl/ws_session_state.hpp>

#include <limits>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

// ---- in ----

template <class Loop>
void WsSessionState<Loop>::take_parts() {
  {
    std::unique_lock<ByteLock> lock(mutex_);
    whole_only_ = !link_->gathers();
    // Begun before that was known.
    if (whole_only_ && outbox_ && outbox_->parts() != nullptr) drop_parts(lock, errc::not_supported);
  }
  const WsPartHandler* const handler = handler_ ? handler_->part_handler() : nullptr;
  if (handler == nullptr) return;
  protocol::WsPartTerms terms{handler->in_parts(PayloadKind::text), handler->in_parts(PayloadKind::binary)};
  if (options().max_streamed_bytes > 0) terms.max_message_bytes = options().max_streamed_bytes;
  part_kinds_ = static_cast<std::uint8_t>((terms.text ? bit_of(PayloadKind::text) : 0) |
                                          (terms.binary ? bit_of(PayloadKind::binary) : 0));
  if (part_kinds_ != 0) link_->give_parts(terms);
}

template <class Loop>
void WsSessionState<Loop>::on_part(protocol::WsOpcode kind, std::string_view data, protocol::WsPart part) {
  if (closing_) return;
  last_message_ = being_read() ? loop_->cork().read_at() : loop_->now();
  const bool first = part == protocol::WsPart::first;
  if (first) count_received(last_message_);
  if (!opened_) on_open();
  hand_part(kind == protocol::WsOpcode::text ? PayloadKind::text : PayloadKind::binary, data, first,
            part == protocol::WsPart::last);
}

template <class Loop>
void WsSessionState<Loop>::hand_part(PayloadKind kind, std::string_view data, bool first, bool last) {
  // Closed by on_open.
  if (closing_ || over_) return;
  Seldom& seldom = seldom_.get();
  const WsMessagePart part{kind, first, last, first ? 0 : seldom.part_offset, data};
  seldom.part_offset = part.offset + data.size();
  seldom.part_message = !last;
  call_handler([&part](WsHandler& handler, WsSession& session) { handler.part_handler()->on_part(session, part); });
}

// ---- out ----

template <class Loop>
std::error_code WsSessionState<Loop>::begin_message(PayloadKind kind, std::uint32_t& id) {
  const std::lock_guard<ByteLock> lock(mutex_);
  if (!taking_ || over_) return errc::closed;
  if (whole_only_) return errc::not_supported;
  id = outbox().begin_parts(kind);
  if (id == 0) return errc::message_under_way;
  // What is sent from now on does not go past it.
  queued_.store(true, std::memory_order_release);
  return {};
}

template <class Loop>
void WsSessionState<Loop>::send_part(std::uint32_t id, std::string bytes, bool last, Completion<> done) {
  std::unique_lock<ByteLock> lock(mutex_);
  auto* const parts = taking_ && !over_ && outbox_ ? outbox_->parts(id) : nullptr;
  if (parts == nullptr) {
    const std::error_code why = whole_only_ && taking_ ? errc::not_supported : errc::closed;
    lock.unlock();
    done(why);
    return;
  }
  if (bytes.empty() && !last) {
    lock.unlock();
    done({});
    return;
  }
  const bool fits = parts->push(std::move(bytes), last, done);
  const bool first = fits && !std::exchange(pump_posted_, true);
  lock.unlock();
  if (!fits) {
    done(errc::slow_consumer);
    give_up_queue(errc::slow_consumer, CloseCode::try_again_later);
  }
  if (first) pump_here();
}

template <class Loop>
void WsSessionState<Loop>::give_up_message(std::uint32_t id) {
  std::unique_lock<ByteLock> lock(mutex_);
  auto* const parts = over_ || !outbox_ ? nullptr : outbox_->parts(id);
  if (parts == nullptr) return;
  if (parts->begun()) {
    lock.unlock();
    return give_up_queue(errc::cancelled, CloseCode::internal_error);
  }
  const bool first = !std::exchange(pump_posted_, true);
  drop_parts(lock, errc::cancelled);
  // What waited behind it.
  if (first) pump_here();
}

template <class Loop>
void WsSessionState<Loop>::drop_parts(std::unique_lock<ByteLock>& lock, std::error_code why) {
  Completions given_up;
  outbox_->parts()->clear(given_up);
  outbox_->end_parts();
  lock.unlock();
  tell(given_up, why);
}

// One frame of a message in parts. Calls out without the lock.
template <class Loop>
bool WsSessionState<Loop>::send_frame(std::unique_lock<ByteLock>& lock) {
  const protocol::WsOpcode kind = opcode_of(outbox_->parts()->kind());
  auto frame = outbox_->parts()->take();
  outbox_->note_on_way(frame.bytes->size());
  const bool last = outbox_->parts()->over();
  if (last) {
    outbox_->end_parts();
    ++on_way_count_;
  }
  lock.unlock();
  last_message_ = loop_->now();
  part_under_way_ = !last;
  if (frame.part == protocol::WsPart::first && reader_ != nullptr) reader_->on_busy();
  const delivery::Sent what = frame.part == protocol::WsPart::whole ? link_->send(kind, frame.bytes)
                                                                    : link_->send_part(kind, frame.part, frame.bytes);
  sent(what, std::move(frame.done));
  lock.lock();
  return what != delivery::Sent::gone;
}

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_WS_SESSION_PARTS_HPP
