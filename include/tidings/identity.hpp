// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IDENTITY_HPP
#define TIDINGS_IDENTITY_HPP

#include <tidings/http_types.hpp>
#include <tidings/time.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// Who a request is, and what it may read: the only source of authority. Cursors and query parameters are claims.
struct Identity {
  /// Name of the user; the inbox is `@` + user. Empty = anonymous, no inbox.
  std::string user{};
  /// Topics that the session reads without asking.
  std::vector<std::string> topics{};
  /// Says whether a topic that the client asks for (`topics=`) may be read. Empty = only `topics`.
  std::function<bool(std::string_view topic)> may_subscribe{};
  /// When these credentials end, by the system clock; the session is ended then and the client fetches new ones.
  std::optional<wall_time> valid_until{};
  /// How many sessions this user may have at once; 0 = `HubOptions::max_sessions_per_user`.
  std::size_t session_limit = 0;
};

/// A refused request: any status but 2xx. 401, 403 and 204 tell an EventSource to stop on purpose.
struct Rejection {
  int status = 401;
  std::string message{};
  std::vector<Header> headers{};
};

/// What `authorize` answers.
using Access = std::variant<Identity, Rejection>;

/// `return tidings::reject(401);`
inline Access reject(int status, std::string message = {}, std::vector<Header> headers = {}) {
  return Rejection{status, std::move(message), std::move(headers)};
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IDENTITY_HPP
