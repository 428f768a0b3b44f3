// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_RETRY_HINT_HPP
#define TIDINGS_CLIENT_RETRY_HINT_HPP

#include <tidings/http_types.hpp>
#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace client {

namespace detail {

// Decimal digits only; what no clock could hold is taken as the most that one can.
inline std::optional<std::int64_t> whole_number(std::string_view text) {
  constexpr std::uint64_t most = 999'999'999;
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return static_cast<std::int64_t>(std::min(protocol::parse_digits(text).value_or(most), most));
}

}  // namespace detail

/// Reads the one form of a date that servers send today.
///
/// @param text  `Sun, 06 Nov 1994 08:49:37 GMT`; the name of the day is not compared.
/// Source      RFC 9110 5.6.7, IMF-fixdate.
inline std::optional<wall_time> parse_http_date(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")) return std::nullopt;
  const auto number = [text](std::size_t at, std::size_t size) { return detail::whole_number(text.substr(at, size)); };
  const auto days = number(5, 2), year_number = number(12, 4), h = number(17, 2), m = number(20, 2), s = number(23, 2);
  const std::size_t month_at = months.find(text.substr(8, 3));
  const bool good = days && year_number && h && m && s && month_at != std::string_view::npos && month_at % 3 == 0 &&
                    *h < 24 && *m < 60 && *s < 61 && text[7] == ' ' && text[11] == ' ' && text[16] == ' ' &&
                    text[19] == ':' && text[22] == ':';
  if (!good) return std::nullopt;
  const year_month_day date{year(static_cast<int>(*year_number)), month(static_cast<unsigned>(month_at / 3 + 1)),
                            day(static_cast<unsigned>(*days))};
  if (!date.ok()) return std::nullopt;
  const auto since = sys_days(date).time_since_epoch() + hours(*h) + minutes(*m) + seconds(*s);
  return wall_time{duration_cast<milliseconds>(since).count()};
}

/// How long the answer's headers want the client away: `Tidings-Poll-After` in milliseconds, else `Retry-After` as seconds
/// or date. None if they do not say, or nothing that can be read.
inline std::optional<std::chrono::milliseconds> retry_hint(std::span<const Header> headers, wall_time now) {
  const auto value = [headers](std::string_view name) -> std::optional<std::string_view> {
    for (const Header& each : headers) {
      if (protocol::iequals(each.name, name)) return protocol::trim_ows(each.value);
    }
    return std::nullopt;
  };
  if (const auto exact = value("tidings-poll-after")) {
    if (const auto ms = detail::whole_number(*exact)) return std::chrono::milliseconds(*ms);
  }
  const auto after = value("retry-after");
  if (!after) return std::nullopt;
  if (const auto seconds = detail::whole_number(*after)) return std::chrono::seconds(*seconds);
  const auto date = parse_http_date(*after);
  if (!date) return std::nullopt;
  return std::chrono::milliseconds(std::max<std::int64_t>(0, date->ms - now.ms));
}

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_RETRY_HINT_HPP
