// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CLIENT_HPP
#define TIDINGS_WECHAT_CLIENT_HPP

#include <tidings/delivery/attempt_ledger.hpp>
#include <tidings/http_client.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/net/config.hpp>
#include <tidings/net/wechat/client_core.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/account.hpp>
#include <tidings/wechat/callback_event.hpp>
#include <tidings/wechat/receipt_ledger.hpp>
#include <tidings/wechat/send_options.hpp>
#include <tidings/wechat/send_report.hpp>
#include <tidings/wechat/token_store.hpp>
#include <tidings/wechat_client_options.hpp>

#include <memory>
#include <system_error>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// Sends the messages of one account of WeChat: each once, written down before the call, decided by the code of its answer,
/// followed to its receipt.
///
/// ```cpp
/// tidings::WechatClient wechat{io.get_executor(), {.name = "oa", .app = appid, .secret = secret}, http, tokens, ledger};
/// wechat.async_send(tidings::wechat::TemplateMessage{.to = openid, .template_id = id, .data = {{"thing1", "a parcel"}}},
///                   {.user = "alice"}, [](std::error_code ec, const tidings::wechat::SendReport& report) { log(report); });
/// ```
/// What cannot go out now (limits, a busy server, no token, a stopped account) stays in the ledger and goes by itself when
/// it can, also in the process after this one. A message whose outcome nobody knows is sent again only under a key by which
/// WeChat knows it: `client_msg_id` of template messages, the duplicate check of WeCom; both are set by themselves.
///
/// @tparam H  A model of HttpClient. @tparam S  Of wechat::TokenStore: who shares it shares one token.
/// @tparam L  Of AttemptLedger; receipts are followed if it models wechat::ReceiptLedger too.
/// Thread    all functions from any thread; handlers are called on their executor. Starts no thread.
/// Lifetime  http, tokens and ledger outlive this. The destructor waits for callbacks that are under way elsewhere; what
///           was being sent is in the ledger as `sending`, and whoever comes next takes it up when the lease has ended.
template <HttpClient H, wechat::TokenStore S, AttemptLedger L>
class WechatClient {
 public:
  /// Takes up at once what earlier processes have left in the ledger.
  ///
  /// @param executor  Of an `io_context`, or of anything else that runs handlers.
  WechatClient(const net::any_io_executor& executor, wechat::Account account, H& http, S& tokens, L& ledger,
               WechatClientOptions options = {})
      : core_(std::make_shared<Core>(executor, std::move(account), http, tokens, ledger, std::move(options))) {
    core_->start();
  }
  WechatClient(const WechatClient&) = delete;
  WechatClient& operator=(const WechatClient&) = delete;
  ~WechatClient() { core_->leave(); }

  /// Sends a message: TemplateMessage, SubscriptionNotice, SubscribeMessage, CustomerMessage, AppMessage or RawBody.
  /// Completes with the last word, which may be hours away where a limit holds the message; `observe` of the ledger
  /// tells of everything on the way.
  ///
  /// @param token  Signature `void(error_code, wechat::SendReport)`.
  /// Errors       errc::invalid_field, errc::invalid_utf8, errc::invalid_json: `report.problem` names the field, and nothing
  ///              was written or sent; errc::queue_full, and what the ledger says: likewise nothing was sent; errc::closed.
  ///              What WeChat said of each recipient is in the report.
  /// Cancellation terminal, partial, total: errc::cancelled; the message goes on.
  /// Executor     the handler's own, else the client's strand.
  template <class Body, class Token>
  auto async_send(Body body, wechat::SendOptions options, Token&& token) {
    return io::async_result<wechat::SendReport>([core = core_] { return core->home(); },
                                                [core = core_, body = std::move(body), options = std::move(options)](
                                                    Completion<wechat::SendReport> done) mutable {
                                                  core->send(std::move(body), std::move(options), std::move(done));
                                                },
                                                std::forward<Token>(token));
  }

  /// Gives it what a WechatCallback was told: receipts go to their sends, followers come and go.
  void on_event(wechat::CallbackEvent event) { core_->on_event(std::move(event)); }

  /// The account's credentials are right again, and what was kept back goes out.
  void resume() { core_->resume(); }

 private:
  using Core = io::WechatClientCore<H, S, L>;

  std::shared_ptr<Core> core_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CLIENT_HPP
