// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_RESPONSE_READER_HPP
#define TIDINGS_CLIENT_RESPONSE_READER_HPP

#include <tidings/defaults.hpp>
#include <tidings/error.hpp>
#include <tidings/http_types.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// Reads one HTTP/1.x answer that arrives in pieces of any size: the head, then the body as it comes.
///
/// Interim answers (1xx) are passed over. Whoever asked for an upgrade has a reader of its own (`WsClientHandshake`).
/// Thread  none of its own; one thread at a time.
/// Source  RFC 9112 4 to 7.
class ResponseReader {
 public:
  /// What was asked decides whether the answer has a body (RFC 9112 6.3).
  enum class Asked { get, connect };
  enum class Event {
    /// All is taken, and nothing new is there.
    need_more,
    /// status() and headers() are there.
    head,
    /// data() is a piece of the body.
    data,
    /// The body is whole; what is left belongs to the connection.
    end,
    /// error() says why.
    fault,
  };

  explicit ResponseReader(Asked asked = Asked::get, std::size_t max_header_bytes = defaults::max_header_bytes)
      : max_header_bytes_(max_header_bytes), asked_(asked) {}

  /// Takes the next event out of the input.
  ///
  /// Errors  of a fault: errc::handshake_failed (this is no HTTP), errc::header_too_large,
  ///         errc::unsupported_transfer_encoding.
  Event read(std::string_view& input);

  /// The connection ended. @returns  whether the body ended with it in order.
  bool on_eof() const noexcept { return state_ == State::over || state_ == State::until_eof; }

  int status() const noexcept { return status_; }
  const std::vector<Header>& headers() const noexcept { return headers_; }
  /// Of the first field of this name; empty when there is none.
  std::string_view header(std::string_view name) const noexcept {
    for (const Header& each : headers_) {
      if (protocol::iequals(each.name, name)) return each.value;
    }
    return {};
  }
  /// Valid as long as the input.
  std::string_view data() const noexcept { return data_; }
  std::error_code error() const noexcept { return error_; }

 private:
  enum class State { head, begin, length, chunk_size, chunk_data, chunk_end, trailers, until_eof, over, failed };

  Event fail(errc code) {
    error_ = code;
    state_ = State::failed;
    return Event::fault;
  }
  bool take_line(std::string_view& input);
  Event on_line();
  bool on_status_line();
  Event on_head();
  bool choose_framing();
  Event on_chunk_size();
  Event take_data(std::string_view& input);

  std::size_t max_header_bytes_;
  Asked asked_;
  State state_ = State::head;
  std::string line_;
  std::size_t head_bytes_ = 0;
  bool too_large_ = false;
  int status_ = 0;
  std::vector<Header> headers_;
  std::uint64_t left_ = 0;
  std::string_view data_;
  std::error_code error_;
};

}  // namespace client

TIDINGS_NAMESPACE_END

#include <tidings/client/impl/response_reader.hpp>

#endif  // TIDINGS_CLIENT_RESPONSE_READER_HPP
