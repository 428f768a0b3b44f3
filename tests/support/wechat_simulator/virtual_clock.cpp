// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/virtual_clock.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>

namespace wechat_simulator {

namespace {

constexpr std::int64_t china_ms = 8 * VirtualClock::hour_ms;

std::int64_t floor_of(std::int64_t number, std::int64_t by) {
  const std::int64_t whole = number / by;
  return number % by < 0 ? whole - 1 : whole;
}

std::chrono::year_month_day date_of(std::int64_t ms) {
  return std::chrono::sys_days(std::chrono::days(floor_of(ms, VirtualClock::day_ms)));
}

}  // namespace

std::int64_t minute_of(std::int64_t ms) { return floor_of(ms, VirtualClock::minute_ms); }

std::int64_t day_of(std::int64_t ms) { return floor_of(ms + china_ms, VirtualClock::day_ms); }

std::int64_t month_of(std::int64_t ms) {
  const std::chrono::year_month_day date = date_of(ms + china_ms);
  return std::int64_t{12} * static_cast<int>(date.year()) + static_cast<unsigned>(date.month()) - 1;
}

std::string iso_time(std::int64_t ms) {
  const std::int64_t there = ms + china_ms;
  const std::chrono::year_month_day date = date_of(there);
  const std::int64_t left = there - floor_of(there, VirtualClock::day_ms) * VirtualClock::day_ms;
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03d+08:00", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(left / VirtualClock::hour_ms), static_cast<int>(left / VirtualClock::minute_ms % 60),
                static_cast<int>(left / 1000 % 60), static_cast<int>(left % 1000));
  return out.data();
}

std::int64_t parse_iso_time(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int read = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &read) !=
      6) {
    throw std::invalid_argument("no time: " + text);
  }
  std::size_t at = static_cast<std::size_t>(read);
  std::int64_t fraction = 0;
  if (text.substr(at, 1) == ".") {
    std::int64_t unit = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
      fraction += (text[at] - '0') * unit;
  }
  std::int64_t offset = 0;
  if (text.substr(at) != "Z") {
    char sign = 0;
    int hours = 0;
    int minutes = 0;
    if (std::sscanf(text.c_str() + at, "%c%2d:%2d", &sign, &hours, &minutes) != 3 || (sign != '+' && sign != '-')) {
      throw std::invalid_argument("no offset in: " + text);
    }
    offset = (hours * VirtualClock::hour_ms + minutes * VirtualClock::minute_ms) * (sign == '+' ? 1 : -1);
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) throw std::invalid_argument("no such day: " + text);
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * VirtualClock::day_ms + hour * VirtualClock::hour_ms + minute * VirtualClock::minute_ms + second * 1000 +
         fraction - offset;
}

}  // namespace wechat_simulator
