// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_DIGITS_HPP
#define TIDINGS_PROTOCOL_DIGITS_HPP

#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// The number that these decimal digits are, leading zeros or not; nothing for anything else, also if it does not fit.
/// `<charconv>` would do too, but costs every user 2 MB to compile.
constexpr std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (number > (most - digit) / 10) return std::nullopt;
    number = 10 * number + digit;
  }
  return number;
}

/// Appends the number in decimal digits.
inline void append_digits(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  out.append(digits.data() + at, digits.size() - at);
}

namespace detail {

// The value of a hexadecimal digit; -1 for any other character.
constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace detail

/// Cuts the hexadecimal digits off the beginning and says which number they are; nothing if there is none, or there are
/// more than 16.
constexpr std::optional<std::uint64_t> take_hex_digits(std::string_view& text) noexcept {
  std::uint64_t number = 0;
  std::size_t count = 0;
  for (; count < text.size() && detail::hex_digit(text[count]) >= 0; ++count) {
    if (count == 16) return std::nullopt;
    number = number << 4U | static_cast<std::uint64_t>(detail::hex_digit(text[count]));
  }
  text.remove_prefix(count);
  return count > 0 ? std::optional(number) : std::nullopt;
}

/// Appends the number in lower-case hexadecimal digits.
inline void append_hex(std::string& out, std::size_t number) {
  std::array<char, 16> digits{};
  std::size_t at = digits.size();
  do {
    digits[--at] = "0123456789abcdef"[number & 0xFU];
    number >>= 4U;
  } while (number > 0);
  out.append(digits.data() + at, digits.size() - at);
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_DIGITS_HPP
