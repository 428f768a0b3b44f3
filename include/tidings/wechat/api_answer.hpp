// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_API_ANSWER_HPP
#define TIDINGS_WECHAT_API_ANSWER_HPP

#include <tidings/error.hpp>
#include <tidings/version.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What the API says in answer to a call.
struct ApiAnswer {
  /// `errcode`; a good answer may leave it out.
  std::int32_t code = 0;
  /// `errmsg`, with the vendor's trace id: for logs, never to be compared with anything. At most 1024 bytes of it.
  std::string text{};
  /// `msgid`, digit for digit: numbers go beyond 2^53, and WeCom's is no number.
  std::string message_id{};
  // Of WeCom, in lower case whatever was asked for: whom the message does not reach although the call is accepted.
  std::vector<std::string> invalid_users{};
  std::vector<std::string> invalid_departments{};
  std::vector<std::string> invalid_tags{};
  std::vector<std::string> unlicensed_users{};
  /// Of a card with buttons: with it the card can be changed, once.
  std::string response_code{};
  // Of a call that asks for a token.
  std::string access_token{};
  std::chrono::seconds expires_in{0};

  friend bool operator==(const ApiAnswer&, const ApiAnswer&) = default;
};

/// Reads an answer, whatever its content type says.
///
/// @tparam Json  The reader; a parameter so that only a unit that reads compiles it.
/// @param body  At most defaults::max_wechat_answer_bytes; one JSON object, unknown members are passed over.
/// @param out   Filled on success, untouched otherwise.
/// Errors      errc::body_too_large; errc::invalid_json: no JSON object, nested too deep, a known member that cannot be
///             what it should, or neither `errcode` nor anything that only a good answer has. Both mean that nobody
///             knows what became of the call.
template <class Json = nlohmann::json>
std::error_code parse_answer(std::string_view body, ApiAnswer& out);

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/api_answer.hpp>

#endif  // TIDINGS_WECHAT_API_ANSWER_HPP
