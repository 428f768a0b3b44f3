// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_DATE_HPP
#define TIDINGS_PROTOCOL_HTTP_DATE_HPP

#include <tidings/time.hpp>

#include <chrono>
#include <cstdint>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

inline void append_two_digits(std::string& out, unsigned number) {
  out.push_back(static_cast<char>('0' + number / 10 % 10));
  out.push_back(static_cast<char>('0' + number % 10));
}

}  // namespace detail

/// The value of a `Date` field, 29 characters: `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// @param time  From 1970 to 9999.
/// Source      RFC 9110 5.6.7, IMF-fixdate.
inline std::string encode_http_date(wall_time time) {
  using namespace std::chrono;
  const sys_seconds at{seconds(time.ms / 1000)};
  const sys_days day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss clock{at - day};
  std::string out;
  out.reserve(29);
  out.append(&"SunMonTueWedThuFriSat"[3 * weekday{day}.c_encoding()], 3).append(", ");
  detail::append_two_digits(out, static_cast<unsigned>(date.day()));
  out.append(" ").append(&"JanFebMarAprMayJunJulAugSepOctNovDec"[3 * (static_cast<unsigned>(date.month()) - 1)], 3);
  out.append(" ").append(std::to_string(static_cast<int>(date.year()))).append(" ");
  detail::append_two_digits(out, static_cast<unsigned>(clock.hours().count()));
  out.push_back(':');
  detail::append_two_digits(out, static_cast<unsigned>(clock.minutes().count()));
  out.push_back(':');
  detail::append_two_digits(out, static_cast<unsigned>(clock.seconds().count()));
  return out.append(" GMT");
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_DATE_HPP
