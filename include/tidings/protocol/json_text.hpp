// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_JSON_TEXT_HPP
#define TIDINGS_PROTOCOL_JSON_TEXT_HPP

#include <tidings/protocol/utf8.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

constexpr bool needs_json_escape(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// Whether one of eight bytes needs an escape. Each term sets the high bit of a byte that is zero (after the XOR) or
// below 0x20; a borrow can only set it in bytes above one that is already found, so the answer is exact.
inline bool any_needs_json_escape(const char* eight) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  constexpr std::uint64_t high = 0x8080808080808080ULL;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, 8);
  const std::uint64_t quote = bytes ^ (ones * 0x22U);
  const std::uint64_t backslash = bytes ^ (ones * 0x5CU);
  return (((bytes - ones * 0x20U) & ~bytes) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & high;
}

// Position of the first character at or after `at` that needs an escape, or the size of the text.
inline std::size_t find_json_escape(std::string_view text, std::size_t at) noexcept {
  while (text.size() - at >= 8 && !any_needs_json_escape(text.data() + at)) at += 8;
  while (at < text.size() && !needs_json_escape(text[at])) ++at;
  return at;
}

inline void append_json_escape(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  out.push_back('\\');
  switch (c) {
    case '"':
    case '\\': out.push_back(c); return;
    case '\b': out.push_back('b'); return;
    case '\t': out.push_back('t'); return;
    case '\n': out.push_back('n'); return;
    case '\f': out.push_back('f'); return;
    case '\r': out.push_back('r'); return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out.append("u00");
  out.push_back(digits[byte >> 4U]);
  out.push_back(digits[byte & 0xFU]);
}

}  // namespace detail

/// Appends `text` as a JSON string with its quotes.
///
/// @param text  UTF-8: bytes from 0x80 on are copied as they are, so ask is_valid_utf8 of foreign text first.
/// Source      RFC 8259 7.
inline void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = detail::find_json_escape(text, begin);
    out.append(text.data() + begin, end - begin);
    if (end == text.size()) break;
    detail::append_json_escape(out, text[end]);
    begin = end + 1;
  }
  out.push_back('"');
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_JSON_TEXT_HPP
