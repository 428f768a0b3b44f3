// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_HTTP_REQUEST_HPP
#define TIDINGS_CLIENT_HTTP_REQUEST_HPP

#include <tidings/error.hpp>
#include <tidings/http_types.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// One request of an HTTP/1.1 client.
struct HttpRequest {
  std::string method = "GET";
  /// Origin-form.
  std::string target = "/";
  /// With the port where it is not the scheme's own.
  std::string host{};
  std::vector<Header> headers{};
  /// With a length of its own; none for a GET.
  std::string body{};
};

/// Appends the request.
///
/// Errors  errc::invalid_header_value: target, host or a header cannot stand in a head.
[[nodiscard]] inline std::error_code encode_request(std::string& out, const HttpRequest& request) {
  const bool good = protocol::is_origin_form(request.target) && protocol::is_token(request.method) &&
                    protocol::is_safe_header_value(request.host) &&
                    std::all_of(request.headers.begin(), request.headers.end(), [](const Header& each) {
                      return protocol::is_token(each.name) && protocol::is_safe_header_value(each.value);
                    });
  if (!good) return errc::invalid_header_value;
  out.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ").append(request.host);
  for (const Header& each : request.headers) out.append("\r\n").append(each.name).append(": ").append(each.value);
  if (request.method != "GET") out.append("\r\nContent-Length: ").append(std::to_string(request.body.size()));
  out.append("\r\n\r\n").append(request.body);
  return {};
}

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_HTTP_REQUEST_HPP
