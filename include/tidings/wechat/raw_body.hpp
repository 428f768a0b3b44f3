// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RAW_BODY_HPP
#define TIDINGS_WECHAT_RAW_BODY_HPP

#include <tidings/error.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/body_error.hpp>
#include <tidings/wechat/endpoint.hpp>
#include <tidings/wechat/raw_json.hpp>

#include <string>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// The whole body of a call, for what no type of ours says. Nothing but the JSON is checked; it has no idempotency key
/// but what it says itself.
struct RawBody {
  Endpoint endpoint = Endpoint::template_message;
  /// One object.
  std::string json;
};

/// As of a template message; real characters take the place of `\u`.
inline BodyError encode(const RawBody& body, std::string& out) {
  std::string text;
  const std::error_code ec = append_real_characters(text, body.json);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (ec || first == std::string::npos || text[first] != '{') return {errc::invalid_json, "", "not a JSON object"};
  out = std::move(text);
  return {};
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RAW_BODY_HPP
