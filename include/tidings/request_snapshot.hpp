// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_REQUEST_SNAPSHOT_HPP
#define TIDINGS_REQUEST_SNAPSHOT_HPP

#include <tidings/concepts.hpp>
#include <tidings/http_types.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// The owning copy of a request: some servers free theirs when the handler returns, and answers may come later.
struct RequestSnapshot {
  std::string method{};
  /// Origin-form, still escaped, with the query.
  std::string target{};
  /// `ip` or `ip:port`; empty if the server does not tell.
  std::string peer{};
  std::string body{};
  /// 10, 11, 20 or 30.
  int version = 11;
  /// The header fields that tidings or `authorize` may need: see `kept_headers`.
  std::vector<Header> headers{};

  /// The value of a header field, its name compared without case. Of several lines the adapters make one list.
  std::optional<std::string_view> header(std::string_view name) const {
    for (const Header& each : headers) {
      if (same_name(each.name, name)) return std::string_view(each.value);
    }
    return std::nullopt;
  }

  static bool same_name(std::string_view a, std::string_view b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
  }
};

/// Header fields that a snapshot keeps.
inline constexpr std::string_view kept_headers[] = {"accept",
                                                    "authorization",
                                                    "content-type",
                                                    "cookie",
                                                    "host",
                                                    "if-none-match",
                                                    "last-event-id",
                                                    "origin",
                                                    "connection",
                                                    "upgrade",
                                                    "sec-fetch-site",
                                                    "sec-websocket-key",
                                                    "user-agent",
                                                    "sec-websocket-version",
                                                    "sec-websocket-protocol",
                                                    "sec-websocket-extensions",
                                                    "forwarded",
                                                    "x-forwarded-for",
                                                    "x-forwarded-proto",
                                                    "access-control-request-method",
                                                    "x-api-key",
                                                    "x-requested-with",
                                                    "access-control-request-headers"};

/// Copies what is needed of a request while its handler still runs.
template <HttpRequest R>
RequestSnapshot snapshot(const R& request) {
  RequestSnapshot copy;
  copy.method = std::string_view(request.method());
  copy.target = std::string_view(request.target());
  copy.peer = std::string_view(request.peer());
  copy.body = std::string_view(request.body());
  copy.version = request.http_version();
  for (std::string_view name : kept_headers) {
    if (std::optional<std::string> value = request.header(name)) {
      copy.headers.push_back({std::string(name), std::move(*value)});
    }
  }
  return copy;
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_REQUEST_SNAPSHOT_HPP
