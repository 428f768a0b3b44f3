// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RAW_JSON_HPP
#define TIDINGS_WECHAT_RAW_JSON_HPP

#include <tidings/error.hpp>
#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/envelope.hpp>
#include <tidings/protocol/json_text.hpp>
#include <tidings/version.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

inline void append_code_point(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0U | point >> 6U);
    put(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    put(0xE0U | point >> 12U);
    put(0x80U | (point >> 6U & 0x3FU));
    put(0x80U | (point & 0x3FU));
  } else {
    put(0xF0U | point >> 18U);
    put(0x80U | (point >> 12U & 0x3FU));
    put(0x80U | (point >> 6U & 0x3FU));
    put(0x80U | (point & 0x3FU));
  }
}

// Of valid JSON: the four digits behind `\u` at `at`.
inline std::uint32_t hex4(std::string_view text, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number = number << 4U | static_cast<std::uint32_t>(protocol::detail::hex_digit(text[at + i]));
  }
  return number;
}

// What must stay escaped: quotes and backslashes, and control characters that have a letter. False for the others, which
// JSON cannot say without `\u`.
inline bool append_plain(std::string& out, std::uint32_t point) {
  constexpr std::string_view lettered = "\b\t\n\f\r\"\\";
  if (point >= 0x80) {
    append_code_point(out, point);
    return true;
  }
  const char c = static_cast<char>(point);
  if (point < 0x20 && lettered.find(c) == std::string_view::npos) return false;
  if (lettered.find(c) == std::string_view::npos) {
    out.push_back(c);
  } else {
    protocol::detail::append_json_escape(out, c);
  }
  return true;
}

}  // namespace detail

/// Copies a JSON text with its `\u` escapes replaced by the characters themselves: the API refuses them (40033).
/// Everything else stays as it is, numbers to their last digit.
///
/// @param json  One JSON value.
/// @param out   Appended to on success, untouched otherwise.
/// Errors      errc::invalid_json: none; or it has a control character that JSON cannot say without `\u`.
inline std::error_code append_real_characters(std::string& out, std::string_view json) {
  if (const std::error_code ec = protocol::check_json(json)) return ec;
  std::string text;
  text.reserve(json.size());
  for (std::size_t at = 0; at < json.size(); ++at) {
    if (json[at] != '\\') {
      text.push_back(json[at]);
      continue;
    }
    ++at;
    if (json[at] != 'u') {
      text.append({'\\', json[at]});
      continue;
    }
    std::uint32_t point = detail::hex4(json, at + 1);
    at += 4;
    // A pair: both were checked to be there.
    if (point >= 0xD800 && point < 0xDC00) {
      point = 0x10000 + ((point - 0xD800) << 10U) + (detail::hex4(json, at + 3) - 0xDC00);
      at += 6;
    }
    if (!detail::append_plain(text, point)) return errc::invalid_json;
  }
  out += text;
  return {};
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RAW_JSON_HPP
