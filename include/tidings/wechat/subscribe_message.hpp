// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_SUBSCRIBE_MESSAGE_HPP
#define TIDINGS_WECHAT_SUBSCRIBE_MESSAGE_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/body_error.hpp>
#include <tidings/wechat/impl/body_writer.hpp>
#include <tidings/wechat/limits.hpp>
#include <tidings/wechat/template_value.hpp>

#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A message of a mini-program to which a user has subscribed, once for each message.
struct SubscribeMessage {
  /// Which version of the mini-program it leads to.
  enum class State { formal, trial, developer };
  enum class Language { zh_CN, en_US, zh_HK, zh_TW };

  /// openid.
  std::string to;
  std::string template_id;
  std::vector<TemplateValue> data{};
  /// Empty = it leads nowhere.
  std::string page{};
  State state = State::formal;
  Language language = Language::zh_CN;
};

constexpr const char* to_string(SubscribeMessage::State state) {
  switch (state) {
    case SubscribeMessage::State::formal: return "formal";
    case SubscribeMessage::State::trial: return "trial";
    case SubscribeMessage::State::developer: return "developer";
  }
  return "formal";
}

constexpr const char* to_string(SubscribeMessage::Language language) {
  switch (language) {
    case SubscribeMessage::Language::zh_CN: return "zh_CN";
    case SubscribeMessage::Language::en_US: return "en_US";
    case SubscribeMessage::Language::zh_HK: return "zh_HK";
    case SubscribeMessage::Language::zh_TW: return "zh_TW";
  }
  return "zh_CN";
}

/// As of a template message.
inline BodyError encode(const SubscribeMessage& message, std::string& out) {
  detail::BodyWriter body;
  body.required("touser", message.to, limits::user_bytes);
  body.required("template_id", message.template_id, limits::user_bytes);
  body.optional("page", message.page, limits::page_bytes);
  body.required("miniprogram_state", to_string(message.state), limits::user_bytes);
  body.required("lang", to_string(message.language), limits::user_bytes);
  detail::write_template_data(body, message.data);
  return body.finish(out);
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_SUBSCRIBE_MESSAGE_HPP
