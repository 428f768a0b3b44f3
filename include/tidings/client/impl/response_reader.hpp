// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_IMPL_RESPONSE_READER_HPP
#define TIDINGS_CLIENT_IMPL_RESPONSE_READER_HPP

#include <tidings/client/response_reader.hpp>
#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/http/status_line.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace client {

inline ResponseReader::Event ResponseReader::read(std::string_view& input) {
  data_ = {};
  for (;;) {
    switch (state_) {
      case State::begin:
        if (!choose_framing()) return fail(errc::unsupported_transfer_encoding);
        break;
      case State::length:
      case State::chunk_data:
      case State::until_eof:
        if (state_ != State::until_eof && left_ == 0) {
          state_ = state_ == State::length ? State::over : State::chunk_end;
          break;
        }
        return input.empty() ? Event::need_more : take_data(input);
      case State::over: return Event::end;
      case State::failed: return Event::fault;
      default: {
        if (!take_line(input)) return too_large_ ? fail(errc::header_too_large) : Event::need_more;
        const Event event = on_line();
        line_.clear();
        if (event != Event::need_more) return event;
      }
    }
  }
}

inline ResponseReader::Event ResponseReader::take_data(std::string_view& input) {
  const bool counted = state_ != State::until_eof;
  const auto size = counted ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())) : input.size();
  data_ = input.substr(0, size);
  input.remove_prefix(size);
  if (counted) left_ -= size;
  return Event::data;
}

// True when line_ is whole, without its end. All lines of the head share one bound, and so does each line of a body.
inline bool ResponseReader::take_line(std::string_view& input) {
  const std::size_t end = input.find('\n');
  const std::size_t size = end == std::string_view::npos ? input.size() : end + 1;
  head_bytes_ += size;
  if (head_bytes_ > max_header_bytes_) {
    too_large_ = true;
    return false;
  }
  line_.append(input.substr(0, size));
  input.remove_prefix(size);
  if (end == std::string_view::npos) return false;
  line_.pop_back();
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

inline ResponseReader::Event ResponseReader::on_line() {
  switch (state_) {
    case State::head:
      if (status_ != 0 && line_.empty()) return on_head();
      return (status_ == 0 ? on_status_line() : protocol::add_header_line(headers_, line_))
                 ? Event::need_more
                 : fail(errc::handshake_failed);
    case State::chunk_size: return on_chunk_size();
    case State::chunk_end:
      head_bytes_ = 0;
      state_ = State::chunk_size;
      return line_.empty() ? Event::need_more : fail(errc::handshake_failed);
    default:  // trailers
      if (line_.empty()) state_ = State::over;
      return Event::need_more;
  }
}

inline bool ResponseReader::on_status_line() {
  const std::optional<protocol::StatusLine> line = protocol::parse_status_line(line_);
  if (line) status_ = line->status;
  return line.has_value();
}

inline ResponseReader::Event ResponseReader::on_head() {
  head_bytes_ = 0;
  if (status_ < 200) {
    if (status_ == 101) return fail(errc::handshake_failed);  // nobody asked for it
    status_ = 0;
    headers_.clear();
    return Event::need_more;
  }
  state_ = State::begin;
  return Event::head;
}

// RFC 9112 6.3.
inline bool ResponseReader::choose_framing() {
  if ((asked_ == Asked::connect && status_ < 300) || status_ == 204 || status_ == 304) {
    state_ = State::over;
    return true;
  }
  const std::string_view coding = header("transfer-encoding");
  const std::string_view length = header("content-length");
  if (!coding.empty()) {
    state_ = State::chunk_size;
    return protocol::iequals(coding, "chunked");
  }
  state_ = length.empty() ? State::until_eof : State::length;
  if (length.empty()) return true;
  const std::optional<std::uint64_t> bytes = protocol::parse_digits(length);
  left_ = bytes.value_or(0);
  return bytes.has_value();
}

inline ResponseReader::Event ResponseReader::on_chunk_size() {
  std::string_view rest = line_;
  const std::optional<std::uint64_t> size = protocol::take_hex_digits(rest);
  // RFC 9112 7.1.1: blanks before an extension are taken.
  if (!size || (!rest.empty() && rest.find_first_of("; \t") != 0)) return fail(errc::handshake_failed);
  left_ = *size;
  head_bytes_ = 0;
  state_ = left_ == 0 ? State::trailers : State::chunk_data;
  return Event::need_more;
}

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_IMPL_RESPONSE_READER_HPP
