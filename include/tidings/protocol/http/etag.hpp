// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_ETAG_HPP
#define TIDINGS_PROTOCOL_HTTP_ETAG_HPP

#include <tidings/protocol/http/header_value.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

// RFC 9110 8.8.3: etagc = 0x21, 0x23..0x7E, 0x80..0xFF
constexpr bool is_entity_tag_text(std::string_view text) noexcept {
  return is_safe_header_value(text) && text.find_first_of("\" \t") == std::string_view::npos;
}

}  // namespace detail

/// The cursor that a client repeats in `If-None-Match`: the text of the first entity tag of the list.
///
/// A weak tag counts like a strong one (RFC 9110 13.1.2: weak comparison), since proxies that compress make tags weak.
/// Nothing for `*`, for text without quotes and for an empty tag. The text is a claim: it still has to be parsed.
/// @param value  The field's value. The answer points into it.
/// Source       RFC 9110 8.8.3 and 13.1.2.
constexpr std::optional<std::string_view> if_none_match_cursor(std::string_view value) noexcept {
  value = trim_ows(value);
  if (value.starts_with("W/")) value.remove_prefix(2);
  if (!value.starts_with('"')) return std::nullopt;
  value.remove_prefix(1);
  const std::size_t end = value.find('"');
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const std::string_view rest = trim_ows(value.substr(end + 1));
  const std::string_view text = value.substr(0, end);
  if (!(rest.empty() || rest.starts_with(',')) || !detail::is_entity_tag_text(text)) return std::nullopt;
  return text;
}

/// The strong entity tag of a cursor: the cursor in quotes.
inline std::string encode_etag(std::string_view cursor) {
  std::string out;
  out.reserve(cursor.size() + 2);
  return out.append("\"").append(cursor).append("\"");
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_ETAG_HPP
