// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_REFUSED_HPP
#define TIDINGS_HUB_REFUSED_HPP

#include <tidings/error.hpp>
#include <tidings/http_types.hpp>
#include <tidings/identity.hpp>
#include <tidings/protocol/json_text.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// A refusal in the form of HTTP.
struct Refused {
  int status = 500;
  std::vector<Header> headers;
  std::string body;
  /// It may go better later: to an EventSource it is told as 200 with a retry hint, since any other answer would end it
  /// for ever.
  bool temporary = false;
  std::chrono::milliseconds retry{0};
};

namespace detail {

constexpr int status_of(errc code) {
  switch (code) {
    case errc::draining:
    case errc::overloaded:
    case errc::store_unavailable:
    case errc::disconnected:
    case errc::closed:
    case errc::timeout: return 503;
    case errc::throttled:
    case errc::too_many_sessions: return 429;
    case errc::forbidden_origin:
    case errc::topic_not_allowed: return 403;
    case errc::unauthorized:
    case errc::credentials_expired: return 401;
    case errc::payload_too_large:
    case errc::body_too_large: return 413;
    case errc::callback_failed: return 500;
    case errc::not_supported: return 501;
    default: return 400;
  }
}

inline std::string error_body(std::string_view name, std::string_view text) {
  std::string body = "{\"error\":";
  protocol::append_json_string(body, name);
  body.append(",\"message\":");
  protocol::append_json_string(body, text);
  body.push_back('}');
  return body;
}

}  // namespace detail

/// An error of ours as an answer: its name and text as JSON, and for a temporary one when to come back.
///
/// @param retry  For a temporary one, > 0.
inline Refused make_refused(std::error_code why, std::chrono::milliseconds retry) {
  const errc code = why.category() == tidings_category() ? static_cast<errc>(why.value()) : errc::store_unavailable;
  Refused refused;
  refused.status = detail::status_of(code);
  refused.temporary = refused.status == 503 || refused.status == 429;
  refused.body = detail::error_body(to_string(code), std::error_code(code).message());
  refused.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  if (!refused.temporary) return refused;
  refused.retry = std::max(retry, std::chrono::milliseconds{1});
  const std::int64_t seconds = (refused.retry.count() + 999) / 1000;
  refused.headers.push_back({"Retry-After", std::to_string(seconds)});
  refused.headers.push_back({"Tidings-Poll-After", std::to_string(refused.retry.count())});
  return refused;
}

/// What `authorize` said, as an answer.
inline Refused make_refused(Rejection rejection) {
  Refused refused;
  refused.status = rejection.status;
  refused.headers = std::move(rejection.headers);
  refused.headers.push_back({"Cache-Control", "no-store"});
  // RFC 9110 15.3.5 and 15.4.5: no content.
  if (refused.status == 204 || refused.status == 304) return refused;
  refused.headers.push_back({"Content-Type", "application/json"});
  refused.body = detail::error_body("unauthorized", rejection.message.empty() ? "refused" : rejection.message);
  return refused;
}

/// The body of a temporary refusal of an event stream.
inline std::string busy_stream(std::chrono::milliseconds retry) {
  return "retry: " + std::to_string(std::max<std::int64_t>(1, retry.count())) + "\n: busy\n\n";
}

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_REFUSED_HPP
