// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CLIENT_OPTIONS_HPP
#define TIDINGS_WECHAT_CLIENT_OPTIONS_HPP

#include <tidings/delivery/attempt_ledger.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/receipt_options.hpp>
#include <tidings/wechat/receipt_outcome.hpp>
#include <tidings/wechat/sender_options.hpp>
#include <tidings/wechat/token_life.hpp>

#include <chrono>
#include <functional>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// How a WechatClient sends, and whom it tells. The functions are called on its strand; they must not block.
struct WechatClientOptions {
  /// `sender.on_alarm` is told of what somebody should look at.
  wechat::SenderOptions sender{};
  wechat::TokenLife::Options token_life{};
  /// How long receipts are waited for.
  wechat::ReceiptOptions receipts{};
  std::function<void(const wechat::ReceiptOutcome&)> on_receipt{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CLIENT_OPTIONS_HPP
