// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_PARSED_REQUEST_HPP
#define TIDINGS_PROTOCOL_HTTP_PARSED_REQUEST_HPP

#include <tidings/http_types.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/version.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// One whole HTTP/1.x request. It owns its text.
struct ParsedRequest {
  std::string method;
  /// Origin-form with the query, still escaped, or `*` of OPTIONS. A target in absolute-form arrives as origin-form,
  /// its authority as the `Host` field.
  std::string target;
  /// 10 or 11.
  int version = 11;
  /// In their order, names as they were written, values without blanks at their ends. No trailers.
  std::vector<Header> headers;
  /// Without the chunk framing.
  std::string body;
  /// Whether the connection may carry another request after this one.
  bool keep_alive = true;
  /// Whether the client waits for `100 Continue` before it sends the body.
  bool expect_continue = false;
  /// Whether `Connection: upgrade` and `Upgrade` are both there (HTTP/1.1 only).
  bool upgrade = false;

  /// The value of the first field of a name, compared without case. The answer points into the request.
  std::optional<std::string_view> header(std::string_view name) const noexcept {
    for (const Header& each : headers) {
      if (iequals(each.name, name)) return std::string_view(each.value);
    }
    return std::nullopt;
  }
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_PARSED_REQUEST_HPP
