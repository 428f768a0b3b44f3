// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RAW_CONTENT_HPP
#define TIDINGS_WECHAT_RAW_CONTENT_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/impl/body_writer.hpp>
#include <tidings/wechat/raw_json.hpp>

#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A kind of content that has no type of ours: `{"wxcard", R"({"card_id":"..."})"}`. Recipients and idempotency stay
/// ours; nothing but the JSON is checked.
struct RawContent {
  std::string msgtype;
  /// The object of the member that is named as the msgtype.
  std::string json;
};

namespace detail {

inline void write_raw(BodyWriter& body, std::string_view name, std::string_view json) {
  std::string text;
  const std::error_code ec = append_real_characters(text, json);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (ec || first == std::string::npos || text[first] != '{') body.fail(name, "not a JSON object", errc::invalid_json);
  body.raw(name, text);
}

inline void write_content(BodyWriter& body, const RawContent& content) {
  body.required("msgtype", content.msgtype, 64);
  write_raw(body, content.msgtype, content.json);
}

}  // namespace detail

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RAW_CONTENT_HPP
