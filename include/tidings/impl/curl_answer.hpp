// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_CURL_ANSWER_HPP
#define TIDINGS_IMPL_CURL_ANSWER_HPP

#include <tidings/error.hpp>
#include <tidings/http_answer.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// Collects an answer from the lines and pieces that libcurl gives, within bounds.
class CurlAnswer {
 public:
  CurlAnswer(std::size_t max_header_bytes, std::size_t max_body_bytes)
      : max_header_bytes_(max_header_bytes), max_body_bytes_(max_body_bytes) {}

  /// One line of a head, with its end. Of several heads (1xx) the last counts; what follows the body is left out.
  /// False = too much: see `error`.
  bool on_line(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > max_header_bytes_) return fail(errc::header_too_large);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    if (line.starts_with("HTTP/") && !in_head_ && answer_.body.empty()) {
      answer_.headers.clear();
      in_head_ = true;
    } else if (line.empty()) {
      has_head_ = has_head_ || in_head_;
      in_head_ = false;
    } else if (in_head_) {
      add(line);
    }
    return true;
  }
  /// The next piece of the body. False = too much.
  bool on_body(std::string_view piece) {
    if (piece.size() > max_body_bytes_ - answer_.body.size()) return fail(errc::body_too_large);
    answer_.body.append(piece);
    return true;
  }

  /// Whether a head came to its end; libcurl takes one that breaks off for a success.
  bool has_head() const { return has_head_ && !in_head_; }
  std::error_code error() const { return error_; }
  /// The whole of it.
  HttpAnswer take(int status) {
    answer_.status = status;
    return std::move(answer_);
  }

 private:
  static bool is_blank(char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; }

  void add(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
    answer_.headers.push_back({std::string(line.substr(0, colon)), std::string(value)});
  }
  bool fail(errc code) {
    error_ = code;
    return false;
  }

  std::size_t max_header_bytes_;
  std::size_t max_body_bytes_;
  std::size_t header_bytes_ = 0;
  bool in_head_ = false;
  bool has_head_ = false;
  HttpAnswer answer_;
  std::error_code error_;
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_CURL_ANSWER_HPP
