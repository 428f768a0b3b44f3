// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CHINA_TIME_HPP
#define TIDINGS_WECHAT_CHINA_TIME_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// The vendor's clock: quotas begin anew at midnight of Asia/Shanghai, which is +08:00 all year since 1991.
inline constexpr std::chrono::hours china_offset{8};

namespace detail {

// Rounded down, also before 1970.
constexpr std::int64_t floor_divide(std::int64_t number, std::int64_t divisor) {
  return number / divisor - (number % divisor < 0 ? 1 : 0);
}

inline constexpr std::int64_t minute_ms = 60'000;
inline constexpr std::int64_t day_ms = 24 * 60 * minute_ms;
inline constexpr std::int64_t china_offset_ms = std::chrono::milliseconds(china_offset).count();

}  // namespace detail

/// The day there, counted from 1970-01-01.
constexpr std::int64_t china_day(wall_time time) {
  return detail::floor_divide(time.ms + detail::china_offset_ms, detail::day_ms);
}

/// Its first moment.
constexpr wall_time china_day_begin(std::int64_t day) { return {day * detail::day_ms - detail::china_offset_ms}; }

/// The next midnight there, later than `time`.
constexpr wall_time next_china_day(wall_time time) { return china_day_begin(china_day(time) + 1); }

/// The next full minute, later than `time`.
constexpr wall_time next_minute(wall_time time) {
  return {(detail::floor_divide(time.ms, detail::minute_ms) + 1) * detail::minute_ms};
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CHINA_TIME_HPP
