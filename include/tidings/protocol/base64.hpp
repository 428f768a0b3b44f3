// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_BASE64_HPP
#define TIDINGS_PROTOCOL_BASE64_HPP

#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

// RFC 4648 tables 1 and 2.
inline constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> base64_values(std::string_view alphabet) {
  std::array<std::int8_t, 256> values{};
  for (std::int8_t& each : values) each = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

inline constexpr std::array<std::int8_t, 256> base64_table = base64_values(base64_alphabet);
inline constexpr std::array<std::int8_t, 256> base64url_table = base64_values(base64url_alphabet);

// Appends the two to four characters of one to three bytes.
inline void append_base64_group(std::string& out, std::string_view bytes, std::string_view alphabet) {
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    group = group << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
  }
  for (std::size_t i = 0; i <= bytes.size(); ++i) out.push_back(alphabet[group >> (18U - 6U * i) & 63U]);
}

inline void append_base64_text(std::string& out, std::string_view bytes, std::string_view alphabet) {
  for (std::size_t at = 0; at < bytes.size(); at += 3) append_base64_group(out, bytes.substr(at, 3), alphabet);
}

// Unpadded text to bytes; nothing for a foreign character, an impossible length, or bits that belong to no byte.
inline std::optional<std::string> decode_base64_text(std::string_view text, const std::array<std::int8_t, 256>& table) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (char c : text) {
    const std::int8_t value = table[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xFFU));
    bits &= (1U << count) - 1U;
  }
  // RFC 4648 3.5: two texts for the same bytes would let a comparison of texts fail.
  return bits == 0 ? std::optional(std::move(bytes)) : std::nullopt;
}

}  // namespace detail

/// Appends `bytes` in base64 with padding.
/// Source  RFC 4648 4.
inline void append_base64(std::string& out, std::string_view bytes) {
  detail::append_base64_text(out, bytes, detail::base64_alphabet);
  out.append((3 - bytes.size() % 3) % 3, '=');
}

/// `bytes` in base64 with padding.
inline std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  append_base64(out, bytes);
  return out;
}

/// `bytes` in base64url without padding.
/// Source  RFC 4648 5.
inline std::string encode_base64url(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  detail::append_base64_text(out, bytes, detail::base64url_alphabet);
  return out;
}

/// The bytes of a base64 text; nothing unless it is exactly what encode_base64 would write: padded, no line breaks, no
/// bits left over.
inline std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return detail::decode_base64_text(text, detail::base64_table);
}

/// The bytes of a base64url text; nothing unless it is exactly what encode_base64url would write.
inline std::optional<std::string> decode_base64url(std::string_view text) {
  return detail::decode_base64_text(text, detail::base64url_table);
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_BASE64_HPP
