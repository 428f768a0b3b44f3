// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_URL_HPP
#define TIDINGS_CLIENT_URL_HPP

#include <tidings/protocol/http/authority.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// Where a client connects to.
struct Url {
  /// `wss:` or `https:`.
  bool secure = false;
  /// Without brackets.
  std::string host{};
  int port = 0;
  /// As it stands in `Host`: with the port where it is not the scheme's own.
  std::string authority{};
  /// Path and query, still escaped.
  std::string target{};
};

/// Reads `ws:`, `wss:`, `http:` and `https:`; a fragment is left out. A user or password in it is refused: it would end up
/// in logs.
///
/// Source  RFC 3986; RFC 6455 3.
inline std::optional<Url> parse_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = text.substr(0, colon);
  Url url;
  url.secure = protocol::iequals(scheme, "wss") || protocol::iequals(scheme, "https");
  if (!url.secure && !protocol::iequals(scheme, "ws") && !protocol::iequals(scheme, "http")) return std::nullopt;
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  const auto authority = protocol::parse_authority(rest.substr(0, path));
  if (!authority) return std::nullopt;
  const int own_port = url.secure ? 443 : 80;
  url.port = authority->port == 0 ? own_port : authority->port;
  url.authority = authority->host;
  if (url.port != own_port) url.authority.append(":").append(std::to_string(url.port));
  url.host = authority->host;
  if (url.host.front() == '[') url.host = url.host.substr(1, url.host.size() - 2);
  url.target = rest.substr(path);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return protocol::is_origin_form(url.target) && !url.host.empty() ? std::optional(std::move(url)) : std::nullopt;
}

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_URL_HPP
