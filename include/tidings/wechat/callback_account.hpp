// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_ACCOUNT_HPP
#define TIDINGS_WECHAT_CALLBACK_ACCOUNT_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/platform.hpp>

#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// An account whose callbacks are taken in: as its console has it.
struct CallbackAccount {
  enum class Mode {
    /// Clear text. The signature does not cover it: only behind TLS, and only where nothing depends on it.
    plain,
    /// Both are believed; of a body with both, the encrypted one.
    compatible,
    /// Only what is encrypted.
    safe,
  };

  /// How the application calls it; told with each event. Not empty, and no other's.
  std::string name{};
  Platform platform = Platform::official_account;
  /// WeCom is always safe.
  Mode mode = Mode::safe;
  /// The appid, or the corpid: whom encrypted callbacks are for.
  std::string id{};
  /// What the callbacks call the account, `gh_...`; empty = not looked at. With several accounts on one URL, and one token
  /// and key for all of them, they are told apart by this.
  std::string to_user{};
  /// WeCom: likewise, for the applications of one corp.
  std::string agent_id{};
  std::string token{};
  /// EncodingAESKey, 43 characters; not for plain mode.
  std::string aes_key{};
  /// The one before, as long as callbacks may come under it.
  std::string previous_aes_key{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CALLBACK_ACCOUNT_HPP
