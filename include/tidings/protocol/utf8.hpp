// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_UTF8_HPP
#define TIDINGS_PROTOCOL_UTF8_HPP

#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

// Unicode 15, table 3-7: lead byte -> length and the legal range of the second byte (shuts out overlong forms,
// surrogates and values above U+10FFFF); all later bytes are 80..BF.
struct Utf8Lead {
  std::size_t length;
  unsigned char low;
  unsigned char high;
};

constexpr Utf8Lead utf8_lead(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

// Length of the well-formed sequence of two or more bytes at `at`, or 0.
constexpr std::size_t utf8_sequence(std::string_view text, std::size_t at) {
  const Utf8Lead lead = utf8_lead(static_cast<unsigned char>(text[at]));
  if (lead.length == 0 || text.size() - at < lead.length) return 0;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  if (second < lead.low || second > lead.high) return 0;
  for (std::size_t i = 2; i < lead.length; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return 0;
  }
  return lead.length;
}

// Behind all whole blocks of ASCII from `at` on. Compilers turn this into vector instructions.
inline std::size_t skip_ascii(std::string_view text, std::size_t at) noexcept {
  while (text.size() - at >= 64) {
    std::uint64_t words[8];
    std::memcpy(words, text.data() + at, sizeof words);
    std::uint64_t all = 0;
    for (const std::uint64_t each : words) all |= each;
    if ((all & 0x8080808080808080ULL) != 0) break;
    at += sizeof words;
  }
  return at;
}

// The first byte from `at` on that does not belong to a whole, well-formed character.
inline std::size_t skip_utf8(std::string_view text, std::size_t at) noexcept {
  while (at < text.size()) {
    if (text.size() - at >= 8) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, text.data() + at, 8);
      if ((eight & 0x8080808080808080ULL) == 0) {
        at = skip_ascii(text, at + 8);
        continue;
      }
    }
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = utf8_sequence(text, at);
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace detail

/// Says whether all of `text` is well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
///
/// @param text  0 .. any number of bytes; NUL is an ordinary character.
/// Source      Unicode 15, table 3-7; RFC 3629.
inline bool is_valid_utf8(std::string_view text) noexcept { return detail::skip_utf8(text, 0) == text.size(); }

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_UTF8_HPP
