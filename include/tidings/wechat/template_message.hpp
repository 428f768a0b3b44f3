// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TEMPLATE_MESSAGE_HPP
#define TIDINGS_WECHAT_TEMPLATE_MESSAGE_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/body_error.hpp>
#include <tidings/wechat/impl/body_writer.hpp>
#include <tidings/wechat/limits.hpp>
#include <tidings/wechat/mini_program_link.hpp>
#include <tidings/wechat/template_value.hpp>

#include <optional>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A template message of an Official Account, for a follower.
struct TemplateMessage {
  /// openid.
  std::string to;
  std::string template_id;
  std::vector<TemplateValue> data{};
  /// Where it leads to; `mini_program` wins over it.
  std::string url{};
  std::optional<MiniProgramLink> mini_program{};
  /// 0 .. 32 bytes: sent twice to one recipient within 10 minutes, it is delivered once.
  std::string client_msg_id{};
};

namespace detail {

inline void write_link(BodyWriter& body, const std::optional<MiniProgramLink>& link) {
  if (!link) return;
  body.begin("miniprogram");
  body.required("appid", link->appid, limits::user_bytes);
  body.optional("pagepath", link->pagepath, limits::page_bytes);
  body.end();
}

}  // namespace detail

/// The body of the request.
///
/// @param out  JSON with real characters, on success; untouched otherwise.
/// Errors     the first field that the API would refuse: missing, too long, of another type, not UTF-8, or with a
///            control character that JSON can say only by `\u`.
inline BodyError encode(const TemplateMessage& message, std::string& out) {
  detail::BodyWriter body;
  body.required("touser", message.to, limits::user_bytes);
  body.required("template_id", message.template_id, limits::user_bytes);
  body.optional_url("url", message.url);
  detail::write_link(body, message.mini_program);
  body.optional("client_msg_id", message.client_msg_id, limits::client_msg_id_bytes);
  detail::write_template_data(body, message.data);
  return body.finish(out);
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_TEMPLATE_MESSAGE_HPP
