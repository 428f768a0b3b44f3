// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_VIRTUAL_CLOCK_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_VIRTUAL_CLOCK_HPP

#include <cstdint>
#include <string>

namespace wechat_simulator {

/// Unix time in milliseconds that stands still until it is told to move, or follows the real clock at a distance.
class VirtualClock {
 public:
  static constexpr std::int64_t minute_ms = 60'000;
  static constexpr std::int64_t hour_ms = 60 * minute_ms;
  static constexpr std::int64_t day_ms = 24 * hour_ms;

  explicit VirtualClock(std::int64_t start_ms = 0) : offset_(start_ms) {}

  std::int64_t now() const { return (follows_ ? real_ : 0) + offset_; }
  void advance(std::int64_t ms) { offset_ += ms; }
  void set(std::int64_t ms) { offset_ += ms - now(); }

  /// From now on it is what `on_real_time` says, and what it was moved by.
  void follow() {
    follows_ = true;
    offset_ = 0;
  }
  bool follows() const { return follows_; }
  void on_real_time(std::int64_t real_ms) { real_ = real_ms; }
  std::int64_t real() const { return real_; }

 private:
  std::int64_t offset_ = 0;
  std::int64_t real_ = 0;
  bool follows_ = false;
};

/// Minutes since 1970: the vendor's are those of the clock.
std::int64_t minute_of(std::int64_t ms);
/// Days since 1970 in Asia/Shanghai, +08:00.
std::int64_t day_of(std::int64_t ms);
/// Months since the year 0, there.
std::int64_t month_of(std::int64_t ms);
/// As 2026-01-15T10:00:00.000+08:00.
std::string iso_time(std::int64_t ms);
/// From such a text, with `Z` or an offset, with or without a fraction; throws `std::invalid_argument`.
std::int64_t parse_iso_time(const std::string& text);

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_VIRTUAL_CLOCK_HPP
