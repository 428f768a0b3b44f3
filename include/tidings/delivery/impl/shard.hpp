// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_IMPL_SHARD_HPP
#define TIDINGS_DELIVERY_IMPL_SHARD_HPP

#include <tidings/delivery/mutant.hpp>
#include <tidings/delivery/shard.hpp>

#include <algorithm>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

template <class Loop>
BasicShard<Loop>::BasicShard(Loop& loop, std::uint32_t number, AnyStore store, Interest& interest, ShardOptions options,
                             Counters& counters, OnClosed on_closed)
    : loop_(loop),
      number_(number),
      store_(std::move(store)),
      interest_(interest),
      options_(options),
      counters_(counters),
      on_closed_(std::move(on_closed)),
      origin_(loop.now()) {}

template <class Loop>
BasicShard<Loop>::~BasicShard() {
  graveyard_.clear();
  sessions_.clear();
  for (const auto& [topic, room] : rooms_) interest_.remove(topic, number_);
}

// ---- from other threads ----

template <class Loop>
template <class F>
void BasicShard<Loop>::on_loop(const std::weak_ptr<BasicShard>& weak, F f) {
  const std::shared_ptr<BasicShard> shard = weak.lock();
  if (!shard) return;
  // Within a visit what has to come first waits for the next one, and so do we.
  if (shard->loop_.running_here() && (shard->visits_ == 0 || !shard->has_first_.load())) {
    const auto entry = shard->enter();
    f(*shard);
    return;
  }
  shard->loop_.post([weak, f = std::move(f)]() mutable {
    if (const std::shared_ptr<BasicShard> alive = weak.lock()) {
      const auto entry = alive->enter();
      f(*alive);
    }
  });
}

template <class Loop>
template <class F>
void BasicShard<Loop>::read(const std::string& topic, std::uint64_t after, std::size_t limit, F f) {
  store_.read(topic, after, limit,
              [weak = this->weak_from_this(), f = std::move(f)](std::error_code ec, ReadResult result) mutable {
                on_loop(weak, [ec, result = std::move(result), f = std::move(f)](BasicShard& shard) mutable {
                  if (ec) shard.counters_.store_errors.add();
                  f(ec, std::move(result));
                });
              });
}

template <class Loop>
template <class F>
void BasicShard<Loop>::except(std::vector<ExceptionEntry> entries, F f) {
  store_.except(std::move(entries), [weak = this->weak_from_this(), f = std::move(f)](std::error_code ec) mutable {
    on_loop(weak, [ec, f = std::move(f)](BasicShard& shard) mutable {
      if (ec) shard.counters_.store_errors.add();
      f(ec);
    });
  });
}

template <class Loop>
void BasicShard<Loop>::acknowledge(std::vector<Acknowledgement> list) {
  counters_.acknowledgements.add(list.size());
  store_.acknowledge(std::move(list), [](std::error_code) {});
}

template <class Loop>
void BasicShard<Loop>::run_first(UniqueFunction<void(BasicShard&)> f) {
  {
    const std::lock_guard lock(mailbox_mutex_);
    first_.push_back(std::move(f));
    has_first_.store(true);
  }
  if (loop_.running_here()) {
    const auto entry = enter();
    do_first();
    return;
  }
  // A visit begins with it.
  loop_.post([weak = this->weak_from_this()] {
    if (const std::shared_ptr<BasicShard> shard = weak.lock()) shard->enter();
  });
}

template <class Loop>
void BasicShard<Loop>::do_first() {
  std::vector<UniqueFunction<void(BasicShard&)>> list;
  {
    const std::lock_guard lock(mailbox_mutex_);
    list.swap(first_);
    has_first_.store(false);
  }
  for (auto& each : list) each(*this);
}

template <class Loop>
void BasicShard<Loop>::post_message(StoredMessagePtr message) {
  {
    const std::lock_guard lock(mailbox_mutex_);
    const std::size_t bytes = message->message.data.size() + message->message.event.size() + message_overhead;
    // The first always fits, so that somebody is on the way who notices.
    if (!mailbox_.empty() && mailbox_bytes_ + bytes > options_.max_mailbox_bytes) {
      mailbox_overflowed_ = true;
      return;
    }
    mailbox_bytes_ += bytes;
    mailbox_.push_back(std::move(message));
    if (mailbox_.size() > 1) return;
  }
  loop_.post([weak = this->weak_from_this()] {
    if (const std::shared_ptr<BasicShard> shard = weak.lock()) shard->drain_mailbox();
  });
}

template <class Loop>
void BasicShard<Loop>::drain_mailbox() {
  const auto entry = enter();
  bool overflowed = false;
  {
    const std::lock_guard lock(mailbox_mutex_);
    batch_.swap(mailbox_);
    mailbox_bytes_ = 0;
    overflowed = std::exchange(mailbox_overflowed_, false);
  }
  // What was taken away before a message of the batch was published came in before it.
  if (has_first_.load()) do_first();
  for (std::size_t begin = 0; begin < batch_.size(); begin += cork_messages) {
    const std::size_t end = std::min(batch_.size(), begin + cork_messages);
    corked_ = end - begin > 1;
    for (std::size_t i = begin; i < end; ++i) {
      const auto found = rooms_.find(batch_[i]->message.topic);
      if (found != rooms_.end()) found->second.announce(batch_[i]);
    }
    corked_ = false;
    flush_dirty();
  }
  batch_.clear();
  // What did not fit is a hole, or missing at the end: the store's top tells.
  if (overflowed) {
    counters_.mailbox_overflows.add();
    // What it leads to may make rooms, but lets none go.
    for (std::size_t i = 0; i < all_rooms_.size(); ++i) all_rooms_[i]->doubt();
  }
}

template <class Loop>
void BasicShard<Loop>::post_unread(const std::string& user, std::size_t count) {
  {
    const std::lock_guard lock(mailbox_mutex_);
    unread_[user] = count;
    if (unread_.size() > 1) return;
  }
  loop_.post([weak = this->weak_from_this()] {
    if (const std::shared_ptr<BasicShard> shard = weak.lock()) shard->tell_unread();
  });
}

template <class Loop>
void BasicShard<Loop>::tell_unread() {
  const auto entry = enter();
  // Behind the messages that changed the numbers.
  drain_mailbox();
  std::unordered_map<std::string, std::size_t> numbers;
  {
    const std::lock_guard lock(mailbox_mutex_);
    numbers.swap(unread_);
  }
  for (const auto& [user, count] : numbers) {
    for_each_session_of(user, [number = count](Session& session) { session.tell_unread(number); });
  }
}

// ---- the end of a visit ----

template <class Loop>
void BasicShard<Loop>::flush_dirty() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    if (Session* const session = find(dirty_[i])) session->batch_end();
  }
  dirty_.clear();
}

template <class Loop>
void BasicShard<Loop>::tidy() {
  // Writing may end sessions, and their callbacks may visit again: those visits leave the rest to this one.
  ++visits_;
  flush_dirty();
  --visits_;
  graveyard_.clear();
}

// ---- sessions and rooms ----

template <class Loop>
BasicRoom<Loop>& BasicShard<Loop>::room(const std::string& topic) {
  auto found = rooms_.find(topic);
  if (found == rooms_.end()) {
    found = rooms_.try_emplace(topic, *this, topic).first;
    all_rooms_.push_back(&found->second);
    found->second.start();
  }
  found->second.idle_since_tick_ = 0;
  return found->second;
}

template <class Loop>
BasicSession<Loop>* BasicShard<Loop>::open(SessionStart start, std::unique_ptr<Carrier> carrier) {
  const auto entry = enter();
  const SessionId id = start.id;
  std::vector<TopicStart> topics = std::move(start.topics);
  auto owned = std::make_unique<Session>(*this, std::move(start), std::move(carrier));
  Session& session = *owned;
  sessions_[id.value] = std::move(owned);
  if (!session.user().empty()) by_user_.emplace(session.user(), &session);
  counters_.sessions_opened.add();
  session.open(std::move(topics));
  return find(id);
}

template <class Loop>
BasicSession<Loop>* BasicShard<Loop>::find(SessionId id) {
  const auto found = sessions_.find(id.value);
  return found == sessions_.end() ? nullptr : found->second.get();
}

template <class Loop>
void BasicShard<Loop>::for_each_session(const std::function<void(Session&)>& f) {
  const auto entry = enter();
  std::vector<SessionId> ids;
  ids.reserve(sessions_.size());
  for (const auto& [value, session] : sessions_) ids.push_back({value});
  for (const SessionId id : ids) {
    if (Session* const session = find(id)) f(*session);
  }
}

template <class Loop>
void BasicShard<Loop>::for_each_session_of(const std::string& user, const std::function<void(Session&)>& f) {
  const auto entry = enter();
  std::vector<SessionId> ids;
  const auto [begin, end] = by_user_.equal_range(user);
  for (auto each = begin; each != end; ++each) ids.push_back(each->second->id());
  for (const SessionId id : ids) {
    if (Session* const session = find(id)) f(*session);
  }
}

template <class Loop>
void BasicShard<Loop>::retire(Session& session, const SessionInfo& last, std::error_code why) {
  const auto found = sessions_.find(session.id().value);
  if (found == sessions_.end()) return;
  const auto [begin, end] = by_user_.equal_range(session.user());
  const auto mine = std::find_if(begin, end, [&](const auto& each) { return each.second == &session; });
  if (mine != end) by_user_.erase(mine);
  // Freed at the end of the visit: callers up the stack still hold it.
  graveyard_.push_back(std::move(found->second));
  sessions_.erase(found);
  counters_.sessions_closed.add();
  if (on_closed_) on_closed_(last, why);
}

// ---- time ----

template <class Loop>
std::uint32_t BasicShard<Loop>::tick_of(steady_time at) const {
  if (at <= origin_) return 0;
  return static_cast<std::uint32_t>((at - origin_ + tick_length - std::chrono::nanoseconds(1)) / tick_length);
}

template <class Loop>
void BasicShard<Loop>::schedule(Session& session, steady_time at) {
  wheel_.cancel(session);
  if (at != steady_time::max()) wheel_.schedule(session, tick_of(at));
}

template <class Loop>
void BasicShard<Loop>::tick(steady_time now) {
  const auto entry = enter();
  const auto reached = static_cast<std::uint32_t>((now - origin_) / tick_length);
  if (reached > tick_) {
    tick_ = reached;
    wheel_.advance(tick_, [now](WheelEntry& due) { static_cast<Session&>(due).on_due(now); });
  }
  sweep_rooms();
  if (draining_) drain_wave();
}

// Rooms that nobody needs, failed starts, lost announcements. A round about once a second; one over many rooms takes
// longer, half of `position_check` at most, so that no tick looks at all of them.
template <class Loop>
void BasicShard<Loop>::sweep_rooms() {
  const auto period = static_cast<std::uint32_t>(options_.position_check / tick_length);
  if (unswept_ == 0) {
    if (tick_ < next_sweep_) return;
    next_sweep_ = tick_ + 4;
    sweep_checks_ = tick_ >= next_check_;
    if (sweep_checks_) next_check_ = tick_ + period;
    unswept_ = all_rooms_.size();
    sweep_share_ = std::max(least_swept, unswept_ / std::max(period / 2, 1U) + 1);
  }
  // A check may end sessions, and what their callbacks do may make rooms: they are of the next round.
  for (std::size_t share = sweep_share_; share > 0 && unswept_ > 0; --share) {
    const std::size_t at = --unswept_;
    if (still_needed(*all_rooms_[at])) continue;
    const std::string name = all_rooms_[at]->name();
    all_rooms_[at] = all_rooms_.back();
    all_rooms_.pop_back();
    interest_.remove(name, number_);
    rooms_.erase(name);
  }
}

template <class Loop>
bool BasicShard<Loop>::still_needed(Room& room) {
  // Also a room that only polls visit: its top must not grow stale.
  if (sweep_checks_ || !room.ready() || room.doubtful()) room.check();
  if (!room.idle()) {
    room.idle_since_tick_ = 0;
    return true;
  }
  if (room.idle_since_tick_ == 0) {
    room.idle_since_tick_ = tick_;
    return true;
  }
  return tick_ - room.idle_since_tick_ < static_cast<std::uint32_t>(options_.room_linger / tick_length);
}

template <class Loop>
void BasicShard<Loop>::drain_sessions(std::error_code why, std::chrono::milliseconds grace,
                                      std::chrono::milliseconds spread, UniqueFunction<void()> done) {
  const auto entry = enter();
  if (!draining_) draining_ = std::make_unique<Drain>();
  draining_->why = why;
  draining_->last_tick = tick_ + static_cast<std::uint32_t>(grace / tick_length);
  draining_->spread = spread;
  draining_->done.push_back(std::move(done));
  drain_wave();
}

// Every tick ends its share of what is left.
template <class Loop>
void BasicShard<Loop>::drain_wave() {
  const std::size_t ticks_left = draining_->last_tick > tick_ ? draining_->last_tick - tick_ + 1 : 1;
  const std::size_t share = (sessions_.size() + ticks_left - 1) / ticks_left;
  std::vector<SessionId> wave;
  for (auto each = sessions_.begin(); wave.size() < share; ++each) wave.push_back({each->first});
  for (const SessionId id : wave) {
    const auto spread = static_cast<double>(draining_->spread.count());
    const auto hint = std::chrono::milliseconds(1 + static_cast<std::int64_t>(loop_.random() * spread));
    if (Session* const session = find(id)) session->end(draining_->why, hint);
  }
  if (!sessions_.empty()) return;
  const std::unique_ptr<Drain> finished = std::move(draining_);
  for (UniqueFunction<void()>& done : finished->done) {
    if (done) done();
  }
}

template <class Loop>
std::chrono::milliseconds BasicShard<Loop>::jittered(std::chrono::milliseconds middle) {
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(middle.count()) * (0.5 + loop_.random())));
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_IMPL_SHARD_HPP
