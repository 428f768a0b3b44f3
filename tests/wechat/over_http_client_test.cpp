// SPDX-License-Identifier: BSL-1.0
//
// WechatClient over real HTTP: libcurl on this side, an API on our listener at the other.

#include <tidings/adapter/listener.hpp>
#include <tidings/curl_http_client.hpp>
#include <tidings/hub.hpp>
#include <tidings/store/memory_attempts.hpp>
#include <tidings/store/memory_token_store.hpp>
#include <tidings/wechat_client.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/runner.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;

namespace {

/// The API: tokens, template messages, and as many answers of another kind as a test wants.
class ListenerApi {
 public:
  ListenerApi()
      : listener_(hub_),
        mount_(listener_.handle("/cgi-bin", [this](RequestSnapshot request, adapter::Exchange exchange) {
          std::move(exchange).answer().respond({200, {{"Content-Type", "application/json"}}},
                                               share_bytes(answer(request)));
        })) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }
  int token_calls() const { return token_calls_; }
  int sends() const { return sends_; }
  int delivered(const std::string& user) {
    const std::lock_guard lock(mutex_);
    return delivered_[user];
  }
  std::string last_body() {
    const std::lock_guard lock(mutex_);
    return last_body_;
  }
  /// The next ones get this code.
  void refuse(int code, int times) {
    const std::lock_guard lock(mutex_);
    refusals_.assign(static_cast<std::size_t>(times), code);
  }

 private:
  std::string answer(const RequestSnapshot& request) {
    const std::lock_guard lock(mutex_);
    if (request.target.starts_with("/cgi-bin/stable_token")) {
      ++token_calls_;
      return R"({"access_token":"t1","expires_in":7200})";
    }
    ++sends_;
    last_body_ = request.body;
    if (!refusals_.empty()) {
      const int code = refusals_.back();
      refusals_.pop_back();
      return nlohmann::json{{"errcode", code}, {"errmsg", "no"}}.dump();
    }
    if (request.target.find("access_token=t1") == std::string::npos) return R"({"errcode":40001})";
    ++delivered_[nlohmann::json::parse(request.body)["touser"].get<std::string>()];
    return nlohmann::json{{"errcode", 0}, {"errmsg", "ok"}, {"msgid", 3557254367693750000 + sends_}}.dump();
  }

  Hub<> hub_;
  adapter::Listener listener_;
  Mount mount_;
  std::mutex mutex_;
  std::atomic<int> token_calls_{0};
  std::atomic<int> sends_{0};
  std::map<std::string, int> delivered_{};
  std::vector<int> refusals_{};
  std::string last_body_{};
};

wechat::TemplateMessage parcel(std::string to) {
  return {.to = std::move(to), .template_id = "T1", .data = {{"thing1", "a parcel 包裹"}}};
}

struct Sending {
  ListenerApi api{};
  support::Runner runner{};
  CurlHttpClient http{};
  MemoryTokenStore tokens{};
  MemoryAttempts ledger{};

  auto client(WechatClientOptions options = {}) {
    return std::make_unique<WechatClient<CurlHttpClient, MemoryTokenStore, MemoryAttempts>>(
        runner.executor(), wechat::Account{.name = "oa", .app = "wx1", .secret = "s", .hosts = {api.url()}}, http,
        tokens, ledger, std::move(options));
  }
};

wechat::SendReport get(std::future<wechat::SendReport> future) {
  REQUIRE(future.wait_for(support::failure_limit) == std::future_status::ready);
  return future.get();
}

}  // namespace

TEST_CASE("a template message goes out over HTTP, and its receipt finds it", "[wechat_client]") {
  Sending sending;
  support::Mailbox<wechat::ReceiptOutcome> receipts;
  WechatClientOptions options;
  options.on_receipt = [&](const wechat::ReceiptOutcome& each) { receipts.put(each); };
  const auto client = sending.client(std::move(options));
  const wechat::SendReport report = get(client->async_send(parcel("o-alice"), {.user = "alice"}, net::use_future));
  CHECK(report.recipients.at(0).state == AttemptState::accepted);
  CHECK(sending.api.last_body().find("包裹") != std::string::npos);
  CHECK(nlohmann::json::parse(sending.api.last_body())["client_msg_id"] == to_string(report.message));
  wechat::CallbackEvent event;
  event.type = wechat::CallbackEvent::Type::template_receipt;
  event.from_user = "o-alice";
  event.msgid = report.msgid;
  event.status = "success";
  client->on_event(event);
  CHECK(receipts.expect().to == AttemptState::delivered);
  sending.ledger.history("alice", 10, [](std::error_code, std::vector<AttemptLine> lines) {
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].attempt.state == AttemptState::delivered);
    CHECK(lines[0].attempt.evidence == Evidence::receipt);
  });
}

TEST_CASE("a hundred at once on a cold start cost one token", "[wechat_client]") {
  Sending sending;
  const auto client = sending.client();
  const auto second = sending.client();
  std::vector<std::future<wechat::SendReport>> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back((i % 2 == 0 ? client : second)->async_send(parcel("o" + std::to_string(i)), {}, net::use_future));
  }
  for (auto& each : all) CHECK(get(std::move(each)).recipients.at(0).state == AttemptState::accepted);
  CHECK(sending.api.token_calls() == 1);
  for (int i = 0; i < 100; ++i) CHECK(sending.api.delivered("o" + std::to_string(i)) == 1);
}

TEST_CASE("a message with a field that is wrong is not sent, and the field is named", "[wechat_client]") {
  Sending sending;
  const auto client = sending.client();
  support::Mailbox<std::pair<std::error_code, wechat::SendReport>> outcome;
  client->async_send(wechat::TemplateMessage{.to = "", .template_id = "T1", .data = {}}, {},
                     [&](net_error_code ec, wechat::SendReport report) {
                       outcome.put({ec, std::move(report)});
                     });
  const auto [ec, report] = outcome.expect();
  CHECK(ec == errc::invalid_field);
  CHECK(report.problem.starts_with("touser: "));
  CHECK(sending.api.sends() == 0);
}

TEST_CASE("a busy API is tried again by the client's own timer", "[wechat_client]") {
  Sending sending;
  WechatClientOptions options;
  options.sender.decider.policies[wechat::ErrorClass::busy].base = 20ms;
  const auto client = sending.client(std::move(options));
  sending.api.refuse(-1, 2);
  const wechat::SendReport report = get(client->async_send(parcel("o-bob"), {}, net::use_future));
  CHECK(report.calls == 3);
  CHECK(report.recipients.at(0).state == AttemptState::accepted);
  CHECK(sending.api.delivered("o-bob") == 1);
}

TEST_CASE("a client that goes away leaves its message to the next one", "[wechat_client]") {
  Sending sending;
  WechatClientOptions options;
  options.sender.lease = 300ms;
  options.sender.decider.policies[wechat::ErrorClass::busy].base = 2s;
  support::Mailbox<std::error_code> left;
  {
    const auto client = sending.client(options);
    sending.api.refuse(-1, 1);
    client->async_send(parcel("o-carol"), {.user = "carol"},
                       [&](net_error_code ec, const wechat::SendReport&) { left.put(ec); });
    REQUIRE(support::eventually([&] { return sending.api.sends() == 1; }));
  }
  CHECK(left.expect() == errc::closed);
  const auto next = sending.client(options);
  CHECK(support::eventually([&] { return sending.api.delivered("o-carol") == 1; }));
  CHECK(sending.api.sends() == 2);
}
