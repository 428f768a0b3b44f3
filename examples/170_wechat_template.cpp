// SPDX-License-Identifier: BSL-1.0
//
// A template message of WeChat: written down before it is sent, tried again where that is right, and answered for.
// A few lines of an API on this machine stand in for WeChat; it is busy at first.
//
// > alice: rejected (-1)
// > alice: accepted
// > nobody has missed it

#include <tidings/adapter/listener.hpp>
#include <tidings/curl_http_client.hpp>
#include <tidings/store/memory_attempts.hpp>
#include <tidings/store/memory_token_store.hpp>
#include <tidings/wechat_client.hpp>

#include <asio/io_context.hpp>

#include <tidings.hpp>

#include <algorithm>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

// What WeChat would say.
std::string api(std::string_view target) {
  static int sends = 0;
  if (target.starts_with("/cgi-bin/stable_token")) return R"({"access_token":"T","expires_in":7200})";
  return ++sends == 1 ? R"({"errcode":-1,"errmsg":"system error"})" : R"({"errcode":0,"msgid":1988810812324364291})";
}

int main() {
  tidings::Hub hub;
  tidings::adapter::Listener wechat_api{hub};
  const auto mount = wechat_api.handle("/cgi-bin", [](const auto& request, tidings::adapter::Exchange exchange) {
    std::move(exchange).answer().respond({200, {}}, tidings::share_bytes(api(request.target)));
  });

  asio::io_context context;
  tidings::CurlHttpClient http;
  tidings::MemoryTokenStore tokens;
  tidings::MemoryAttempts ledger;  // SqliteLedger, to find everything again after a restart
  tidings::wechat::Account account{.name = "oa", .app = "wx0123", .secret = "secret"};
  account.hosts = {"http://127.0.0.1:" + std::to_string(wechat_api.port())};  // without this line: WeChat's own
  tidings::WechatClient wechat{context.get_executor(), account, http, tokens, ledger};

  tidings::wechat::TemplateMessage message{.to = "openid-of-alice", .template_id = "order"};
  message.data = {{"thing1", "a work order"}};
  wechat.async_send(message, {.user = "alice"}, [&](std::error_code, const tidings::wechat::SendReport& report) {
    ledger.attempts(report.message, "", [](std::error_code, const std::vector<tidings::AttemptLine>& lines) {
      for (const auto& [send, attempt] : lines) {
        std::cout << send.user << ": " << to_string(attempt.state);
        if (attempt.code != 0) std::cout << " (" << attempt.code << ")";
        std::cout << "\n";
      }
    });
    ledger.missed(report.message, [](std::error_code, const std::vector<tidings::MissedRecipient>& missed) {
      const bool all = std::all_of(missed.begin(), missed.end(),
                                   [](const auto& each) { return each.state == tidings::AttemptState::accepted; });
      std::cout << (all ? "nobody has missed it" : "somebody has missed it") << "\n";
    });
    context.stop();
  });
  context.run();
}
