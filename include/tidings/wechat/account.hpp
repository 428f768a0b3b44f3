// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_ACCOUNT_HPP
#define TIDINGS_WECHAT_ACCOUNT_HPP

#include <tidings/completion.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/endpoint.hpp>
#include <tidings/wechat/platform.hpp>
#include <tidings/wechat/provided_token.hpp>

#include <functional>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// From whom messages go out.
struct Account {
  /// The application's own name of it: in the ledger, in alarms, beside receipts.
  std::string name{};
  Platform platform = Platform::official_account;
  /// The appid; of WeCom the corpid.
  std::string app{};
  /// Never logged.
  std::string secret{};
  /// Of WeCom the application.
  std::string agent{};
  /// `scheme://host`, the first one first; the next one after a call that could not reach it. Empty = the vendor's.
  std::vector<std::string> hosts{};
  /// A plain token is new each time, and ends the one before: only for whoever must.
  bool plain_token = false;
  /// Gets a token from elsewhere, in the place of the API; once at a time. Called on the thread of the decisions.
  std::function<void(Completion<ProvidedToken> done)> provider{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_ACCOUNT_HPP
