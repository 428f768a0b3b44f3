// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_AUTHORITY_HPP
#define TIDINGS_PROTOCOL_HTTP_AUTHORITY_HPP

#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Host and port as they stand in `Host`, `Origin` and a URL.
struct Authority {
  /// Name or address; an IPv6 address keeps its brackets.
  std::string_view host;
  /// 1 .. 65535; 0 = not written.
  int port = 0;
};

/// Reads `name`, `name:port`, `[v6]` or `[v6]:port`; nothing else, so no user, path, list or blank.
///
/// @param text  The answer points into it.
/// Source      RFC 3986 3.2.2 and 3.2.3; RFC 9110 7.2.
inline std::optional<Authority> parse_authority(std::string_view text) noexcept {
  const bool bracket = text.starts_with('[');
  const std::size_t end = bracket ? text.find(']') : text.find(':');
  if (bracket && end == std::string_view::npos) return std::nullopt;
  Authority parsed;
  parsed.host = text.substr(0, bracket ? end + 1 : end);
  std::string_view rest = text.substr(parsed.host.size());
  constexpr std::string_view foreign = "/?#@\\\"<> \t,";
  if (parsed.host.empty() || parsed.host.find_first_of(foreign) != std::string_view::npos ||
      !is_safe_header_value(parsed.host)) {
    return std::nullopt;
  }
  if (rest.empty()) return parsed;
  if (rest.front() != ':') return std::nullopt;
  rest.remove_prefix(1);
  if (rest.empty()) return parsed;  // RFC 3986 3.2.3: the port may be empty
  const std::uint64_t port = parse_digits(rest).value_or(0);
  if (port < 1 || port > 65535) return std::nullopt;
  parsed.port = static_cast<int>(port);
  return parsed;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_AUTHORITY_HPP
