// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_HPP
#define TIDINGS_WECHAT_CALLBACK_HPP

#include <tidings/concepts.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/shared_bytes.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/callback_account.hpp>
#include <tidings/wechat/callback_decision.hpp>
#include <tidings/wechat/callback_event.hpp>
#include <tidings/wechat_callback_options.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {
class CallbackDesk;
}  // namespace wechat

/// A URL that WeChat calls back, on any server: it answers at once and gives the events to the application afterwards.
///
/// ```cpp
/// tidings::WechatCallback callback{{{.name = "oa", .id = appid, .token = token, .aes_key = key}},
///                                  [](const std::string& account, const tidings::wechat::CallbackEvent& event) {
///                                    for (auto& report : reports_of(account, event)) note(report);
///                                  }};
/// auto mount = tidings::adapter::handle(server, "/wechat", callback.handler());
/// ```
/// An event is given once, also when WeChat calls again because the answer was lost; never before its answer was handed to
/// the server. What is acknowledged and not yet given lives in memory only.
///
/// Answers   as CallbackGate; 503 too when the queue is full, and once this is gone.
/// Thread    all functions from any thread. `on_event` is called on a thread of this, or where
///           `WechatCallbackOptions::run` says.
/// Lifetime  the destructor gives what was acknowledged, on its own thread; with `run` it waits for the call that is under
///           way, and what has not run yet is never given. Not destroyed inside `on_event`. Handlers may outlive it.
class WechatCallback {
 public:
  using OnEvent = std::function<void(const std::string& account, const wechat::CallbackEvent& event)>;

  /// Throws `std::invalid_argument` for accounts and options that cannot be; see CallbackGate.
  WechatCallback(std::vector<wechat::CallbackAccount> accounts, OnEvent on_event, WechatCallbackOptions options = {});
  WechatCallback(const WechatCallback&) = delete;
  WechatCallback& operator=(const WechatCallback&) = delete;
  ~WechatCallback();

  /// Answers one request, inside this call.
  template <HttpRequest R, Responder P>
  void answer(const R& request, P responder) {
    answer(desk_, snapshot(request), std::move(responder));
  }
  template <Responder P>
  void answer(const RequestSnapshot& request, P responder) {
    answer(desk_, request, std::move(responder));
  }

  /// What the `handle` of any adapter takes: `(RequestSnapshot, exchange)`, copyable.
  auto handler() const {
    return [desk = desk_](RequestSnapshot request, auto&& exchange) {
      answer(desk, request, std::forward<decltype(exchange)>(exchange).answer());
    };
  }

  /// Events that were acknowledged and not yet given.
  std::size_t waiting() const;

 private:
  using Desk = std::shared_ptr<wechat::CallbackDesk>;

  template <Responder P>
  static void answer(const Desk& desk, const RequestSnapshot& request, P responder) {
    wechat::CallbackDecision decision = decide(desk, request, io::wall_now());
    responder.respond(decision.head, share_bytes(decision.body));
    give(desk, std::move(decision));
  }
  static wechat::CallbackDecision decide(const Desk& desk, const RequestSnapshot& request, wall_time now);
  static void give(const Desk& desk, wechat::CallbackDecision decision);

  Desk desk_;
};

TIDINGS_NAMESPACE_END

#include <tidings/impl/wechat_callback.hpp>

#endif  // TIDINGS_WECHAT_CALLBACK_HPP
