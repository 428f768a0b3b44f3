// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_PARSER_HPP
#define TIDINGS_WECHAT_CALLBACK_PARSER_HPP

#include <tidings/error.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/callback_body.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Reads the body of a callback, XML or JSON, as its first character says; also what was encrypted in one.
///
/// Names are compared without case, since WeChat writes `MsgId` and `MsgID`, `Encrypt` and `encrypt`. `List` may be an
/// array or a single entry. XML with a document type is refused, so that there is no entity but the five of XML itself.
/// Never throws for what the text holds.
///
/// @tparam Json  The reader of JSON; a parameter so that only a unit that reads compiles it.
/// @param text   0 .. defaults::max_callback_bytes bytes.
/// @param out    Filled on success, untouched otherwise. It has an event, an encrypted text, or both.
/// Errors      errc::body_too_large, errc::invalid_utf8; errc::invalid_envelope: not well-formed, more levels or values
///             than the bounds, an id that is too long or has control characters, a number that is none.
template <class Json = nlohmann::json>
std::error_code parse_callback(std::string_view text, CallbackBody& out);

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/callback_parser.hpp>

#endif  // TIDINGS_WECHAT_CALLBACK_PARSER_HPP
