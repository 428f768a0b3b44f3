// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_OPTIONS_HPP
#define TIDINGS_WECHAT_CALLBACK_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/callback_decision.hpp>
#include <tidings/wechat/callback_gate_options.hpp>

#include <cstddef>
#include <functional>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// How a WechatCallback takes requests and gives events.
struct WechatCallbackOptions {
  /// What is refused, and what is remembered.
  wechat::CallbackGateOptions gate{};
  /// Events that were acknowledged and wait for the application, at least 1. While there are as many, requests are answered
  /// 503, errc::overloaded: WeChat sends them again.
  std::size_t max_queue = defaults::max_callback_queue;
  /// Runs a piece of work elsewhere and soon, once; empty = on a thread of its own, one event after the other. An executor
  /// of several threads gives events at the same time and in any order.
  std::function<void(UniqueFunction<void()> work)> run{};
  /// Told of each request when it was answered: for logs and metrics. On the server's thread; must not block.
  std::function<void(const wechat::CallbackDecision&)> on_decision{};
  /// An exception came out of a callback: errc::callback_failed, with the callback's name.
  std::function<void(std::error_code ec, std::string_view context)> on_error{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CALLBACK_OPTIONS_HPP
