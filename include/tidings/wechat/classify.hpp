// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CLASSIFY_HPP
#define TIDINGS_WECHAT_CLASSIFY_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/attempt_result.hpp>
#include <tidings/wechat/endpoint_kind.hpp>
#include <tidings/wechat/error_table.hpp>
#include <tidings/wechat/platform.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

// 503 and 408 say that the request was not worked on. Any other 5xx may come from a machine that has passed it on.
constexpr ErrorClass class_of_status(int status) {
  if (status == 503 || status == 408) return ErrorClass::busy;
  if (status == 429) return ErrorClass::rate_limit;
  if (status == 401 || status == 403 || status == 407) return ErrorClass::blocked;
  if (status >= 300 && status < 500) return ErrorClass::bad_request;
  return ErrorClass::unknown_outcome;
}

}  // namespace detail

/// What any end of an API call asks for, as a row of the error table; what is no answer of the API has code 0.
inline ErrorRow classify(Platform platform, EndpointKind kind, const AttemptResult& result) noexcept {
  switch (result.kind) {
    case AttemptResult::Kind::answered: return find_error(platform, kind, result.code);
    case AttemptResult::Kind::http_status: {
      const ErrorClass found = detail::class_of_status(result.http_status);
      const bool limited = found == ErrorClass::rate_limit;
      return {0, found, "an HTTP status that is not the API's", "RFC 9110 15",
              limited ? LimitWindow::minute : LimitWindow::none};
    }
    case AttemptResult::Kind::garbage: return {0, ErrorClass::unknown_outcome, "no answer of the API", ""};
    case AttemptResult::Kind::not_written: return {0, ErrorClass::busy, "the request was not written", ""};
    case AttemptResult::Kind::no_answer: break;
  }
  return {0, ErrorClass::unknown_outcome, "no answer came", ""};
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CLASSIFY_HPP
