// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_IMPL_SESSION_SEND_HPP
#define TIDINGS_DELIVERY_IMPL_SESSION_SEND_HPP

#include <tidings/delivery/mutant.hpp>
#include <tidings/delivery/shard.hpp>

#include <algorithm>
#include <memory>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

template <class Loop>
void BasicSession<Loop>::deliver(const LiveRef& message, std::uint32_t slot) {
  if (state_ != 0 || queue_ || shard_.corked()) {
    if (!ended()) enqueue(message, slot);
    return;
  }
  const Sent sent = carrier_->send(*message, slot);
  if (mutated(Mutant::acknowledge_on_write)) acknowledge_written(message->offset(), slot);
  if (sent == Sent::ok) {
    last_traffic_tick_ = shard_.current_tick();
    return;
  }
  if (sent == Sent::blocked) unwritten_.emplace_back(slot, message->offset());
  after(sent);
}

template <class Loop>
void BasicSession<Loop>::enqueue(const LiveRef& message, std::uint32_t slot) {
  if (!queue_) {
    queue_ = std::make_unique<SendQueue>(shard_.options().max_queue_bytes, shard_.options().queue_policy);
  }
  switch (queue_->push(message, slot)) {
    case SendQueue::Verdict::queued:
    case SendQueue::Verdict::conflated: break;
    case SendQueue::Verdict::dropped: shard_.counters().dropped_messages.add(); break;
    case SendQueue::Verdict::spill: spill(slot, message->offset()); break;
    case SendQueue::Verdict::close:
      // The last words tell a position: before this message, and before what waits in the queue.
      fall_behind(slot, (queue_->first_offset(slot) != 0 ? queue_->first_offset(slot) : message->offset()) - 1);
      shard_.counters().slow_closed.add();
      end(errc::slow_consumer, shard_.jittered(shard_.options().retry));
      return;
  }
  be_dirty();
}

template <class Loop>
void BasicSession<Loop>::be_dirty() {
  if (!std::exchange(dirty_, true)) shard_.dirty(*this);
}

// The queue goes; every subscription reads on from what was really given.
template <class Loop>
void BasicSession<Loop>::spill(std::uint32_t slot, std::uint64_t offset) {
  shard_.counters().spills.add();
  const std::unique_ptr<SendQueue> queue = std::move(queue_);
  for (std::uint32_t i = 0; i < subscriptions_.size(); ++i) {
    const std::uint64_t queued = queue->first_offset(i);
    if (queued != 0) {
      fall_behind(i, queued - 1);
    } else if (i == slot) {
      fall_behind(i, offset - 1);
    }
  }
}

// From live to lagging; what was given before stays given.
template <class Loop>
void BasicSession<Loop>::fall_behind(std::uint32_t slot, std::uint64_t after) {
  Subscription& subscription = subscriptions_[slot];
  if (subscription.phase != Phase::live) return;
  leave(slot, Phase::lagging);
  subscription.epoch = subscription.room->epoch();
  subscription.after = std::max(subscription.after, after);
}

template <class Loop>
void BasicSession<Loop>::on_missing(std::uint32_t slot, std::uint64_t from) {
  if (ended() || subscriptions_[slot].phase != Phase::live) return;
  const std::uint64_t queued = queue_ ? queue_->first_offset(slot) : 0;
  if (queued != 0) queue_->erase_slot(slot);
  fall_behind(slot, (queued != 0 ? queued : from) - 1);
  be_dirty();
}

template <class Loop>
void BasicSession<Loop>::tell_unread(std::size_t count) {
  unread_ = count;
  unread_changed_ = true;
  if (can_send() && !queue_) tell_news();
}

template <class Loop>
void BasicSession<Loop>::batch_end() {
  dirty_ = false;
  flush();
  if (!ended()) after(carrier_->batch_end());
}

template <class Loop>
void BasicSession<Loop>::on_writable() {
  if (ended() || !has(blocked_bit)) return;
  const auto entry = shard_.enter();
  state_ &= static_cast<std::uint8_t>(~blocked_bit);
  unwritten_.clear();
  flush();
  if (!ended()) reschedule();
}

// The deadline of a blocked reader counts from what it last took; the wheel finds out when it fires.
template <class Loop>
void BasicSession<Loop>::on_progress() {
  blocked_since_ = shard_.now();
}

template <class Loop>
void BasicSession<Loop>::hold(bool held) {
  if (ended() || has(held_bit) == held) return;
  state_ ^= held_bit;
  blocked_since_ = shard_.now();
  if (!held) flush();
  if (!ended()) reschedule();
}

template <class Loop>
void BasicSession<Loop>::flush() {
  if (!can_send() || !tell_news()) return;
  if (queue_ && !flush_queue()) return;
  continue_lagging();
}

// What the reader must know before messages. True while more can be sent.
template <class Loop>
bool BasicSession<Loop>::tell_news() {
  if (std::exchange(slots_changed_, false) && !after(carrier_->slots_changed(tokens()))) return false;
  if (std::exchange(unread_changed_, false) && !after(carrier_->unread(unread_))) return false;
  return can_send();
}

// True when the queue is empty and the carrier can take more.
template <class Loop>
bool BasicSession<Loop>::flush_queue() {
  while (!queue_->empty()) {
    if (!queue_->front().message) {
      flush_mark();
      return false;
    }
    std::vector<SlotOffset>& taken = shard_.taken();
    const Sent sent = carrier_->send_queued(*queue_, taken);
    if (mutated(Mutant::acknowledge_on_write)) {
      for (const SlotOffset& each : taken) acknowledge_written(each.second, each.first);
    }
    if (sent == Sent::blocked) unwritten_.assign(taken.begin(), taken.end());
    if (!after(sent)) {
      if (!ended() && queue_->empty()) queue_.reset();
      return false;
    }
  }
  queue_.reset();
  return true;
}

// A mark at the head of the queue: recorded for a member, told to the reader when it is a gap; then the flush goes on.
// It stays in the queue until it is on record, so that the session's position does not pass it before.
template <class Loop>
void BasicSession<Loop>::flush_mark() {
  const Queued mark = queue_->front();
  const Subscription& subscription = subscriptions_[mark.slot];
  const bool gap = mark.kind == Queued::Kind::dropped;
  std::vector<ExceptionEntry> entries;
  if (subscription.on_record) {
    entries.push_back(
        exception(subscription, mark.from, mark.to, gap ? ExceptionReason::dropped : ExceptionReason::superseded));
  }
  record(std::move(entries), [mark, gap](BasicSession& session) {
    // The queue may have been given up meanwhile, or the mark may have grown.
    if (!session.queue_ || session.queue_->empty() || !session.queue_->front().same_mark(mark)) {
      session.flush();
      return;
    }
    session.queue_->pop();
    if (gap) {
      session.shard_.counters().gaps.add();
      const Position to{session.subscriptions_[mark.slot].room->epoch(), mark.to};
      if (!session.after(session.carrier_->gap(mark.slot, to))) return;
    }
    session.flush();
  });
}

// Writes exception ranges and goes on afterwards; nothing is sent meanwhile. A failure ends the session: the ranges
// must stand before a confirmation can pass them.
template <class Loop>
template <class Then>
void BasicSession<Loop>::record(std::vector<ExceptionEntry> entries, Then then) {
  if (entries.empty()) {
    then(*this);
    return;
  }
  state_ |= recording_bit;
  struct Turn {
    bool running = true;
    bool answered = false;
    std::error_code ec;
  };
  const auto turn = std::make_shared<Turn>();
  auto go_on = [then = std::move(then)](BasicSession& session, std::error_code ec) mutable {
    session.state_ &= static_cast<std::uint8_t>(~recording_bit);
    if (ec) {
      session.end_store_down();
    } else {
      then(session);
    }
  };
  auto shared = std::make_shared<decltype(go_on)>(std::move(go_on));
  shard_.except(std::move(entries), [&shard = shard_, id = id_, turn, shared](std::error_code ec) {
    turn->answered = true;
    turn->ec = ec;
    if (turn->running) return;
    Session* const session = shard.find(id);
    if (session == nullptr) return;
    (*shared)(*session, ec);
    // What came meanwhile waits in the queue.
    if (!session->ended()) session->flush();
  });
  turn->running = false;
  if (turn->answered && !ended()) (*shared)(*this, turn->ec);
}

// Takes note of what the carrier did. True while more can be sent.
template <class Loop>
bool BasicSession<Loop>::after(Sent sent) {
  last_traffic_tick_ = shard_.current_tick();
  switch (sent) {
    case Sent::ok: break;
    case Sent::blocked:
      if (!has(blocked_bit)) {
        state_ |= blocked_bit;
        blocked_since_ = shard_.now();
        reschedule();
      }
      break;
    case Sent::full: end({}, std::chrono::milliseconds{0}); break;
    case Sent::gone: drop(errc::peer_gone); break;
  }
  return can_send();
}

// The mutant's way: a write counts as an acknowledgement.
template <class Loop>
void BasicSession<Loop>::acknowledge_written(std::uint64_t offset, std::uint32_t slot) {
  const Subscription& subscription = subscriptions_[slot];
  if (ended() || !subscription.on_record) return;
  shard_.acknowledge({{user_, subscription.room->name(), {subscription.room->epoch(), offset}, Evidence::ack}});
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_IMPL_SESSION_SEND_HPP
