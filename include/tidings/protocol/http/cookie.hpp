// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_COOKIE_HPP
#define TIDINGS_PROTOCOL_HTTP_COOKIE_HPP

#include <tidings/protocol/http/header_value.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// The value of a cookie, without quotes around it; the first one when the name comes twice.
///
/// Names are compared with case. Browsers send the cookie of the longest path first, so the first is the closest one.
/// @param cookies  Value of the `Cookie` field. The answer points into it.
/// @param name     The cookie's name.
/// Source         RFC 6265 4.2.1 and 5.4.
constexpr std::optional<std::string_view> cookie_value(std::string_view cookies, std::string_view name) noexcept {
  while (!cookies.empty()) {
    // Quotes do not protect a semicolon here (RFC 6265 4.1.1), so this is no list of RFC 9110.
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    const std::string_view pair = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || trim_ows(pair.substr(0, equals)) != name) continue;
    std::string_view value = trim_ows(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return std::nullopt;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_COOKIE_HPP
