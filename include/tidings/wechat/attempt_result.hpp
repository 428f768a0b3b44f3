// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_ATTEMPT_RESULT_HPP
#define TIDINGS_WECHAT_ATTEMPT_RESULT_HPP

#include <tidings/version.hpp>

#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// How one API call ended, as the HTTP client and the reader of answers saw it.
struct AttemptResult {
  enum class Kind : std::uint8_t {
    /// An answer of the API, with `code`.
    answered,
    /// Another status than 200, with `http_status`: some machine on the way, or none of theirs.
    http_status,
    /// Status 200 and no answer of the API: cut short, HTML, anything.
    garbage,
    /// It failed before the request was written: nobody can have taken it.
    not_written,
    /// Silence, or a cut, after the request was written or half written: nobody knows.
    no_answer,
  };

  Kind kind = Kind::no_answer;
  std::int32_t code = 0;
  int http_status = 0;

  static constexpr AttemptResult answered(std::int32_t code) { return {Kind::answered, code, 200}; }
  static constexpr AttemptResult status(int http_status) { return {Kind::http_status, 0, http_status}; }
  static constexpr AttemptResult garbage() { return {Kind::garbage, 0, 200}; }
  static constexpr AttemptResult not_written() { return {Kind::not_written}; }
  static constexpr AttemptResult no_answer() { return {Kind::no_answer}; }
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_ATTEMPT_RESULT_HPP
