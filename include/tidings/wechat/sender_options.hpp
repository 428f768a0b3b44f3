// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_SENDER_OPTIONS_HPP
#define TIDINGS_WECHAT_SENDER_OPTIONS_HPP

#include <tidings/delivery/attempt_line.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/alarm.hpp>
#include <tidings/wechat/call_counter.hpp>
#include <tidings/wechat/circuit_breaker.hpp>
#include <tidings/wechat/decider.hpp>

#include <chrono>
#include <cstddef>
#include <functional>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// How an account sends.
struct SenderOptions {
  Decider::Options decider{};
  CircuitBreaker::Options circuit{};
  CallCounter::Options quota{};
  /// One call, from its beginning to its answer.
  std::chrono::milliseconds call_timeout{10'000};
  /// Calls at a time, >= 1; fewer after the server has said so, until it takes more again. W:90454 says 10 for WeCom.
  std::size_t most_at_once = 50;
  /// Messages that wait or are under way, >= 1; more are refused, errc::queue_full.
  std::size_t max_under_way = 100'000;
  /// While this process lives, nobody else touches its messages; after it has died, nobody does for so long. > 0
  std::chrono::milliseconds lease{15'000};
  /// Messages that are taken over at a time after a restart.
  std::size_t adopted_at_once = 1'000;
  std::function<void(const Alarm&)> on_alarm{};
  /// The ledger has an accepted message of which a receipt is to come.
  std::function<void(const AttemptLine&)> on_accepted{};
  /// One kind of alarm at most once in this time.
  std::chrono::milliseconds alarm_rest{60'000};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_SENDER_OPTIONS_HPP
