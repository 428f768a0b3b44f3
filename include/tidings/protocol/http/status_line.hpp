// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_STATUS_LINE_HPP
#define TIDINGS_PROTOCOL_HTTP_STATUS_LINE_HPP

#include <tidings/defaults.hpp>
#include <tidings/http_types.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// The first line of an answer.
struct StatusLine {
  /// Of HTTP/1.
  int minor_version = 1;
  /// 100 .. 999.
  int status = 0;
};

/// @param line  Without its end. Nothing if it is not `HTTP/1.x SP 3DIGIT [SP reason]`.
/// Source      RFC 9112 4.
inline std::optional<StatusLine> parse_status_line(std::string_view line) {
  const auto digit = [line](std::size_t at) { return line[at] >= '0' && line[at] <= '9' ? line[at] - '0' : -1; };
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return std::nullopt;
  if (line.size() > 12 && line[12] != ' ') return std::nullopt;
  for (const std::size_t at : {7U, 9U, 10U, 11U}) {
    if (digit(at) < 0) return std::nullopt;
  }
  const int status = digit(9) * 100 + digit(10) * 10 + digit(11);
  return status >= 100 ? std::optional(StatusLine{digit(7), status}) : std::nullopt;
}

/// Adds the field of a line of a head. False if it is none, or there are too many already.
///
/// @param line  Without its end.
/// Source      RFC 9112 5.
inline bool add_header_line(std::vector<Header>& headers, std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || headers.size() >= defaults::max_headers) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_ows(line.substr(colon + 1));
  if (!is_token(name) || !is_safe_header_value(value)) return false;
  headers.push_back({std::string(name), std::string(value)});
  return true;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_STATUS_LINE_HPP
