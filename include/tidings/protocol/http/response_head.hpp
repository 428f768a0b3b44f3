// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_RESPONSE_HEAD_HPP
#define TIDINGS_PROTOCOL_HTTP_RESPONSE_HEAD_HPP

#include <tidings/error.hpp>
#include <tidings/http_types.hpp>
#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// The end of a chunked body without trailers (RFC 9112 7.1).
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

/// The interim answer to `Expect: 100-continue` (RFC 9110 15.2.1).
inline constexpr std::string_view continue_head = "HTTP/1.1 100 Continue\r\n\r\n";

/// The usual phrase of a status; empty for one without a name here, which is legal on the wire (RFC 9112 4).
// Long because one row per status.
constexpr std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "";
  }
}

/// Whether a header frames the message: only who writes the body knows what is right in it (RFC 9112 6, 9.6).
constexpr bool is_framing_header(std::string_view name) noexcept {
  return iequals(name, "content-length") || iequals(name, "transfer-encoding") || iequals(name, "connection");
}

/// Appends status line, headers and the empty line.
///
/// Framing headers (Content-Length, Transfer-Encoding, Connection) are the caller's: nothing is added.
/// @param out      Untouched on an error.
/// @param version  10 or 11.
/// @param status   100 .. 599.
/// @param headers  In this order.
/// @param lines    More header lines before them, each with its line end; not looked at.
/// Errors         errc::invalid_header_value: a name that is no token, a value with CR, LF, NUL or another control
///                character, or a status out of range.
/// Source         RFC 9112 4 and 5.
[[nodiscard]] inline std::error_code encode_response_head(std::string& out, int version, int status,
                                                          std::span<const Header> headers,
                                                          std::string_view lines = {}) {
  const bool good = status >= 100 && status <= 599 && std::all_of(headers.begin(), headers.end(), [](const auto& each) {
                      return is_token(each.name) && is_safe_header_value(each.value);
                    });
  if (!good) return make_error_code(errc::invalid_header_value);
  const std::string_view reason = reason_phrase(status);
  constexpr std::string_view around_status = "HTTP/1.1 200 \r\n";
  std::size_t size = around_status.size() + reason.size() + lines.size() + 2;
  for (const Header& each : headers) size += each.name.size() + each.value.size() + 4;
  const std::size_t before = out.size();
  out.resize(before + size);
  char* to = out.data() + before;
  const auto put = [&to](std::string_view text) { to = std::copy(text.begin(), text.end(), to); };
  put(version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ");
  for (const int digit : {status / 100, status / 10 % 10, status % 10}) *to++ = static_cast<char>('0' + digit);
  put(" ");
  put(reason);
  put("\r\n");
  put(lines);
  for (const Header& each : headers) {
    put(each.name);
    put(": ");
    put(each.value);
    put("\r\n");
  }
  put("\r\n");
  return {};
}

/// Appends the line in front of a chunk; the chunk's bytes and `\r\n` follow.
///
/// @param size  1 or more; a size of 0 would end the body, use last_chunk for that.
/// Source      RFC 9112 7.1.
inline void encode_chunk_header(std::string& out, std::size_t size) {
  append_hex(out, size);
  out.append("\r\n");
}

/// Appends one whole chunk; nothing for no bytes, since an empty chunk would end the body.
inline void encode_chunk(std::string& out, std::string_view bytes) {
  if (bytes.empty()) return;
  encode_chunk_header(out, bytes.size());
  out.append(bytes).append("\r\n");
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_RESPONSE_HEAD_HPP
