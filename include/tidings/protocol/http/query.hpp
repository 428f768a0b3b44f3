// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_QUERY_HPP
#define TIDINGS_PROTOCOL_HTTP_QUERY_HPP

#include <tidings/protocol/digits.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Whether this may be asked for: a path, and perhaps a query, of visible ASCII characters.
///
/// Source  RFC 9112 3.2.1; stricter than RFC 3986, which escapes more.
constexpr bool is_origin_form(std::string_view target) noexcept {
  if (!target.starts_with('/')) return false;
  for (const char c : target) {
    if (c <= ' ' || c >= '\x7F') return false;
  }
  return true;
}

/// The path of a request target in origin-form, still escaped: all before `?` or `#`.
constexpr std::string_view target_path(std::string_view target) noexcept {
  return target.substr(0, target.find_first_of("?#"));
}

/// The query of a request target in origin-form, still escaped, without `?` and without a fragment.
constexpr std::string_view target_query(std::string_view target) noexcept {
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

namespace detail {

// Calls visit(name, value) for each `name=value` or bare `name`, still escaped, until it returns true.
template <class Visit>
constexpr void visit_query(std::string_view query, Visit&& visit) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    if (!pair.empty() && visit(pair.substr(0, equals), value)) return;
    if (end == std::string_view::npos) return;
    query.remove_prefix(end + 1);
  }
}

}  // namespace detail

/// Decodes one escaped query component: `%XX` to its byte, `+` to a space.
///
/// A `%` without two hex digits stays as it is, so that no input fails here; who uses the value checks it (a decoded
/// value may hold any byte, also NUL and line breaks).
/// Source  WHATWG URL, "percent-decode" and "application/x-www-form-urlencoded parsing".
inline std::string percent_decode(std::string_view text) {
  if (text.find_first_of("%+") == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '%' && text.size() - at > 2 ? detail::hex_digit(text[at + 1]) : -1;
    const int low = high >= 0 ? detail::hex_digit(text[at + 2]) : -1;
    if (low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      at += 2;
    } else {
      out.push_back(text[at] == '+' ? ' ' : text[at]);
    }
  }
  return out;
}

/// Appends `text` with everything escaped but letters, digits and `-._~` (RFC 3986 2.3).
inline void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', digits[byte >> 4U], digits[byte & 0xFU]});
  }
}

namespace detail {

// Names in use have no escape, so the common comparison allocates nothing.
inline bool same_query_name(std::string_view escaped, std::string_view name) {
  const bool plain = escaped.find_first_of("%+") == std::string_view::npos;
  return plain ? escaped == name : percent_decode(escaped) == name;
}

}  // namespace detail

/// The decoded value of the first parameter `name` in the target's query; empty text for `?name` and `?name=`.
inline std::optional<std::string> query_value(std::string_view target, std::string_view name) {
  std::optional<std::string> found;
  detail::visit_query(target_query(target), [&](std::string_view each, std::string_view value) {
    if (!detail::same_query_name(each, name)) return false;
    found = percent_decode(value);
    return true;
  });
  return found;
}

/// Whether the target's query has a parameter `name`, with or without a value.
inline bool query_has(std::string_view target, std::string_view name) {
  bool found = false;
  detail::visit_query(target_query(target), [&](std::string_view each, std::string_view) {
    return found = detail::same_query_name(each, name);
  });
  return found;
}

/// The items of all parameters `name`, split at commas before each item is decoded: `%2C` belongs to its item.
///
/// Empty items are left out. The number of items is at most the number of commas + parameters of the target.
inline std::vector<std::string> query_list(std::string_view target, std::string_view name) {
  std::vector<std::string> items;
  detail::visit_query(target_query(target), [&](std::string_view each, std::string_view value) {
    if (!detail::same_query_name(each, name)) return false;
    while (!value.empty()) {
      const std::size_t comma = value.find(',');
      const std::string_view item = value.substr(0, comma);
      if (!item.empty()) items.push_back(percent_decode(item));
      value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
    }
    return false;
  });
  return items;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_QUERY_HPP
