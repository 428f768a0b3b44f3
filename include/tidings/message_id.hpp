// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_MESSAGE_ID_HPP
#define TIDINGS_MESSAGE_ID_HPP

#include <tidings/version.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

/// 128 bits, ordered by the time of their making: 48 bits of unix milliseconds, then 80 random or counted bits.
/// Made by the hub; also the default idempotency key.
struct MessageId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const MessageId&, const MessageId&) = default;
  friend auto operator<=>(const MessageId&, const MessageId&) = default;
  explicit operator bool() const noexcept { return high != 0 || low != 0; }
};

/// 32 lower-case hexadecimal digits; text order is time order.
inline std::string to_string(const MessageId& id) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[15 - i] = digits[(id.high >> (4 * i)) & 15];
    text[31 - i] = digits[(id.low >> (4 * i)) & 15];
  }
  return text;
}

/// Reads what `to_string` wrote. False, and `id` untouched, for anything else.
inline bool parse_message_id(std::string_view text, MessageId& id) {
  if (text.size() != 32) return false;
  std::uint64_t halves[2] = {0, 0};
  for (std::size_t i = 0; i < 32; ++i) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return false;
    halves[i / 16] = halves[i / 16] << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  id = {halves[0], halves[1]};
  return true;
}

TIDINGS_NAMESPACE_END

template <>
struct std::hash<tidings::MessageId> {
  std::size_t operator()(const tidings::MessageId& id) const noexcept {
    return static_cast<std::size_t>(id.high * 0x9E3779B97F4A7C15ULL ^ id.low);
  }
};

#endif  // TIDINGS_MESSAGE_ID_HPP
