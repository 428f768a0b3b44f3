// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_DECIDER_HPP
#define TIDINGS_WECHAT_DECIDER_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/attempt_facts.hpp>
#include <tidings/wechat/class_policies.hpp>
#include <tidings/wechat/decision.hpp>
#include <tidings/wechat/error_table.hpp>

#include <chrono>
#include <optional>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Decides what follows a try to send. No clock, no randomness, no state: all of it is in the facts.
///
/// ```cpp
/// Decision next = decider.decide({.platform = Platform::wecom, .result = AttemptResult::answered(45033),
///                                 .effort = effort, .now = now, .jitter = random.uniform()});
/// effort = next.effort;
/// ```
/// Thread  any.
class Decider {
 public:
  struct Options {
    ClassPolicies policies{};
    /// So long before the server forgets an idempotency key nothing is sent under it any more: the way takes time, and
    /// clocks differ.
    std::chrono::milliseconds key_margin{30'000};
  };

  Decider() = default;
  explicit Decider(Options options) : options_(options) {}

  /// @param facts  Of a call that sends. Where `reread_token` was said before of the same try, its `effort` is that of
  ///               the decision.
  Decision decide(const AttemptFacts& facts) const;

  /// To be asked before every try that was put off, also after a restart: may the message go out now?
  ///
  /// @param effort     Of a message that was found `sending` after a restart with `maybe_sent` set.
  /// @param key_until  As in the facts.
  bool may_send(const Effort& effort, const std::optional<wall_time>& key_until, wall_time now) const;

 private:
  Decision follow(const AttemptFacts& facts, const ErrorRow& row, Decision next) const;
  Decision token_stale(const AttemptFacts& facts, Decision next) const;
  Decision try_again(const AttemptFacts& facts, Decision next) const;
  Decision hold(const AttemptFacts& facts, LimitWindow window, Decision next) const;
  Decision blocked(const AttemptFacts& facts, Decision next) const;
  Decision checked(const AttemptFacts& facts, Decision next) const;
  bool is_used_up(const Decision& next) const;

  Options options_{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/decider.hpp>

#endif  // TIDINGS_WECHAT_DECIDER_HPP
