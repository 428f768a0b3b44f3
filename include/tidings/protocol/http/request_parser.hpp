// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_HTTP_REQUEST_PARSER_HPP
#define TIDINGS_PROTOCOL_HTTP_REQUEST_PARSER_HPP

#include <tidings/defaults.hpp>
#include <tidings/error.hpp>
#include <tidings/protocol/http/parsed_request.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Bounds of one request. What arrives is never kept beyond them.
struct RequestLimits {
  /// Request target in bytes, 1 or more.
  std::size_t max_target_bytes = defaults::max_target_bytes;
  /// All header lines together with their line ends; the same again for trailers.
  std::size_t max_header_bytes = defaults::max_header_bytes;
  /// Header fields; the same again for trailers.
  std::size_t max_headers = defaults::max_headers;
  /// Body in bytes, without the chunk framing.
  std::size_t max_body_bytes = defaults::max_body_bytes;
  /// Chunk extensions of the whole body in bytes.
  std::size_t max_chunk_extension_bytes = defaults::max_chunk_extension_bytes;
};

namespace detail {

enum class RequestState { start, request_line, headers, body, chunk_size, chunk_data, chunk_end, trailers };

// What a request needs while it arrives; an idle connection has none.
struct RequestWork {
  ParsedRequest request;
  std::string line;              // the beginning of a line whose end has not come yet
  std::string authority;         // of a target in absolute-form; it replaces Host
  std::string transfer_coding;   // value of Transfer-Encoding
  std::uint64_t body_left = 0;   // of the body or chunk; of the Content-Length before the body begins
  std::size_t header_bytes = 0;  // of the headers, then of the trailers
  std::size_t header_count = 0;
  std::size_t chunk_extension_bytes = 0;
  unsigned hosts = 0;
  unsigned lengths = 0;
  unsigned transfer_codings = 0;
  bool says_close = false;
  bool says_keep_alive = false;
  bool says_upgrade = false;
  bool names_protocol = false;
  bool body_begun = false;
  RequestState state = RequestState::start;
};

}  // namespace detail

/// Reads HTTP/1.x requests that arrive in pieces of any size, and takes nothing that two readers could understand
/// differently.
///
///     HttpRequestParser parser{RequestLimits{}};
///     std::size_t consumed = 0;
///     switch (parser.feed(bytes, consumed)) { ... }   // bytes behind `consumed` belong to the next request
///
/// Stricter than RFC 9112 asks: no bare LF, no obs-fold, no repeated Content-Length even when equal, no blank before a
/// chunk extension, no byte above 0x7E in the target. At most one empty line before a request is passed over.
/// Thread    none of its own; one thread at a time.
/// Lifetime  an idle parser holds no memory beyond itself.
/// Source    RFC 9112; RFC 9110 5, 7.2, 10.1.1.
class HttpRequestParser {
 public:
  enum class Status {
    /// The request is not whole yet.
    need_more,
    /// request() is there; feed() takes nothing until take() or reset().
    complete,
    /// error() and error_status() say why; the connection cannot be used further.
    error,
  };

  explicit HttpRequestParser(RequestLimits limits = {}) noexcept : limits_(limits) {}

  /// Takes the next bytes of the connection.
  ///
  /// @param bytes     0 .. any number of bytes, cut anywhere.
  /// @param consumed  Set to the number of bytes that belong to this request; at `complete` the rest is the next one's.
  /// Errors          errc::malformed_request (400), errc::body_too_large (413), errc::header_too_large (414 for the
  ///                 request line, 431 for headers), errc::too_many_headers (431),
  ///                 errc::unsupported_transfer_encoding (501), errc::not_supported (417 expectation, 501 CONNECT, 505
  ///                 version).
  Status feed(std::string_view bytes, std::size_t& consumed);

  /// The deadline for the request has passed: an unfinished one fails with errc::request_timeout (408).
  Status on_timeout() noexcept;

  /// Why the last feed() answered `error`.
  std::error_code error() const noexcept { return error_status_ == 0 ? std::error_code{} : make_error_code(error_); }

  /// The status to answer an error with: 400, 408, 413, 414, 417, 431, 501 or 505; 0 when there is none.
  int error_status() const noexcept { return error_status_; }

  /// Whether the client has sent a head with `Expect: 100-continue` and waits, not having sent any of the body.
  bool awaits_continue() const noexcept {
    return status_ == Status::need_more && work_ && work_->request.expect_continue && !work_->body_begun &&
           work_->state > detail::RequestState::headers;
  }

  /// Whether nothing of a request has arrived: such a connection may be closed without an answer.
  bool idle() const noexcept { return status_ == Status::need_more && !work_; }

  /// Bytes of the body that have arrived and are held.
  std::size_t held_body_bytes() const noexcept { return work_ ? work_->request.body.size() : 0; }

  /// Whether the head is whole and the body is on its way.
  bool in_body() const noexcept {
    return status_ == Status::need_more && work_ && work_->state > detail::RequestState::headers;
  }

  /// Bytes that are known to belong to the body, or to its present chunk, and have not arrived.
  std::uint64_t body_left() const noexcept { return in_body() ? work_->body_left : 0; }

  /// The request; only after `complete`.
  const ParsedRequest& request() const noexcept { return work_->request; }

  /// Hands the request over and makes ready for the next; only after `complete`.
  ParsedRequest take();

  /// Makes ready for a request from its first byte.
  void reset() noexcept;

 private:
  std::size_t take_body(std::string_view bytes);
  std::size_t take_line(std::string_view bytes);
  std::size_t line_bound() const noexcept;
  void on_line_too_long() noexcept;
  void on_line(std::string_view line);
  void on_request_line(std::string_view line);
  void on_target(std::string_view target);
  void on_header_line(std::string_view line);
  void on_header(std::string_view name, std::string_view value);
  void on_content_length(std::string_view value);
  void on_head_end();
  void on_framing();
  void on_chunk_size(std::string_view line);
  void fail(errc code, int status) noexcept;
  void malformed() noexcept { fail(errc::malformed_request, 400); }

  RequestLimits limits_;
  std::unique_ptr<detail::RequestWork> work_;
  Status status_ = Status::need_more;
  errc error_{};
  int error_status_ = 0;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#include <tidings/protocol/http/impl/request_parser.hpp>

#endif  // TIDINGS_PROTOCOL_HTTP_REQUEST_PARSER_HPP
