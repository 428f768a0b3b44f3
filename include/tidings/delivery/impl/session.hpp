// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_IMPL_SESSION_HPP
#define TIDINGS_DELIVERY_IMPL_SESSION_HPP

#include <tidings/delivery/impl/session_catch_up.hpp>
#include <tidings/delivery/impl/session_send.hpp>
#include <tidings/delivery/shard.hpp>
#include <tidings/protocol/position_token.hpp>

#include <algorithm>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

template <class Loop>
BasicSession<Loop>::BasicSession(Shard& shard, SessionStart start, std::unique_ptr<Carrier> carrier)
    : shard_(shard),
      carrier_(std::move(carrier)),
      last_traffic_tick_(shard.current_tick()),
      id_(start.id),
      blocked_since_(shard.now()),
      seat_(std::move(start.seat)),
      since_(shard.loop().wall_now()),
      user_(std::move(start.user)),
      peer_(std::move(start.peer)) {
  if (!start.device.empty()) extra().device = std::move(start.device);
  const steady_time now = shard_.now();
  if (start.held) state_ |= held_bit;
  if (start.lifetime.count() > 0) lifetime_end_ = ends_at_ = now + start.lifetime;
  if (start.valid_until) set_valid_until(*start.valid_until);
  if (start.wait) answer_at_ = now + *start.wait;
}

template <class Loop>
void BasicSession<Loop>::set_valid_until(wall_time valid_until) {
  const std::int64_t left = std::max<std::int64_t>(0, valid_until.ms - shard_.loop().wall_now().ms);
  // Far ahead is never: a span of that size would overflow the clock.
  const bool near = left < std::chrono::milliseconds(std::chrono::hours(24 * 365)).count();
  const steady_time end = near ? shard_.now() + std::chrono::milliseconds(left) : steady_time::max();
  if (end >= ends_at_) return;
  ends_at_ = end;
  ends_why_ = errc::credentials_expired;
}

template <class Loop>
void BasicSession<Loop>::renew(std::optional<wall_time> valid_until) {
  ends_at_ = lifetime_end_;
  ends_why_ = errc::lifetime_ended;
  warned_ = false;
  if (valid_until) set_valid_until(*valid_until);
  reschedule();
}

template <class Loop>
BasicSession<Loop>::~BasicSession() {
  shard_.cancel(*this);
}

template <class Loop>
std::string_view BasicSession<Loop>::topic(std::uint32_t slot) const {
  return subscriptions_[slot].room->name();
}
template <class Loop>
std::uint64_t BasicSession<Loop>::tag(std::uint32_t slot) const {
  return subscriptions_[slot].room->tag();
}

// ---- subscriptions come and go ----

template <class Loop>
bool BasicSession<Loop>::reads(std::string_view topic) const {
  // By its tag: a name with the tag of another could not be told from it.
  const std::uint64_t tag = protocol::topic_tag(topic);
  return std::any_of(subscriptions_.begin(), subscriptions_.end(),
                     [&](const Subscription& each) { return each.phase != Phase::removed && each.room->tag() == tag; });
}

template <class Loop>
std::size_t BasicSession<Loop>::topic_count() const {
  return static_cast<std::size_t>(std::count_if(subscriptions_.begin(), subscriptions_.end(),
                                                [](const Subscription& each) { return each.phase != Phase::removed; }));
}

template <class Loop>
void BasicSession<Loop>::subscribe(std::vector<TopicStart> topics) {
  if (ended()) return;
  const std::size_t before = subscriptions_.size();
  for (TopicStart& each : topics) {
    if (!reads(each.topic)) add(std::move(each));
  }
  if (subscriptions_.size() != before) open_when_ready();
}

template <class Loop>
void BasicSession<Loop>::revoke(std::string_view topic) {
  for (std::uint32_t slot = 0; slot < subscriptions_.size() && !ended(); ++slot) {
    if (subscriptions_[slot].phase == Phase::removed || this->topic(slot) != topic) continue;
    const bool waited = subscriptions_[slot].phase == Phase::waiting;
    if (!has(closed_bit)) carrier_->revoked(slot);
    remove(slot);
    if (queue_) queue_->erase_slot(slot);
    if (queue_ && queue_->empty()) queue_.reset();
    if (waited) --waiting_rooms_;
    open_when_ready();
    return;
  }
}

template <class Loop>
void BasicSession<Loop>::leave(std::uint32_t slot, Phase next) {
  Subscription& subscription = subscriptions_[slot];
  if (subscription.phase == Phase::live) subscription.room->leave(subscription.index);
  if (subscription.phase == Phase::reading) subscription.room->reader_ended();
  if (subscription.phase == Phase::waiting || subscription.phase == Phase::rejoining) {
    subscription.room->forget(*this, slot);
  }
  subscription.phase = next;
}

template <class Loop>
void BasicSession<Loop>::remove(std::uint32_t slot) {
  if (subscriptions_[slot].phase == Phase::removed) return;
  leave(slot, Phase::removed);
  std::exchange(subscriptions_[slot].room, nullptr)->guest_left();
}

template <class Loop>
ExceptionEntry BasicSession<Loop>::exception(const Subscription& subscription, std::uint64_t from, std::uint64_t to,
                                             ExceptionReason reason) const {
  return {user_, subscription.room->name(), {from, to, reason}};
}

// ---- the end ----

// What is told of a session that has ended. Nobody is told of a poll: it is a session of its poller.
template <class Loop>
SessionInfo BasicSession<Loop>::last_info() const {
  const Transport transport = carrier_->transport();
  if (transport == Transport::sse || transport == Transport::websocket) return info();
  SessionInfo last;
  last.id = id_;
  last.user = user_;
  last.transport = transport;
  return last;
}

template <class Loop>
void BasicSession<Loop>::end(std::error_code why, std::chrono::milliseconds retry) {
  if (ended()) return;
  const SessionInfo last = last_info();
  // Its names are the rooms', which outlive this call.
  const std::vector<SlotToken> slots = tokens();
  detach();
  carrier_->finish(why, retry, slots);
  shard_.retire(*this, last, why);
}

template <class Loop>
void BasicSession<Loop>::drop(std::error_code why) {
  if (ended()) return;
  const SessionInfo last = last_info();
  detach();
  carrier_->abort();
  shard_.retire(*this, last, why);
}

template <class Loop>
void BasicSession<Loop>::end_store_down() {
  end(errc::store_unavailable, shard_.jittered(defaults::busy_retry));
}

template <class Loop>
void BasicSession<Loop>::on_gone(std::error_code why) {
  if (ended()) return;
  const auto entry = shard_.enter();
  drop(why ? why : std::error_code(errc::peer_gone));
}

template <class Loop>
void BasicSession<Loop>::on_noted(Sent sent) {
  if (ended()) return;
  const auto entry = shard_.enter();
  after(sent);
}

template <class Loop>
void BasicSession<Loop>::detach() {
  state_ |= ended_bit;
  for (std::uint32_t slot = 0; slot < subscriptions_.size(); ++slot) remove(slot);
  queue_.reset();
  seat_.reset();
  shard_.cancel(*this);
}

// ---- time ----

template <class Loop>
steady_time BasicSession<Loop>::next_due() const {
  steady_time due = std::min({ends_at_, warn_due(), carrier_->due()});
  if (answer_at_) due = std::min(due, answer_due());
  const std::chrono::milliseconds beat = carrier_->heartbeat_period();
  if (has(closed_bit)) due = std::min(due, blocked_since_ + defaults::open_timeout);
  if (beat.count() > 0 && (state_ & (blocked_bit | held_bit | closed_bit)) == 0) {
    due = std::min(due, shard_.time_of(last_traffic_tick_) + beat);
  }
  if ((state_ & (blocked_bit | held_bit)) != 0) due = std::min(due, blocked_since_ + lag_limit());
  return due;
}

// Before its credentials end, the client is told once.
template <class Loop>
steady_time BasicSession<Loop>::warn_due() const {
  if (carrier_->transport() != Transport::websocket) return steady_time::max();
  const bool warns = ends_why_ == errc::credentials_expired && !warned_ && ends_at_ != steady_time::max();
  return warns ? ends_at_ - defaults::renew_notice : steady_time::max();
}

// A poll whose time is over is still given the time to catch up: an answer without it would say nothing.
template <class Loop>
steady_time BasicSession<Loop>::answer_due() const {
  return present_ ? *answer_at_ : *answer_at_ + defaults::poll_patience;
}

template <class Loop>
std::chrono::milliseconds BasicSession<Loop>::lag_limit() const {
  return std::min(shard_.options().max_lag, shard_.options().write_stall);
}

template <class Loop>
void BasicSession<Loop>::reschedule() {
  if (!ended()) shard_.schedule(*this, next_due());
}

template <class Loop>
bool BasicSession<Loop>::is_behind() const {
  return queue_ != nullptr || std::any_of(subscriptions_.begin(), subscriptions_.end(),
                                          [](const Subscription& each) { return each.phase == Phase::lagging; });
}

// Ends a session whose time is over, for one reason or the other.
template <class Loop>
bool BasicSession<Loop>::end_if_over(steady_time now) {
  if (answer_at_ && now >= answer_due()) {
    end({}, std::chrono::milliseconds{0});
  } else if (now >= ends_at_) {
    end(ends_why_, shard_.jittered(shard_.options().retry));
  } else if (has(closed_bit) && now >= blocked_since_ + defaults::open_timeout) {
    end_store_down();
  } else if ((state_ & (blocked_bit | held_bit)) != 0 && now >= blocked_since_ + lag_limit()) {
    shard_.counters().slow_closed.add();
    const errc why = is_behind() ? errc::slow_consumer : errc::write_stalled;
    // Behind a full socket no goodbye gets through.
    if (has(blocked_bit)) {
      drop(why);
    } else {
      end(why, shard_.jittered(shard_.options().retry));
    }
  }
  return ended();
}

template <class Loop>
void BasicSession<Loop>::on_due(steady_time now) {
  if (ended() || end_if_over(now)) return;
  if (now >= warn_due() && !has(closed_bit)) {
    warned_ = true;
    after(carrier_->expiring(std::chrono::duration_cast<std::chrono::milliseconds>(ends_at_ - now)));
  }
  if (!ended() && now >= carrier_->due()) after(carrier_->on_due(now));
  if (ended()) return;
  const std::chrono::milliseconds beat = carrier_->heartbeat_period();
  if (can_send() && beat.count() > 0 && now >= shard_.time_of(last_traffic_tick_) + beat) {
    shard_.counters().heartbeats.add();
    after(carrier_->beat());
  }
  reschedule();
}

// ---- what others ask ----

template <class Loop>
std::vector<SlotToken> BasicSession<Loop>::tokens() const {
  std::vector<SlotToken> slots;
  slots.reserve(subscriptions_.size());
  for (std::uint32_t slot = 0; slot < subscriptions_.size(); ++slot) {
    const Subscription& each = subscriptions_[slot];
    SlotToken token;
    token.active = each.phase != Phase::removed;
    token.on_record = each.on_record;
    if (token.active) {
      token.topic = each.room->name();
      token.tag = each.room->tag();
      // Before the hello only a claim of the client's own is a position.
      const bool known = !has(closed_bit) || each.from == TopicStart::From::position;
      if (known) token.position = {each.epoch, each.after};
    }
    if (each.phase == Phase::live) {
      const std::uint64_t queued = queue_ ? queue_->first_offset(slot) : 0;
      token.position = {each.room->epoch(), queued != 0 ? queued - 1 : std::max(each.after, each.room->top())};
    }
    slots.push_back(token);
  }
  return slots;
}

template <class Loop>
std::optional<Position> BasicSession<Loop>::written(std::string_view topic) const {
  const std::vector<SlotToken> slots = tokens();
  for (std::uint32_t slot = 0; slot < slots.size(); ++slot) {
    if (!slots[slot].active || slots[slot].topic != topic) continue;
    Position position = slots[slot].position;
    for (const auto& [unwritten_slot, offset] : unwritten_) {
      if (unwritten_slot == slot && offset <= position.offset) position.offset = offset - 1;
    }
    return position;
  }
  return std::nullopt;
}

template <class Loop>
SessionInfo BasicSession<Loop>::info() const {
  SessionInfo info;
  info.id = id_;
  info.user = user_;
  info.device = device();
  info.transport = carrier_->transport();
  info.peer = peer_;
  info.since = since_;
  for (const Subscription& each : subscriptions_) {
    if (each.phase != Phase::removed) info.topics.push_back(each.room->name());
    if (each.phase == Phase::lagging) info.lagging = true;
  }
  info.queue_bytes = (queue_ ? queue_->bytes() : 0) + carrier_->pending_bytes();
  info.queue_messages = queue_ ? queue_->size() : 0;
  info.held = has(held_bit);
  if (extra_) info.confirmed = extra_->confirmed;
  carrier_->describe(info);
  return info;
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_IMPL_SESSION_HPP
