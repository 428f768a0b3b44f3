// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALL_COUNTER_HPP
#define TIDINGS_WECHAT_CALL_COUNTER_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/china_time.hpp>
#include <tidings/wechat/endpoint.hpp>
#include <tidings/wechat/endpoint_traits.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Counts the calls of one account, for each endpoint and day, against what the vendor allows a day: says when most of it
/// is used, keeps a rest for what is urgent, and refuses what the server would refuse. No clock.
///
/// ```cpp
/// const CallCounter::Verdict verdict = counter.take(Endpoint::template_message, 1, CallCounter::Urgency::normal, now);
/// if (verdict.alarm) tell_somebody(verdict.used);
/// if (!verdict.allowed) return park_until(verdict.retry_at);
/// ```
/// Thread  one at a time.
class CallCounter {
 public:
  enum class Urgency : std::uint8_t { normal, urgent };
  struct Options {
    /// A day; 0 = not limited. At first what is published: an account may have more, for its followers.
    std::array<std::int64_t, endpoint_count> quota = published();
    /// Whoever looks after the account is told once a day when this share is used, in (0, 1].
    double alarm_share = 0.8;
    /// The last part of the day's calls, for what is urgent, in [0, 1].
    double urgent_share = 0.05;
  };
  struct Verdict {
    bool allowed = true;
    /// The share of the alarm is reached with this call.
    bool alarm = false;
    /// Today, with this call if it is allowed.
    std::int64_t used = 0;
    /// Where it is not allowed: the next midnight there.
    wall_time retry_at{};
  };

  CallCounter() = default;
  explicit CallCounter(Options options) : options_(options) {}

  /// A call is to be made; counted if it is allowed.
  ///
  /// @param units  Recipients where each counts (`EndpointTraits::quota_unit`), else 1; > 0.
  Verdict take(Endpoint endpoint, std::int64_t units, Urgency urgency, wall_time now) {
    Count& count = today(endpoint, now);
    const std::int64_t quota = options_.quota[index(endpoint)];
    const std::int64_t most = quota == 0 ? limitless : urgency == Urgency::urgent ? quota : quota - reserve(quota);
    if (units > most - count.used) return {false, false, count.used, next_china_day(now)};
    count.used += units;
    const bool much =
        quota != 0 && static_cast<double>(count.used) >= options_.alarm_share * static_cast<double>(quota);
    const bool alarm = much && !count.told;
    count.told = count.told || much;
    return {true, alarm, count.used, {}};
  }

  /// The server says that today's calls are used up, by others or by our miscounting: nothing more is allowed today.
  void exhaust(Endpoint endpoint, wall_time now) {
    Count& count = today(endpoint, now);
    count.used = std::max(count.used, most_of(endpoint));
    count.told = true;
  }

  /// Today's calls are none again: somebody has cleared the quota.
  void clear(Endpoint endpoint, wall_time now) { today(endpoint, now) = {china_day(now)}; }

  /// What an earlier process counted on that day; of another day than `now` it is passed over.
  void restore(Endpoint endpoint, std::int64_t day, std::int64_t used, wall_time now) {
    Count& count = today(endpoint, now);
    if (count.day == day) count.used = std::max(count.used, used);
  }

  /// Today.
  std::int64_t used(Endpoint endpoint, wall_time now) { return today(endpoint, now).used; }

 private:
  struct Count {
    std::int64_t day = std::numeric_limits<std::int64_t>::min() / 2;
    std::int64_t used = 0;
    bool told = false;
  };

  static constexpr std::int64_t limitless = std::numeric_limits<std::int64_t>::max();

  static constexpr std::size_t index(Endpoint endpoint) { return static_cast<std::size_t>(endpoint); }
  static constexpr std::array<std::int64_t, endpoint_count> published() {
    std::array<std::int64_t, endpoint_count> quota{};
    for (std::size_t i = 0; i < endpoint_count; ++i) quota[i] = detail::endpoint_traits[i].daily_quota;
    return quota;
  }

  std::int64_t most_of(Endpoint endpoint) const {
    const std::int64_t quota = options_.quota[index(endpoint)];
    return quota == 0 ? limitless : quota;
  }
  std::int64_t reserve(std::int64_t quota) const {
    return static_cast<std::int64_t>(options_.urgent_share * static_cast<double>(quota));
  }

  // A clock that is put back over midnight does not give yesterday's calls again; one that was days ahead is put right.
  Count& today(Endpoint endpoint, wall_time now) {
    Count& count = counts_[index(endpoint)];
    const std::int64_t day = china_day(now);
    if (day > count.day || day < count.day - 1) count = {day};
    return count;
  }

  Options options_{};
  std::array<Count, endpoint_count> counts_{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CALL_COUNTER_HPP
