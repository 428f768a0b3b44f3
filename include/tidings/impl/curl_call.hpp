// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_CURL_CALL_HPP
#define TIDINGS_IMPL_CURL_CALL_HPP

#include <tidings/completion.hpp>
#include <tidings/error.hpp>
#include <tidings/http_answer.hpp>
#include <tidings/http_call.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// One call, from its caller to its completion.
struct CurlCall {
  HttpCall request;
  Completion<HttpAnswer> done;
  steady_time until;
  /// Scheme, name and port.
  std::string server;
};

/// Those that say how a request is framed, or that it waits or becomes something else.
inline bool is_framing(std::string_view name) {
  constexpr std::string_view all[] = {"content-length", "transfer-encoding", "connection", "expect", "upgrade", "te",
                                      "trailer"};
  return std::any_of(std::begin(all), std::end(all),
                     [name](std::string_view each) { return protocol::iequals(name, each); });
}

/// Whether it can be written as one request.
inline std::error_code check_call(const HttpCall& request) {
  if (!protocol::is_token(request.method) || request.url.find('\0') != std::string::npos)
    return errc::malformed_request;
  for (const Header& each : request.headers) {
    if (!protocol::is_token(each.name) || is_framing(each.name)) return errc::malformed_request;
    if (!protocol::is_safe_header_value(each.value)) return errc::invalid_header_value;
  }
  return {};
}

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_CURL_CALL_HPP
