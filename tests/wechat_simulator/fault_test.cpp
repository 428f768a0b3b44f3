// SPDX-License-Identifier: BSL-1.0

#include <catch2/catch_test_macros.hpp>

#include "wechat_simulator/lab.hpp"

using lab::Exchange;
using lab::Json;
using lab::Lab;
using Act = wechat_simulator::WirePlan::Act;

namespace {

// A simulator with a token, to which template messages go.
struct Sending {
  Lab world{};
  std::string token = Lab::value(world.stable_token());

  Exchange exchange(const std::string& to = "ann", bool reused = false) {
    return world.exchange({.method = "POST",
                           .path = lab::template_send,
                           .query = {{"access_token", token}},
                           .body = lab::template_message(to).dump(),
                           .reused = reused});
  }
  int code(const std::string& to = "ann") { return Json::parse(exchange(to).answer.body).at("errcode").get<int>(); }
};

}  // namespace

TEST_CASE("the first rule that fits is used, as often as it says", "[wechat_simulator][fault]") {
  Sending it;
  it.world.fail({{"errcode", -1}, {"errmsg", "busy"}}, {{"user", "ann"}}, 2);
  it.world.fail({{"errcode", 45011}});
  CHECK(it.code("dan") == 45011);
  CHECK(it.code("ann") == -1);
  CHECK(it.code("ann") == -1);
  CHECK(it.code("ann") == 0);
  CHECK(it.world.delivered() == 1);
  const Json rules = it.world.admin("GET", "faults");
  CHECK(rules.at(0).at("used") == 2);
}

TEST_CASE("a rule can be for the nth request to one path", "[wechat_simulator][fault]") {
  Sending it;
  it.world.fail({{"errcode", -1}}, {{"path", lab::template_send}, {"nth", 2}});
  it.world.stable_token();
  CHECK(it.code() == 0);
  CHECK(it.code() == -1);
  CHECK(it.code() == 0);
}

TEST_CASE("chance is the same for the same seed", "[wechat_simulator][fault]") {
  const auto pattern = [](int seed) {
    Sending it;
    it.world.fail({{"errcode", -1}}, {{"probability", 0.5}, {"seed", seed}}, -1);
    std::string all;
    for (int i = 0; i < 64; ++i) all += it.code() == 0 ? '0' : '1';
    return all;
  };
  CHECK(pattern(1) == pattern(1));
  CHECK(pattern(1) != pattern(2));
  CHECK(pattern(1).find('0') != std::string::npos);
  CHECK(pattern(1).find('1') != std::string::npos);
}

TEST_CASE("a timeout comes before the message is taken, or behind that", "[wechat_simulator][fault]") {
  Sending it;
  it.world.fail("timeout_before_commit");
  CHECK(it.exchange().plan.act == Act::silence);
  CHECK(it.world.delivered() == 0);
  it.world.fail("timeout_after_commit");
  CHECK(it.exchange().plan.act == Act::silence);
  CHECK(it.world.delivered() == 1);
  CHECK(it.world.admin("GET", "callbacks").at("entries").size() == 1);
  const Json entries = it.world.admin("GET", "journal").at("entries");
  CHECK(entries.at(1).at("committed") == false);
  CHECK(entries.at(2).at("committed") == true);
}

TEST_CASE("tokens become stale by faults", "[wechat_simulator][fault]") {
  Sending it;
  it.world.fail("token_expire");
  CHECK(it.code() == 42001);
  it.token = Lab::value(it.world.stable_token());
  it.world.fail("token_invalidate");
  CHECK(it.code() == 40001);
  it.token = Lab::value(it.world.stable_token());
  it.world.fail("rotate_by_other_node");
  CHECK(it.code() == 40001);
  const Json tokens = it.world.admin("GET", "tokens");
  CHECK(tokens.at("by").at("another node") == 1);
  CHECK(Lab::value(it.world.stable_token()) == tokens.at("entries").back().at("access_token"));
}

TEST_CASE("what goes wrong on the way is part of the plan", "[wechat_simulator][fault]") {
  Sending it;
  const auto plan = [&](const Json& action) {
    it.world.fail(action);
    return it.exchange();
  };
  CHECK(plan("reset_after_headers").plan.act == Act::reset_after_headers);
  CHECK(plan("half_close").plan.act == Act::half_close);
  CHECK(plan("truncated_body").plan.act == Act::truncate);
  CHECK(plan({{"slow_drip", 5}}).plan.drip_ms == 5);
  CHECK(plan({{"delay_ms", 70}}).plan.delay_ms == 70);
  CHECK(plan("empty_body").answer.body.empty());
  CHECK(Json::parse(plan("garbage_json").answer.body, nullptr, false).is_discarded());
  CHECK(plan("wrong_content_type").answer.content_type == "text/plain");
  CHECK(it.world.delivered() == 8);
  CHECK(plan({{"http_status", 502}}).answer.status == 502);
  CHECK(plan({{"redirect", "http://127.0.0.1:1/"}}).answer.location == "http://127.0.0.1:1/");
  CHECK(plan("reset").plan.act == Act::reset);
  CHECK(plan({{"refuse_connect", 9}}).plan.refuse_ms == 9);
  CHECK(it.world.delivered() == 8);
}

TEST_CASE("a kept connection ends only where one is kept", "[wechat_simulator][fault]") {
  Sending it;
  it.world.fail("close_keepalive");
  CHECK(it.exchange("ann", false).plan.act == Act::answer);
  CHECK(it.exchange("ann", true).plan.act == Act::close);
  CHECK(it.exchange("ann", true).plan.act == Act::answer);
  CHECK(it.world.delivered() == 2);
}

TEST_CASE("faults of the surroundings", "[wechat_simulator][fault]") {
  Sending it;
  it.world.admin("POST", "account/wx1", {{"ip_whitelist", {"127.0.0.1"}}});
  it.world.fail({{"ip_change", "10.9.8.7"}});
  const Json refused = Json::parse(it.exchange().answer.body);
  CHECK(refused.at("errcode") == 40164);
  CHECK(refused.at("errmsg").get<std::string>().find("10.9.8.7") != std::string::npos);
  it.world.fail({{"quota_set", 100'000}});
  CHECK(it.code() == 45009);
  it.world.fail("ban_secret");
  CHECK(it.world.plain_token().at("errcode") == 45009);
  const std::int64_t before = it.world.simulator.now();
  it.world.fail({{"clock_skew", 5000}});
  it.exchange();
  CHECK(it.world.simulator.now() == before + 5000);
}

TEST_CASE("an unknown action is refused", "[wechat_simulator][fault]") {
  Lab world;
  CHECK_THROWS(world.fail("tiemout"));
  CHECK_THROWS(world.admin("POST", "faults", {{"on", "receipt"}, {"action", {{"staus", "x"}}}}));
}
