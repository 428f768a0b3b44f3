// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_IMPL_REQUEST_PARSER_HPP
#define TIDINGS_PROTOCOL_HTTP_IMPL_REQUEST_PARSER_HPP

#include <tidings/protocol/http/authority.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/protocol/http/request_parser.hpp>

#include <algorithm>
#include <limits>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

inline HttpRequestParser::Status HttpRequestParser::feed(std::string_view bytes, std::size_t& consumed) {
  using State = detail::RequestState;
  consumed = 0;
  if (bytes.empty() || status_ != Status::need_more) return status_;
  if (!work_) work_ = std::make_unique<detail::RequestWork>();
  while (status_ == Status::need_more && consumed < bytes.size()) {
    const std::string_view rest = bytes.substr(consumed);
    const bool in_body = work_->state == State::body || work_->state == State::chunk_data;
    work_->body_begun = work_->body_begun || work_->state > State::headers;
    consumed += in_body ? take_body(rest) : take_line(rest);
  }
  return status_;
}

inline std::size_t HttpRequestParser::take_body(std::string_view bytes) {
  using State = detail::RequestState;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(work_->body_left, bytes.size()));
  work_->request.body.append(bytes.substr(0, size));
  work_->body_left -= size;
  if (work_->body_left != 0) return size;
  if (work_->state == State::body) status_ = Status::complete;
  work_->state = State::chunk_end;
  return size;
}

// Bound and content are judged in an order that the cut of the bytes cannot change: a line above its bound fails for
// that, as soon as it is known; all else is looked at when the line is whole.
inline std::size_t HttpRequestParser::take_line(std::string_view bytes) {
  const std::size_t lf = bytes.find('\n');
  const std::size_t size = lf == std::string_view::npos ? bytes.size() : lf + 1;
  std::string& kept = work_->line;
  if (size > line_bound() - std::min(kept.size(), line_bound())) {
    on_line_too_long();
    return size;
  }
  std::string_view line = bytes.substr(0, size);
  if (lf == std::string_view::npos || !kept.empty()) line = kept.append(line);
  if (lf == std::string_view::npos) return size;
  // RFC 9112 2.2 lets a recipient take a bare LF for a line end; two readers in a row that differ on it can be fooled.
  if (!line.ends_with("\r\n")) {
    malformed();
    return size;
  }
  line.remove_suffix(2);
  on_line(line);
  if (work_) work_->line.clear();
  return size;
}

inline std::size_t HttpRequestParser::line_bound() const noexcept {
  // Room for a method, two blanks, `HTTP/1.1` and the line end beside the target.
  constexpr std::size_t around_target = 64;
  constexpr std::size_t chunk_digits = 16;  // of a 64-bit number
  switch (work_->state) {
    case detail::RequestState::start:
    case detail::RequestState::request_line: return limits_.max_target_bytes + around_target;
    case detail::RequestState::headers:
    case detail::RequestState::trailers: return limits_.max_header_bytes - work_->header_bytes;
    case detail::RequestState::chunk_size:
      return chunk_digits + limits_.max_chunk_extension_bytes - work_->chunk_extension_bytes + 2;
    default: return 2;  // the line end behind a chunk
  }
}

inline void HttpRequestParser::on_line_too_long() noexcept {
  switch (work_->state) {
    case detail::RequestState::start:
    case detail::RequestState::request_line: return fail(errc::header_too_large, 414);
    case detail::RequestState::headers:
    case detail::RequestState::trailers: return fail(errc::header_too_large, 431);
    default: return malformed();
  }
}

inline void HttpRequestParser::on_line(std::string_view line) {
  using State = detail::RequestState;
  switch (work_->state) {
    case State::start:
      work_->state = State::request_line;
      // RFC 9112 2.2: one empty line before the request is passed over, left by old clients behind a POST.
      if (!line.empty()) on_request_line(line);
      return;
    case State::request_line: return on_request_line(line);
    case State::headers: return line.empty() ? on_head_end() : on_header_line(line);
    case State::chunk_size: return on_chunk_size(line);
    case State::chunk_end:
      work_->state = State::chunk_size;
      if (!line.empty()) malformed();
      return;
    case State::trailers:
      if (!line.empty()) return on_header_line(line);
      status_ = Status::complete;
      return;
    default: return;
  }
}

inline void HttpRequestParser::on_request_line(std::string_view line) {
  constexpr std::size_t usual_headers = 16;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == last) return malformed();  // also when there is none
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!is_token(method) || version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) ||
      version[6] != '.' || !is_digit(version[7])) {
    return malformed();
  }
  if (version[5] != '1') return fail(errc::not_supported, 505);  // also the preface of HTTP/2, "PRI * HTTP/2.0"
  if (target.size() > limits_.max_target_bytes) return fail(errc::header_too_large, 414);
  if (method == "CONNECT") return fail(errc::not_supported, 501);
  work_->request.method = method;
  work_->request.headers.reserve(usual_headers);
  work_->request.version = version[7] == '0' ? 10 : 11;  // RFC 9110 2.5: a higher minor is read as the highest known
  work_->state = detail::RequestState::headers;
  on_target(target);
}

inline void HttpRequestParser::on_target(std::string_view target) {
  const bool visible = std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!visible || target.empty() || target.find('#') != std::string_view::npos) return malformed();
  const bool is_options = work_->request.method == "OPTIONS";
  if (target.front() == '/' || (target == "*" && is_options)) {
    work_->request.target = target;
    return;
  }
  // RFC 9112 3.2.2: a server accepts the absolute-form, and its authority beats Host.
  const std::size_t colon = std::min(target.find("://"), target.size());
  const std::string_view scheme = target.substr(0, colon);
  if (!iequals(scheme, "http") && !iequals(scheme, "https")) return malformed();
  const std::string_view rest = target.substr(std::min(colon + 3, target.size()));
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (!parse_authority(rest.substr(0, end))) return malformed();
  work_->authority = rest.substr(0, end);
  const std::string_view path = rest.substr(end);
  if (path.empty() && is_options) {
    work_->request.target = "*";  // RFC 9112 3.2.4
    return;
  }
  if (!path.starts_with('/')) work_->request.target = "/";
  work_->request.target += path;
}

inline void HttpRequestParser::on_header_line(std::string_view line) {
  work_->header_bytes += line.size() + 2;
  if (++work_->header_count > limits_.max_headers) return fail(errc::too_many_headers, 431);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return malformed();
  // No blank is a token character: this also refuses obs-fold (RFC 9112 5.2) and a blank before the colon (5.1).
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_ows(line.substr(colon + 1));
  if (!is_token(name) || !is_safe_header_value(value)) return malformed();
  if (work_->state == detail::RequestState::trailers) return;  // RFC 9110 6.5.1: who needs none may drop them
  on_header(name, value);
  if (work_) work_->request.headers.push_back({std::string(name), std::string(value)});
}

inline void HttpRequestParser::on_header(std::string_view name, std::string_view value) {
  detail::RequestWork& work = *work_;
  if (iequals(name, "host")) {
    // RFC 9112 3.2: more than one Host, or an invalid one, is a 400; an empty one is legal.
    if (++work.hosts > 1 || !(value.empty() || parse_authority(value))) malformed();
  } else if (iequals(name, "content-length")) {
    on_content_length(value);
  } else if (iequals(name, "transfer-encoding")) {
    ++work.transfer_codings;
    work.transfer_coding = value;
  } else if (iequals(name, "connection")) {
    work.says_close = work.says_close || header_list_has(value, "close");
    work.says_keep_alive = work.says_keep_alive || header_list_has(value, "keep-alive");
    work.says_upgrade = work.says_upgrade || header_list_has(value, "upgrade");
  } else if (iequals(name, "upgrade")) {
    work.names_protocol = true;
  } else if (iequals(name, "expect")) {
    if (!iequals(value, "100-continue")) return fail(errc::not_supported, 417);
    work.request.expect_continue = true;
  }
}

inline void HttpRequestParser::on_content_length(std::string_view value) {
  // RFC 9112 6.3: differing values are an error; equal ones could be joined, but nobody honest repeats the field.
  if (++work_->lengths > 1 || value.empty()) return malformed();
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t length = 0;
  for (char c : value) {
    if (c < '0' || c > '9') return malformed();
    const auto digit = static_cast<std::uint64_t>(c - '0');
    length = length > (most - digit) / 10 ? most : length * 10 + digit;  // stays above any bound once it is there
  }
  work_->body_left = length;
}

inline void HttpRequestParser::on_head_end() {
  detail::RequestWork& work = *work_;
  ParsedRequest& request = work.request;
  const bool is_http_11 = request.version == 11;
  if (is_http_11 && work.hosts == 0) return malformed();
  if (!work.authority.empty()) {
    const auto is_host = [](const Header& each) { return iequals(each.name, "host"); };
    const auto host = std::find_if(request.headers.begin(), request.headers.end(), is_host);
    if (host != request.headers.end()) host->value = work.authority;
    if (host == request.headers.end()) request.headers.push_back({"Host", work.authority});
  }
  request.keep_alive = !work.says_close && (is_http_11 || work.says_keep_alive);
  request.upgrade = is_http_11 && work.says_upgrade && work.names_protocol;
  request.expect_continue = request.expect_continue && is_http_11;  // RFC 9110 10.1.1: ignored in HTTP/1.0
  on_framing();
}

// RFC 9112 6.1 to 6.3: anything that makes the length of the body doubtful ends the connection.
inline void HttpRequestParser::on_framing() {
  detail::RequestWork& work = *work_;
  if (work.transfer_codings != 0) {
    if (work.transfer_codings > 1 || work.lengths != 0 || work.request.version == 10) return malformed();
    if (!iequals(work.transfer_coding, "chunked")) return fail(errc::unsupported_transfer_encoding, 501);
    work.state = detail::RequestState::chunk_size;
    return;
  }
  if (work.body_left > limits_.max_body_bytes) return fail(errc::body_too_large, 413);
  work.state = detail::RequestState::body;
  if (work.body_left == 0) status_ = Status::complete;
}

inline void HttpRequestParser::on_chunk_size(std::string_view line) {
  std::string_view extension = line;
  const std::optional<std::uint64_t> size = take_hex_digits(extension);
  if (!size || !(extension.empty() || extension.starts_with(';')) || !is_safe_header_value(extension)) {
    return malformed();
  }
  work_->chunk_extension_bytes += extension.size();
  if (work_->chunk_extension_bytes > limits_.max_chunk_extension_bytes) return malformed();
  if (*size > limits_.max_body_bytes - work_->request.body.size()) return fail(errc::body_too_large, 413);
  work_->body_left = *size;
  work_->header_bytes = 0;
  work_->header_count = 0;
  work_->state = *size == 0 ? detail::RequestState::trailers : detail::RequestState::chunk_data;
}

inline void HttpRequestParser::fail(errc code, int status) noexcept {
  work_.reset();
  status_ = Status::error;
  error_ = code;
  error_status_ = status;
}

inline HttpRequestParser::Status HttpRequestParser::on_timeout() noexcept {
  if (status_ == Status::need_more) fail(errc::request_timeout, 408);
  return status_;
}

inline ParsedRequest HttpRequestParser::take() {
  ParsedRequest request = std::move(work_->request);
  reset();
  return request;
}

inline void HttpRequestParser::reset() noexcept {
  work_.reset();
  status_ = Status::need_more;
  error_status_ = 0;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_HTTP_IMPL_REQUEST_PARSER_HPP
