// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_DECIDER_HPP
#define TIDINGS_WECHAT_IMPL_DECIDER_HPP

#include <tidings/wechat/china_time.hpp>
#include <tidings/wechat/classify.hpp>
#include <tidings/wechat/decider.hpp>
#include <tidings/wechat/mutant.hpp>

#include <algorithm>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

inline std::chrono::milliseconds share(std::chrono::milliseconds span, double factor) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(span.count()) * factor));
}

// The most that the n-th wait can be, n >= 1.
inline std::chrono::milliseconds ceiling(const ClassPolicy& policy, int n) {
  std::chrono::milliseconds wait = policy.base;
  for (int i = 1; i < n && wait < policy.cap; ++i) wait *= 2;
  return std::min(wait, policy.cap);
}

// An answer that does not say which window was exceeded means the shortest that is left to suspect.
inline LimitWindow suspected(LimitWindow window, int limits_before) {
  if (window != LimitWindow::any) return window;
  if (limits_before <= 0) return LimitWindow::minute;
  return limits_before == 1 ? LimitWindow::hour : LimitWindow::day;
}

inline wall_time end_of(LimitWindow window, wall_time now) {
  switch (window) {
    case LimitWindow::clock_minute: return next_minute(now);
    case LimitWindow::hour: return now + std::chrono::hours(1);
    case LimitWindow::day: return next_china_day(now);
    case LimitWindow::concurrency: return now;
    case LimitWindow::none:
    case LimitWindow::minute:
    case LimitWindow::any: break;
  }
  return now + std::chrono::minutes(1);
}

constexpr bool sends_again(Decision::Act act) {
  using enum Decision::Act;
  return act == retry || act == refresh_token || act == reread_token || act == wait || act == open_circuit;
}

}  // namespace detail

inline Decision Decider::decide(const AttemptFacts& facts) const {
  ErrorRow row = classify(facts.platform, EndpointKind::send, facts.result);
  if (mutated(Mutant::ignore_class) && row.error_class != ErrorClass::success) row.error_class = ErrorClass::busy;
  Decision next;
  next.error_class = row.error_class;
  next.effort = facts.effort;
  next.split = row.split;
  if (row.error_class == ErrorClass::unknown_outcome && !mutated(Mutant::forget_maybe_sent)) {
    next.effort.maybe_sent = true;
  }
  next = follow(facts, row, next);
  if (next.act != Decision::Act::reread_token) next.effort.add(row.error_class);
  return checked(facts, next);
}

inline Decision Decider::follow(const AttemptFacts& facts, const ErrorRow& row, Decision next) const {
  using enum Decision::Act;
  switch (row.error_class) {
    case ErrorClass::success:
    case ErrorClass::duplicate: next.act = done; return next;
    case ErrorClass::token_stale: return token_stale(facts, next);
    case ErrorClass::credential:
      next.act = stop_account;
      next.alarm = true;
      return next;
    case ErrorClass::busy:
    case ErrorClass::unknown_outcome: return try_again(facts, next);
    case ErrorClass::rate_limit:
    case ErrorClass::quota: return hold(facts, row.window, next);
    case ErrorClass::recipient:
      next.act = fail_recipient;
      next.suppress = !row.split;
      return next;
    case ErrorClass::window_closed: next.act = fail_recipient; return next;
    case ErrorClass::blocked: return blocked(facts, next);
    case ErrorClass::bad_request:
    case ErrorClass::unlisted: break;
  }
  next.act = dead_letter;
  next.alarm = true;
  return next;
}

// The stored token may be newer than the one that failed: then nothing is refreshed, once. A token that fails although
// it was refreshed for this message means that the credentials are not what they seem.
inline Decision Decider::token_stale(const AttemptFacts& facts, Decision next) const {
  const bool reread = facts.stored_token_differs || mutated(Mutant::refresh_without_reread);
  if (!reread) {
    next.act = Decision::Act::reread_token;
    return next;
  }
  if (facts.stored_token_differs.value_or(false) && next.effort.rereads == 0) {
    ++next.effort.rereads;
    next.act = Decision::Act::retry;
    return next;
  }
  const int refreshes = options_.policies[ErrorClass::token_stale].tries - 1;
  if (next.effort.refreshes < refreshes || mutated(Mutant::refresh_without_end)) {
    ++next.effort.refreshes;
    next.act = Decision::Act::refresh_token;
    return next;
  }
  next.act = Decision::Act::stop_account;
  next.error_class = ErrorClass::credential;
  next.alarm = true;
  return next;
}

inline bool Decider::is_used_up(const Decision& next) const {
  int ended = next.effort.count(next.error_class) + 1;
  if (next.error_class == ErrorClass::busy) ended += next.effort.count(ErrorClass::unknown_outcome);
  if (next.error_class == ErrorClass::unknown_outcome) ended += next.effort.count(ErrorClass::busy);
  return ended >= options_.policies[next.error_class].tries;
}

inline Decision Decider::try_again(const AttemptFacts& facts, Decision next) const {
  if (is_used_up(next)) {
    next.act = Decision::Act::dead_letter;
    next.alarm = true;
    return next;
  }
  const int ended = next.effort.count(ErrorClass::busy) + next.effort.count(ErrorClass::unknown_outcome) + 1;
  const std::chrono::milliseconds most = detail::ceiling(options_.policies[next.error_class], ended);
  next.act = Decision::Act::wait;
  next.at = facts.now + detail::share(most, facts.jitter);
  return next;
}

inline Decision Decider::hold(const AttemptFacts& facts, LimitWindow window, Decision next) const {
  window = detail::suspected(window, facts.limits_before);
  const ClassPolicy& policy = options_.policies[next.error_class];
  if (is_used_up(next)) {
    next.act = Decision::Act::dead_letter;
    next.alarm = true;
    return next;
  }
  next.act = Decision::Act::wait;
  next.alarm = window == LimitWindow::day;
  next.fewer_at_once = window == LimitWindow::concurrency;
  next.holds_endpoint = !next.fewer_at_once;
  const int ended = next.effort.count(next.error_class) + 1;
  const std::chrono::milliseconds most = next.fewer_at_once ? detail::ceiling(policy, ended) : policy.base;
  next.at = detail::end_of(window, facts.now) + detail::share(most, facts.jitter);
  return next;
}

// At least half of the wait, for a probe that comes at once tells nothing new.
inline Decision Decider::blocked(const AttemptFacts& facts, Decision next) const {
  next.alarm = true;
  if (is_used_up(next)) {
    next.act = Decision::Act::dead_letter;
    return next;
  }
  const int ended = next.effort.count(ErrorClass::blocked) + 1;
  const std::chrono::milliseconds most = detail::ceiling(options_.policies[ErrorClass::blocked], ended);
  next.act = Decision::Act::open_circuit;
  next.at = facts.now + detail::share(most, 0.5 + facts.jitter / 2);
  return next;
}

inline bool Decider::may_send(const Effort& effort, const std::optional<wall_time>& key_until, wall_time now) const {
  if (!effort.maybe_sent || mutated(Mutant::retry_unknown_without_key)) return true;
  return key_until && now < *key_until - options_.key_margin;
}

// What stands above every class: a message that may have been taken is sent only under a key that the server still
// knows, none is sent beyond its deadline, and none from an account that has stopped.
inline Decision Decider::checked(const AttemptFacts& facts, Decision next) const {
  using enum Decision::Act;
  const bool again = detail::sends_again(next.act);
  const wall_time at = next.act == wait || next.act == open_circuit ? next.at : facts.now;
  const bool blind = again && !may_send(next.effort, facts.key_until, at);
  if (blind || (next.effort.maybe_sent && next.act == dead_letter)) {
    next.act = unknown;
  } else if (again && facts.deadline && at > *facts.deadline) {
    next.act = next.effort.maybe_sent ? unknown : expire;
  } else if (again && facts.account == AttemptFacts::Account::stopped) {
    next.act = stop_account;
  }
  return next;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_DECIDER_HPP
