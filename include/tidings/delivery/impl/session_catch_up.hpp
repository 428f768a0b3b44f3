// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_IMPL_SESSION_CATCH_UP_HPP
#define TIDINGS_DELIVERY_IMPL_SESSION_CATCH_UP_HPP

#include <tidings/delivery/gap.hpp>
#include <tidings/delivery/mutant.hpp>
#include <tidings/delivery/shard.hpp>

#include <algorithm>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

// ---- start: rooms are made, start positions become known ----

template <class Loop>
void BasicSession<Loop>::open(std::vector<TopicStart> topics) {
  subscriptions_.reserve(topics.size());
  reschedule();
  for (TopicStart& each : topics) add(std::move(each));
  open_when_ready();
}

template <class Loop>
void BasicSession<Loop>::add(TopicStart start) {
  Subscription subscription;
  subscription.room = &shard_.room(start.topic);
  subscription.room->guest_came();
  subscription.from = start.from;
  subscription.epoch = start.position.epoch;
  subscription.after = start.position.offset;
  subscription.skipped_from = start.skipped_from;
  subscription.on_record = start.on_record;
  const auto slot = static_cast<std::uint32_t>(subscriptions_.size());
  subscriptions_.push_back(subscription);
  if (subscription.room->ready()) {
    place(subscriptions_.back());
  } else {
    ++waiting_rooms_;
    subscription.room->wait(*this, slot);
  }
}

// Start positions that need the room: known once it is ready.
template <class Loop>
void BasicSession<Loop>::place(Subscription& subscription) {
  subscription.phase = Phase::ready;
  if (subscription.from == TopicStart::From::top) {
    subscription.epoch = subscription.room->epoch();
    subscription.after = subscription.room->top();
  } else if (subscription.from == TopicStart::From::start) {
    subscription.epoch = subscription.room->epoch();
    subscription.after = 0;
  } else if (mutated(Mutant::offset_off_by_one)) {
    ++subscription.after;
  }
}

template <class Loop>
void BasicSession<Loop>::on_room_ready(std::uint32_t slot) {
  if (ended()) return;
  Subscription& subscription = subscriptions_[slot];
  if (subscription.phase == Phase::rejoining) {
    subscription.phase = Phase::lagging;
    if (can_send()) read_on(slot);
  } else if (subscription.phase == Phase::waiting) {
    place(subscription);
    --waiting_rooms_;
    open_when_ready();
  }
}

template <class Loop>
void BasicSession<Loop>::on_room_failed(std::uint32_t slot) {
  if (ended()) return;
  if (has(closed_bit)) {
    end_store_down();
  } else {
    subscriptions_[slot].room->wait_for_check(*this, slot);
  }
}

// The room lost its epoch under a live session, whose own position decides now.
template <class Loop>
void BasicSession<Loop>::on_room_restart(std::uint32_t slot, Position last) {
  Subscription& subscription = subscriptions_[slot];
  subscription.epoch = last.epoch;
  // What is queued was not given yet.
  const std::uint64_t queued = queue_ ? queue_->first_offset(slot) : 0;
  if (queue_) queue_->erase_slot(slot);
  subscription.after = queued != 0 ? queued - 1 : std::max(subscription.after, last.offset);
  subscription.from = TopicStart::From::position;
  subscription.phase = Phase::rejoining;
  subscription.room->wait(*this, slot);
}

template <class Loop>
void BasicSession<Loop>::open_when_ready() {
  if (ended() || waiting_rooms_ > 0) return;
  if (!has(closed_bit)) {
    slots_changed_ = true;
    flush();
    return;
  }
  // What the user asked to skip is on record before the client hears of a position that it could confirm.
  std::vector<ExceptionEntry> skipped;
  for (const Subscription& each : subscriptions_) {
    if (each.phase == Phase::ready && each.skipped_from != 0 && each.skipped_from <= each.after) {
      skipped.push_back(exception(each, each.skipped_from, each.after, ExceptionReason::skipped_start));
    }
  }
  record(std::move(skipped), [](BasicSession& session) { session.say_hello(); });
}

template <class Loop>
void BasicSession<Loop>::say_hello() {
  if (!has(closed_bit)) return;
  state_ &= static_cast<std::uint8_t>(~closed_bit);
  const bool more = after(carrier_->open(*this, tokens()));
  if (ended()) return;
  reschedule();
  if (more) flush();
}

// Everything that is placed and not begun, and everything that fell behind.
template <class Loop>
void BasicSession<Loop>::continue_lagging() {
  const auto count = static_cast<std::uint32_t>(subscriptions_.size());
  const std::uint32_t first = reads_on_;
  for (std::uint32_t i = 0; i < count && can_send(); ++i) {
    const std::uint32_t slot = (first + i) % count;
    Subscription& subscription = subscriptions_[slot];
    if (subscription.phase == Phase::ready) subscription.phase = Phase::lagging;
    if (subscription.phase == Phase::lagging) read_on(slot);
    // The others in their turn.
    if (one_by_one_ && subscriptions_[slot].phase == Phase::reading) return;
  }
  if (can_send()) present_reached();
}

template <class Loop>
void BasicSession<Loop>::present_reached() {
  if (present_) return;
  for (const Subscription& each : subscriptions_) {
    if (each.phase != Phase::live && each.phase != Phase::removed) return;
  }
  present_ = true;
  after(carrier_->caught_up());
  if (answer_at_) reschedule();
}

// ---- replay ----

template <class Loop>
struct BasicSession<Loop>::PendingRead {
  bool running = true;
  bool answered = false;
  std::error_code ec;
  ReadResult page;
};

// Reads pages until the subscription is live, the carrier is blocked, or the store answers later.
template <class Loop>
void BasicSession<Loop>::read_on(std::uint32_t slot) {
  for (bool again = true; again && can_send();) {
    Subscription& subscription = subscriptions_[slot];
    Room& room = *subscription.room;
    if (!room.ready()) {
      subscription.phase = Phase::rejoining;
      room.wait(*this, slot);
      return;
    }
    if (subscription.epoch == room.epoch() && subscription.after == room.top()) {
      go_live(slot);
      return;
    }
    subscription.phase = Phase::reading;
    room.reader_began();
    const auto pending = std::make_shared<PendingRead>();
    shard_.read(room.name(), subscription.after, shard_.options().catch_up_page,
                [&shard = shard_, id = id_, slot, pending](std::error_code ec, ReadResult page) {
                  pending->answered = true;
                  if (pending->running) {
                    pending->ec = ec;
                    pending->page = std::move(page);
                    return;
                  }
                  Session* const session = shard.find(id);
                  if (session == nullptr) return;
                  if (session->take_page(slot, ec, std::move(page))) session->read_on(slot);
                  if (session->one_by_one_ && session->can_send()) session->continue_lagging();
                });
    pending->running = false;
    again = pending->answered && take_page(slot, pending->ec, std::move(pending->page));
  }
}

template <class Loop>
void BasicSession<Loop>::stop_reading(std::uint32_t slot) {
  subscriptions_[slot].room->reader_ended();
  subscriptions_[slot].phase = Phase::lagging;
}

// True if the next page should be read at once.
template <class Loop>
bool BasicSession<Loop>::take_page(std::uint32_t slot, std::error_code ec, ReadResult page) {
  Subscription& subscription = subscriptions_[slot];
  if (ended() || subscription.phase != Phase::reading) return false;
  if (ec) {
    end_store_down();
    return false;
  }
  // Another subscription's page was given meanwhile, or is being recorded: this one is read again in its turn.
  if (!can_send()) {
    one_by_one_ = true;
    stop_reading(slot);
    return false;
  }
  // Who asked for everything retained begins behind what retention took, without a gap.
  const bool from_start = subscription.from == TopicStart::From::start;
  const std::uint64_t begin = from_start ? std::max(subscription.after, page.state.floor) : subscription.after;
  if (!from_start && leads_to_gap(subscription, page)) {
    begin_gap(slot, page.state);
    return false;
  }
  subscription.epoch = page.state.epoch;
  std::vector<ExceptionEntry> missing = missing_in(subscription, begin, page);
  if (missing.empty()) return give_page(slot, page);
  record(std::move(missing), [slot, page = std::move(page)](BasicSession& session) {
    if (session.subscriptions_[slot].phase != Phase::reading) return;
    if (session.give_page(slot, page)) session.read_on(slot);
  });
  return false;
}

template <class Loop>
bool BasicSession<Loop>::leads_to_gap(const Subscription& subscription, const ReadResult& page) {
  Position claim{subscription.epoch, subscription.after};
  if (mutated(Mutant::epoch_check_skipped)) claim.epoch = page.state.epoch;
  const bool contiguous = page.messages.empty() || page.messages.front()->position.offset == subscription.after + 1;
  return is_gap(page.state, claim) || (mutated(Mutant::contiguity_instead_of_gap_law) && !contiguous);
}

// What a member does not get although its offsets pass: recorded before the acknowledged offset can pass it.
// The whole page: by the time the ranges stand, the room may have come further than it is now.
template <class Loop>
std::vector<ExceptionEntry> BasicSession<Loop>::missing_in(const Subscription& subscription, std::uint64_t begin,
                                                           const ReadResult& page) const {
  std::vector<ExceptionEntry> missing;
  if (!subscription.on_record) return missing;
  if (begin > subscription.after) {
    missing.push_back(exception(subscription, subscription.after + 1, begin, ExceptionReason::gap));
  }
  std::uint64_t next = begin + 1;
  auto superseded = page.superseded.begin();
  const auto add_hole = [&](std::uint64_t to) {
    while (next <= to) {
      while (superseded != page.superseded.end() && superseded->to < next) ++superseded;
      const bool known = superseded != page.superseded.end() && superseded->from <= next;
      std::uint64_t end = to;
      if (superseded != page.superseded.end()) end = std::min(to, known ? superseded->to : superseded->from - 1);
      missing.push_back(
          exception(subscription, next, end, known ? ExceptionReason::superseded : ExceptionReason::expired));
      next = end + 1;
    }
  };
  for (const StoredMessagePtr& message : page.messages) {
    const std::uint64_t offset = message->position.offset;
    add_hole(offset - 1);
    next = std::max(next, offset + 1);
  }
  add_hole(page.through);
  return missing;
}

// True if the next page should be read at once.
template <class Loop>
bool BasicSession<Loop>::give_page(std::uint32_t slot, const ReadResult& page) {
  Room& room = *subscriptions_[slot].room;
  reads_on_ = slot;
  if (std::exchange(subscriptions_[slot].from, TopicStart::From::position) == TopicStart::From::start) {
    subscriptions_[slot].after = std::max(subscriptions_[slot].after, page.state.floor);
  }
  room.learn(page.state);
  if (ended()) return false;
  // No session sees an offset that its loop has not seen in order.
  const bool same = room.ready() && room.epoch() == page.state.epoch;
  const std::uint64_t limit = same ? room.top() : subscriptions_[slot].after;
  const bool all = give_messages(slot, page, limit);
  if (ended()) return false;
  bool live = false;
  if (all) {
    subscriptions_[slot].after = std::max(subscriptions_[slot].after, std::min(page.through, limit));
    live = merge(slot);
    if (ended()) return false;
  }
  stop_reading(slot);
  if (!can_send()) return false;
  if (live) go_live(slot);
  return !live;
}

// False when the carrier takes no more before the page is given.
template <class Loop>
bool BasicSession<Loop>::give_messages(std::uint32_t slot, const ReadResult& page, std::uint64_t limit) {
  for (const StoredMessagePtr& message : page.messages) {
    const std::uint64_t offset = message->position.offset;
    if (offset <= subscriptions_[slot].after) continue;
    if (offset > limit) break;
    if (!can_send()) return false;
    const LiveRef live = LiveRef::make(message, subscriptions_[slot].room->tag());
    give(*live, slot);
    if (ended()) return false;
    subscriptions_[slot].after = offset;
  }
  return true;
}

// Gives what came live while the page was read. True if the subscription has reached the present.
template <class Loop>
bool BasicSession<Loop>::merge(std::uint32_t slot) {
  Room& room = *subscriptions_[slot].room;
  if (mutated(Mutant::no_merge)) return true;
  if (!room.ready() || subscriptions_[slot].epoch != room.epoch()) return false;
  if (subscriptions_[slot].after >= room.top()) return true;
  if (!room.merge_covers(subscriptions_[slot].after)) return false;
  for (std::size_t i = 0; i < room.merge_buffer().size(); ++i) {
    const LiveRef message = room.merge_buffer()[i];
    if (message->offset() <= subscriptions_[slot].after) continue;
    // A hole is the store's to explain.
    if (message->offset() != subscriptions_[slot].after + 1 || !can_send()) return false;
    give(*message, slot);
    if (ended()) return false;
    subscriptions_[slot].after = message->offset();
  }
  return subscriptions_[slot].after >= room.top();
}

// False when the carrier takes no more.
template <class Loop>
bool BasicSession<Loop>::give(LiveMessage& message, std::uint32_t slot) {
  const Sent sent = carrier_->send(message, slot);
  if (sent == Sent::blocked) unwritten_.emplace_back(slot, message.offset());
  shard_.counters().deliveries.add();
  if (mutated(Mutant::acknowledge_on_write)) acknowledge_written(message.offset(), slot);
  return after(sent);
}

template <class Loop>
void BasicSession<Loop>::go_live(std::uint32_t slot) {
  Subscription& subscription = subscriptions_[slot];
  subscription.index = subscription.room->join(*this, slot, subscription.after);
  subscription.phase = Phase::live;
  subscription.from = TopicStart::From::position;
  if (can_send()) present_reached();
}

// ---- gaps: the exception range stands before the reader hears of the gap ----

template <class Loop>
void BasicSession<Loop>::begin_gap(std::uint32_t slot, const TopicState& state) {
  const Subscription& subscription = subscriptions_[slot];
  const Position to{state.epoch, state.top};
  const std::uint64_t from = first_unknown(state, {subscription.epoch, subscription.after});
  std::vector<ExceptionEntry> missed;
  if (subscription.on_record && from <= to.offset) {
    missed.push_back(exception(subscription, from, to.offset, ExceptionReason::gap));
  }
  record(std::move(missed), [slot, to](BasicSession& session) {
    if (session.subscriptions_[slot].phase != Phase::reading) return;
    if (session.can_send()) {
      session.send_gap(slot, to);
    } else {
      session.stop_reading(slot);
    }
  });
}

template <class Loop>
void BasicSession<Loop>::send_gap(std::uint32_t slot, Position to) {
  Subscription& subscription = subscriptions_[slot];
  subscription.epoch = to.epoch;
  subscription.after = to.offset;
  stop_reading(slot);
  shard_.counters().gaps.add();
  if (after(carrier_->gap(slot, to))) read_on(slot);
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_IMPL_SESSION_CATCH_UP_HPP
