// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_POSITION_TOKEN_HPP
#define TIDINGS_PROTOCOL_POSITION_TOKEN_HPP

#include <tidings/error.hpp>
#include <tidings/position.hpp>
#include <tidings/protocol/base64.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Characters of a position token: 6 topic tag, 10 epoch, 8 offset.
inline constexpr std::size_t token_size = 24;
inline constexpr std::size_t token_tag_size = 6;
inline constexpr std::size_t token_offset_size = 8;

/// What a token says: a place in the topic of this tag. A claim, never an authority.
struct PositionToken {
  std::uint64_t tag = 0;
  Position position;

  friend bool operator==(const PositionToken&, const PositionToken&) = default;
};

namespace detail {

constexpr void put_base64url_number(char* out, std::size_t digits, std::uint64_t number) noexcept {
  for (std::size_t i = digits; i-- > 0; number >>= 6U) out[i] = base64url_alphabet[number & 63U];
}

// False for a foreign character; `number` is then meaningless.
constexpr bool read_base64url_number(std::string_view digits, std::uint64_t& number) noexcept {
  number = 0;
  for (char c : digits) {
    const std::int8_t value = base64url_table[static_cast<unsigned char>(c)];
    if (value < 0) return false;
    number = number << 6U | static_cast<std::uint64_t>(value);
  }
  return true;
}

}  // namespace detail

/// Writes exactly token_size characters.
///
/// @param out       Room for token_size characters.
/// @param tag       36 bits, see topic_tag.
/// @param position  60 bits of epoch, 48 bits of offset.
constexpr void encode_token(char* out, std::uint64_t tag, Position position) noexcept {
  detail::put_base64url_number(out, token_tag_size, tag);
  detail::put_base64url_number(out + token_tag_size, 10, position.epoch);
  detail::put_base64url_number(out + token_size - token_offset_size, token_offset_size, position.offset);
}

inline std::string to_token(std::uint64_t tag, Position position) {
  std::string text(token_size, ' ');
  encode_token(text.data(), tag, position);
  return text;
}

/// Reads a token.
///
/// @param text  Exactly token_size base64url characters.
/// @param out   Filled on success, untouched otherwise.
/// Errors      errc::invalid_cursor.
constexpr bool read_token(std::string_view text, PositionToken& out) noexcept {
  PositionToken token;
  const bool good = text.size() == token_size &&
                    detail::read_base64url_number(text.substr(0, token_tag_size), token.tag) &&
                    detail::read_base64url_number(text.substr(token_tag_size, 10), token.position.epoch) &&
                    detail::read_base64url_number(text.substr(16), token.position.offset);
  if (good) out = token;
  return good;
}

inline std::error_code parse_token(std::string_view text, PositionToken& out) noexcept {
  return read_token(text, out) ? std::error_code{} : make_error_code(errc::invalid_cursor);
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_POSITION_TOKEN_HPP
