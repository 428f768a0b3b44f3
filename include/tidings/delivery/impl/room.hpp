// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_IMPL_ROOM_HPP
#define TIDINGS_DELIVERY_IMPL_ROOM_HPP

#include <tidings/delivery/gap.hpp>
#include <tidings/delivery/mutant.hpp>
#include <tidings/delivery/shard.hpp>
#include <tidings/protocol/topic_name.hpp>

#include <algorithm>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

template <class Loop>
BasicRoom<Loop>::BasicRoom(Shard& shard, std::string name)
    : shard_(shard),
      name_(std::move(name)),
      tag_(protocol::topic_tag(name_)),
      order_(0, 1),
      parked_(shard.options().max_merge_messages) {}

// ---- the room's own state ----

template <class Loop>
void BasicRoom<Loop>::start() {
  phase_ = Phase::starting;
  ++reads_;
  // Register first, then look: whatever is appended in between is announced, and whatever came before is in the state.
  if (!mutated(Mutant::snapshot_before_register)) shard_.interest().add(name_, shard_.number());
  shard_.read(name_, 0, 0, [this](std::error_code ec, const ReadResult& result) {
    if (mutated(Mutant::snapshot_before_register)) shard_.interest().add(name_, shard_.number());
    --reads_;
    on_state(ec, result.state);
  });
}

template <class Loop>
void BasicRoom<Loop>::on_state(std::error_code ec, const TopicState& state) {
  if (ec) {
    // Sessions that have said hello wait on; `check` tries again.
    phase_ = Phase::stale;
    wake_waiting(true);
    return;
  }
  order_ = OrderPoint(state.epoch, state.top + 1);
  parked_.clear();
  merge_.clear();
  merge_from_ = order_.next_offset();
  phase_ = Phase::ready;
  const std::vector<StoredMessagePtr> early = std::exchange(early_, {});
  for (const StoredMessagePtr& message : early) {
    if (message->position.epoch == state.epoch) {
      announce(message);
    } else if (!is_former_epoch(state, message->position.epoch)) {
      // Newer than what was read, or older than what is remembered. A late word of a former epoch says nothing new.
      doubtful_ = true;
    }
  }
  // A message may have shown that the epoch is over: whoever waits is woken by the next state.
  if (!ready()) return;
  if (doubtful_) check();
  if (ready()) wake_waiting(false);
}

template <class Loop>
void BasicRoom<Loop>::wake_waiting(bool failed) {
  const std::vector<Subscriber> waiting = std::exchange(waiting_, {});
  for (const Subscriber& each : waiting) {
    if (failed) {
      each.session->on_room_failed(each.slot);
    } else {
      each.session->on_room_ready(each.slot);
    }
  }
}

template <class Loop>
void BasicRoom<Loop>::restart() {
  const Position last = position();
  // Nobody who waits may start it before all of them do: it could be ready before the last one waits.
  phase_ = Phase::starting;
  const std::vector<Subscriber> live = std::exchange(live_, {});
  for (const Subscriber& each : live) {
    if (each.session != nullptr) {
      each.session->on_room_restart(each.slot, {last.epoch, std::max(last.offset, each.skip_through)});
    }
  }
  merge_.clear();
  parked_.clear();
  start();
}

template <class Loop>
void BasicRoom<Loop>::learn(const TopicState& state, bool doubted) {
  if (!ready() || mutated(Mutant::announcement_forgotten)) return;
  if (state.epoch != order_.epoch()) {
    restart();
  } else if (state.top > top() && (doubted || shard_.store().lossy_announcements())) {
    read_hole();
  }
}

// For stores whose announcements may be lost, for what was left out, and for starts that failed.
template <class Loop>
void BasicRoom<Loop>::check() {
  if (phase_ == Phase::starting) return;
  if (phase_ == Phase::stale) {
    start();
    return;
  }
  if (mutated(Mutant::announcement_forgotten)) return;
  if (!doubtful_ && !parked_.empty()) {
    read_hole();
    return;
  }
  if (!doubtful_ && !shard_.store().lossy_announcements()) return;
  const bool doubted = std::exchange(doubtful_, false);
  ++reads_;
  shard_.read(name_, 0, 0, [this, doubted](std::error_code ec, const ReadResult& result) {
    --reads_;
    if (ec) {
      doubtful_ = doubtful_ || doubted;
    } else {
      learn(result.state, doubted);
    }
  });
}

template <class Loop>
void BasicRoom<Loop>::doubt() {
  doubtful_ = true;
  check();
}

// ---- what comes in ----

template <class Loop>
void BasicRoom<Loop>::announce(const StoredMessagePtr& message) {
  if (ready()) {
    accept(message);
  } else if (early_.size() < shard_.options().max_merge_messages) {
    // The state that is being read says whether it is new.
    early_.push_back(message);
  } else {
    doubtful_ = true;
  }
}

template <class Loop>
void BasicRoom<Loop>::accept(const StoredMessagePtr& message) {
  switch (order_.on_message(message->position.epoch, message->position.offset)) {
    case OrderPoint::Verdict::deliver:
      fan_out(message);
      give_parked();
      break;
    case OrderPoint::Verdict::duplicate: break;
    case OrderPoint::Verdict::parked:
      if (mutated(Mutant::announcement_forgotten)) break;
      parked_.park(message->position.offset, message);
      read_hole();
      break;
    case OrderPoint::Verdict::epoch_changed:
      // The state says which of the two epochs is over.
      early_.push_back(message);
      restart();
      break;
  }
}

template <class Loop>
void BasicRoom<Loop>::give_parked() {
  while (ready()) {
    const std::optional<StoredMessagePtr> next = parked_.pop_ready(order_);
    if (!next) break;
    fan_out(*next);
  }
}

template <class Loop>
void BasicRoom<Loop>::fan_out(const StoredMessagePtr& message) {
  if (live_.empty() && readers_ == 0) return;
  const LiveRef live = LiveRef::make(message, tag_);
  if (readers_ > 0) {
    merge_.push_back(live);
    if (merge_.size() > shard_.options().max_merge_messages) {
      merge_.pop_front();
      merge_from_ = merge_.front()->offset();
    }
  }
  give_to_live(live);
}

template <class Loop>
void BasicRoom<Loop>::give_to_live(const LiveRef& message) {
  const std::uint64_t offset = message->offset();
  std::uint64_t given = 0;
  for_each_live([&](const Subscriber& each) {
    if (offset <= each.skip_through) return;
    each.session->deliver(message, each.slot);
    ++given;
  });
  shard_.counters().deliveries.add(given);
}

// Sessions may leave while they are called; entries behind the last one joined meanwhile and are up to date.
template <class Loop>
template <class F>
void BasicRoom<Loop>::for_each_live(F&& f) {
  const bool outermost = !std::exchange(fanning_, true);
  const std::size_t count = live_.size();
  for (std::size_t i = 0; i < count && i < live_.size(); ++i) {
    if (const Subscriber each = live_[i]; each.session != nullptr) f(each);
  }
  if (!outermost) return;
  fanning_ = false;
  if (!holes_in_live_) return;
  holes_in_live_ = false;
  std::erase_if(live_, [](const Subscriber& each) { return each.session == nullptr; });
  for (std::size_t i = 0; i < live_.size(); ++i) {
    live_[i].session->moved_to(live_[i].slot, static_cast<std::uint32_t>(i));
  }
}

// ---- holes ----

template <class Loop>
void BasicRoom<Loop>::read_hole() {
  if (reading_hole_ || !ready()) return;
  reading_hole_ = true;
  read_hole_page();
}

// A store that completes inline must not recurse once per page.
template <class Loop>
void BasicRoom<Loop>::read_hole_page() {
  struct Turn {
    bool running = true;
    bool again = false;
  };
  const auto turn = std::make_shared<Turn>();
  do {
    turn->again = false;
    turn->running = true;
    ++reads_;
    shard_.read(name_, top(), shard_.options().catch_up_page, [this, turn](std::error_code ec, const ReadResult& page) {
      --reads_;
      turn->again = on_hole(ec, page);
      reading_hole_ = turn->again;
      if (!turn->running && turn->again) read_hole_page();
    });
    turn->running = false;
  } while (turn->again);
}

// True if another page is needed at once.
template <class Loop>
bool BasicRoom<Loop>::on_hole(std::error_code ec, const ReadResult& page) {
  // After an error `check` asks again.
  if (ec) doubtful_ = true;
  if (ec || !ready()) return false;
  if (page.state.epoch != order_.epoch()) {
    restart();
    return false;
  }
  const std::uint64_t before = top();
  if (page.state.floor > top()) lose_to_retention(page.state.floor);
  for (const StoredMessagePtr& message : page.messages) {
    const std::uint64_t offset = message->position.offset;
    if (offset <= top()) continue;
    skip_missing(offset - 1);
    order_.advance_through(offset);
    fan_out(message);
    if (!ready()) return false;
  }
  skip_missing(page.through);
  give_parked();
  return ready() && top() > before && (!parked_.empty() || page.state.top > top());
}

// Offsets that the store no longer has for good reason: nobody waits for them.
template <class Loop>
void BasicRoom<Loop>::skip_missing(std::uint64_t to) {
  if (to <= top()) return;
  const std::uint64_t from = top() + 1;
  order_.advance_through(to);
  for_each_live([&](const Subscriber& each) {
    if (to > each.skip_through) each.session->on_missing(each.slot, std::max(from, each.skip_through + 1));
  });
}

// Retention overtook this loop: what it had not announced yet is gone for everyone who was live.
template <class Loop>
void BasicRoom<Loop>::lose_to_retention(std::uint64_t floor) {
  const std::uint64_t from = top() + 1;
  order_.advance_through(floor);
  parked_.forget_through(floor);
  merge_.clear();
  merge_from_ = order_.next_offset();
  for_each_live([&](const Subscriber& each) {
    if (floor > each.skip_through) each.session->on_missing(each.slot, std::max(from, each.skip_through + 1));
  });
}

// ---- who is here ----

template <class Loop>
std::uint32_t BasicRoom<Loop>::join(Session& session, std::uint32_t slot, std::uint64_t skip_through) {
  live_.push_back({&session, slot, skip_through});
  return static_cast<std::uint32_t>(live_.size() - 1);
}

template <class Loop>
void BasicRoom<Loop>::leave(std::uint32_t index) {
  if (fanning_) {
    live_[index].session = nullptr;
    holes_in_live_ = true;
    return;
  }
  live_[index] = live_.back();
  live_.pop_back();
  if (index < live_.size()) live_[index].session->moved_to(live_[index].slot, index);
}

template <class Loop>
void BasicRoom<Loop>::wait(Session& session, std::uint32_t slot) {
  waiting_.push_back({&session, slot, 0});
  if (phase_ == Phase::stale) start();
}

template <class Loop>
void BasicRoom<Loop>::forget(const Session& session, std::uint32_t slot) {
  std::erase_if(waiting_, [&](const Subscriber& each) { return each.session == &session && each.slot == slot; });
}

template <class Loop>
void BasicRoom<Loop>::reader_began() {
  if (readers_++ == 0) {
    merge_.clear();
    merge_from_ = order_.next_offset();
  }
}

template <class Loop>
void BasicRoom<Loop>::reader_ended() {
  if (--readers_ == 0) merge_.clear();
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_IMPL_ROOM_HPP
