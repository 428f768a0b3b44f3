// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_SUBSCRIPTION_NOTICE_HPP
#define TIDINGS_WECHAT_SUBSCRIPTION_NOTICE_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/body_error.hpp>
#include <tidings/wechat/impl/body_writer.hpp>
#include <tidings/wechat/limits.hpp>
#include <tidings/wechat/mini_program_link.hpp>
#include <tidings/wechat/template_message.hpp>
#include <tidings/wechat/template_value.hpp>

#include <optional>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A notice of an Official Account to which a user has subscribed, once for each notice.
struct SubscriptionNotice {
  /// openid.
  std::string to;
  std::string template_id;
  std::vector<TemplateValue> data{};
  /// Where it leads to; `mini_program` wins over it.
  std::string page{};
  std::optional<MiniProgramLink> mini_program{};
};

/// As of a template message.
inline BodyError encode(const SubscriptionNotice& message, std::string& out) {
  detail::BodyWriter body;
  body.required("touser", message.to, limits::user_bytes);
  body.required("template_id", message.template_id, limits::user_bytes);
  body.optional("page", message.page, limits::page_bytes);
  detail::write_link(body, message.mini_program);
  detail::write_template_data(body, message.data);
  return body.finish(out);
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_SUBSCRIPTION_NOTICE_HPP
