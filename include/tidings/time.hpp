// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TIME_HPP
#define TIDINGS_TIME_HPP

#include <tidings/version.hpp>

#include <chrono>
#include <compare>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

/// For heartbeats, deadlines and backoff: never jumps.
using steady_time = std::chrono::steady_clock::time_point;

/// For what is stored or sent: unix time in milliseconds. 0 = none.
struct wall_time {
  std::int64_t ms = 0;

  friend bool operator==(const wall_time&, const wall_time&) = default;
  friend auto operator<=>(const wall_time&, const wall_time&) = default;
  friend constexpr wall_time operator+(wall_time time, std::chrono::milliseconds span) {
    return {time.ms + span.count()};
  }
  friend constexpr wall_time operator-(wall_time time, std::chrono::milliseconds span) {
    return {time.ms - span.count()};
  }
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_TIME_HPP
