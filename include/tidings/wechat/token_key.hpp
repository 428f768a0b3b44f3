// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TOKEN_KEY_HPP
#define TIDINGS_WECHAT_TOKEN_KEY_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/platform.hpp>

#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// The name under which a token is stored: `"official_account:wx0123"`, `"wecom:ww0123:1000002"`.
///
/// @param app    The appid; of WeCom the corpid.
/// @param agent  Of WeCom the application, without which applications of one corp would take each other's tokens. Empty
///               elsewhere.
inline std::string token_key(Platform platform, std::string_view app, std::string_view agent = {}) {
  std::string key = to_string(platform);
  key.append(":").append(app);
  if (!agent.empty()) key.append(":").append(agent);
  return key;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_TOKEN_KEY_HPP
