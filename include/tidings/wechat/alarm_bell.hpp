// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_ALARM_BELL_HPP
#define TIDINGS_WECHAT_ALARM_BELL_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/alarm.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Tells of alarms, each kind at most once in a while, with the number of those in between. No clock.
///
/// Thread  one at a time.
class AlarmBell {
 public:
  using Told = std::function<void(const Alarm&)>;

  AlarmBell(std::string account, Told told, std::chrono::milliseconds rest)
      : account_(std::move(account)), told_(std::move(told)), rest_(rest) {}

  void ring(Alarm::Kind kind, std::string sample, steady_time now) {
    Line& line = lines_[static_cast<std::size_t>(kind)];
    ++line.count;
    if (!told_ || (line.last && now - *line.last < rest_)) return;
    line.last = now;
    told_({kind, account_, std::exchange(line.count, 0), std::move(sample)});
  }

 private:
  struct Line {
    std::uint64_t count = 0;
    std::optional<steady_time> last{};
  };

  std::string account_;
  Told told_;
  std::chrono::milliseconds rest_;
  std::array<Line, alarm_kind_count> lines_{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_ALARM_BELL_HPP
