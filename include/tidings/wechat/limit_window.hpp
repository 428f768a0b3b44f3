// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_LIMIT_WINDOW_HPP
#define TIDINGS_WECHAT_LIMIT_WINDOW_HPP

#include <tidings/version.hpp>

#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// How long a limit blocks what goes beyond it. A block lasts as long as the window that was exceeded.
enum class LimitWindow : std::uint8_t {
  none,
  /// Until the next minute of the clock.
  clock_minute,
  /// For 60 s.
  minute,
  /// For 60 min.
  hour,
  /// Until the next day, +08:00.
  day,
  /// The answer does not say which: a minute at first, then an hour, then until the next day.
  any,
  /// Too many calls at a time: fewer at once, and soon again.
  concurrency,
};

constexpr const char* to_string(LimitWindow window) {
  switch (window) {
    case LimitWindow::none: return "none";
    case LimitWindow::clock_minute: return "clock_minute";
    case LimitWindow::minute: return "minute";
    case LimitWindow::hour: return "hour";
    case LimitWindow::day: return "day";
    case LimitWindow::any: return "any";
    case LimitWindow::concurrency: return "concurrency";
  }
  return "unknown";
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_LIMIT_WINDOW_HPP
