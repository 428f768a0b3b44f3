// SPDX-License-Identifier: BSL-1.0
//
// WechatClient, libcurl and a ledger in a file against the simulator, a process of its own: what it has delivered is compared
// with what the ledger says, row by row.

#include <tidings/curl_http_client.hpp>
#include <tidings/store/memory_token_store.hpp>
#include <tidings/store/sqlite_ledger.hpp>
#include <tidings/wechat_client.hpp>

#include "support/runner.hpp"
#include "support/temporary_folder.hpp"
#include "support/waiting.hpp"
#include "support/wechat_simulator/process.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstddef>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;
using Json = wechat_simulator::Json;

namespace {

constexpr const char* template_path = "/cgi-bin/message/template/send";

std::string openid(std::size_t i) { return "o" + std::to_string(i); }

Json world(std::size_t users) {
  Json all = Json::array();
  for (std::size_t i = 0; i < users; ++i) all.push_back({{"openid", openid(i)}, {"subscribed", true}});
  const Json account{{"kind", "oa"},
                     {"appid", "wx1"},
                     {"secret", "s"},
                     {"templates", Json::array({{{"id", "T1"}, {"keys", {{"thing1", "thing"}}}}})},
                     {"users", std::move(all)}};
  return {{"seed", 7}, {"accounts", Json::array({account})}};
}
Json sometimes(double share, int seed, const Json& action) {
  return {
      {"match", {{"path", template_path}, {"probability", share}, {"seed", seed}}}, {"times", -1}, {"action", action}};
}

/// A client of the simulator.
struct Office {
  Office(const wechat_simulator::Process& simulator, WechatClientOptions options)
      : client(runner.executor(),
               wechat::Account{.name = "oa", .app = "wx1", .secret = "s", .hosts = {simulator.url()}}, http, tokens,
               ledger, std::move(options)) {}

  support::TemporaryFolder folder;
  support::Runner runner;
  CurlHttpClient http;
  MemoryTokenStore tokens;
  SqliteLedger ledger{SqliteFile(folder.path(), {.survives_power_loss = false})};
  WechatClient<CurlHttpClient, MemoryTokenStore, SqliteLedger> client;
};

/// Sends to so many through all kinds of trouble.
void send_through_trouble(std::size_t count) {
  const wechat_simulator::Process simulator(world(count));
  simulator.admin("POST", "faults", sometimes(0.05, 1, {{"timeout_after_commit", true}}));
  simulator.admin("POST", "faults", sometimes(0.05, 2, {{"reset_after_headers", true}}));
  simulator.admin("POST", "faults", sometimes(0.02, 3, {{"token_expire", true}}));
  simulator.admin("POST", "faults", sometimes(0.01, 4, {{"errcode", -1}}));
  WechatClientOptions options;
  options.sender.call_timeout = 500ms * support::slowness;
  options.token_life.least_between = 0ms;
  for (const wechat::ErrorClass each : {wechat::ErrorClass::busy, wechat::ErrorClass::unknown_outcome}) {
    options.sender.decider.policies[each] = {12, 50ms, 500ms};
  }
  options.sender.decider.policies[wechat::ErrorClass::token_stale].tries = 12;
  Office office(simulator, std::move(options));
  support::Tally answered;
  std::mutex mutex;
  std::map<std::string, wechat::SendReport> reports;
  for (std::size_t i = 0; i < count; ++i) {
    wechat::TemplateMessage message{.to = openid(i), .template_id = "T1"};
    message.data = {{"thing1", "a parcel"}};
    office.client.async_send(message, {}, [&, i](std::error_code ec, wechat::SendReport report) {
      {
        const std::lock_guard lock(mutex);
        if (!ec) reports[openid(i)] = std::move(report);
      }
      answered.add();
    });
  }
  REQUIRE(answered.reaches(count, 600s));
  std::map<std::string, int> delivered;
  const Json said = simulator.admin("GET", "delivered");
  for (const Json& each : said["entries"]) ++delivered[each["user"].get<std::string>()];
  std::size_t exact = 0;
  std::size_t agreed = 0;
  std::size_t calls = 0;
  for (std::size_t i = 0; i < count; ++i) {
    exact += delivered[openid(i)] == 1 ? 1 : 0;
    const wechat::SendReport& report = reports[openid(i)];
    calls += report.calls;
    auto box = std::make_shared<support::Mailbox<std::vector<AttemptLine>>>();
    office.ledger.attempts(report.message, "",
                           [box](std::error_code, std::vector<AttemptLine> lines) { box->put(std::move(lines)); });
    const std::vector<AttemptLine> lines = box->expect();
    const bool good = lines.size() == report.calls && lines.back().attempt.state == AttemptState::accepted &&
                      lines.back().attempt.receipt_id == report.msgid;
    agreed += good ? 1 : 0;
  }
  std::cout << count << " messages, " << calls << " calls, " << exact << " delivered once, " << agreed
            << " rows agree\n";
  CHECK(exact == count);
  CHECK(agreed == count);
  CHECK(calls > count);
}

}  // namespace

TEST_CASE("through timeouts, resets, lost tokens and a busy server everybody gets it once", "[simulated]") {
  send_through_trouble(1000);
}

TEST_CASE("the same for twenty thousand", "[.][slow][simulated]") { send_through_trouble(20'000); }
