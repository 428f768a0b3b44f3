// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_HEADER_VALUE_HPP
#define TIDINGS_PROTOCOL_HTTP_HEADER_VALUE_HPP

#include <tidings/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

// Per byte: 1 = may stand in a token, 2 = may stand in a field value. A request's every header byte passes here.
constexpr std::array<unsigned char, 256> header_characters() {
  std::array<unsigned char, 256> classes{};
  for (std::size_t byte = 0; byte < classes.size(); ++byte) {
    if ((byte >= 0x20 && byte != 0x7F) || byte == '\t') classes[byte] = 2;
  }
  for (char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    classes[static_cast<unsigned char>(c)] = 3;
  }
  return classes;
}

inline constexpr std::array<unsigned char, 256> header_character_classes = header_characters();

// Without a branch for each byte: nearly all texts are good.
constexpr bool all_of_class(std::string_view text, unsigned wanted) noexcept {
  unsigned common = wanted;
  for (const char c : text) common &= header_character_classes[static_cast<unsigned char>(c)];
  return common != 0;
}

}  // namespace detail

/// Whether `text` is one or more characters that may form a method or a field name (RFC 9110 5.6.2, token).
constexpr bool is_token(std::string_view text) noexcept { return !text.empty() && detail::all_of_class(text, 1); }

/// Whether `text` may stand behind a field name: no control character but HTAB, so neither CR, LF nor NUL.
///
/// Empty text and bytes from 0x80 on are legal.
/// Source  RFC 9110 5.5.
constexpr bool is_safe_header_value(std::string_view text) noexcept { return detail::all_of_class(text, 2); }

/// Compares without regard to the case of ASCII letters.
constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
  constexpr auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// `text` without spaces and tabs at both ends (RFC 9110 5.6.3, OWS).
constexpr std::string_view trim_ows(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Cuts the first element off a list and returns it without surrounding blanks; a separator inside quotes is text.
///
/// @param rest       What is left of the list; empty after the last element.
/// @param separator  `,` between elements, `;` between parameters.
/// Source           RFC 9110 5.6.1 and 5.6.4.
constexpr std::string_view next_list_element(std::string_view& rest, char separator) noexcept {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != separator); ++end) {
    if (rest[end] == '"') quoted = !quoted;
    if (rest[end] == '\\' && quoted && end + 1 < rest.size()) ++end;
  }
  const std::string_view element = trim_ows(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return element;
}

/// Whether a comma list such as `Connection: keep-alive, Upgrade` names `token`, without regard to case.
constexpr bool header_list_has(std::string_view list, std::string_view token) noexcept {
  while (!list.empty()) {
    if (iequals(next_list_element(list, ','), token)) return true;
  }
  return false;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_HEADER_VALUE_HPP
