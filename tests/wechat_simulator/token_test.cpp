// SPDX-License-Identifier: BSL-1.0

#include <catch2/catch_test_macros.hpp>

#include "wechat_simulator/lab.hpp"

using lab::Json;
using lab::Lab;

namespace {

constexpr std::int64_t second = 1000;

int use(Lab& world, const std::string& token) {
  return world.code_of(lab::template_send, token, lab::template_message());
}

}  // namespace

TEST_CASE("each plain token replaces the one before, which lives on for five minutes", "[wechat_simulator][token]") {
  Lab world;
  const std::string first = Lab::value(world.plain_token());
  const std::string second_one = Lab::value(world.plain_token());
  CHECK(first != second_one);
  world.advance(299 * second);
  CHECK(use(world, first) == 0);
  world.advance(1 * second);
  CHECK(use(world, first) == 40001);
  CHECK(use(world, second_one) == 0);
  CHECK(world.admin("GET", "tokens").at("minted") == 2);
}

TEST_CASE("a token ends when its time is over", "[wechat_simulator][token]") {
  Lab world;
  const Json token = world.plain_token();
  CHECK(token.at("expires_in") == 7200);
  CHECK_FALSE(token.contains("errcode"));
  world.advance(7200 * second - 1);
  CHECK(use(world, Lab::value(token)) == 0);
  world.advance(1);
  CHECK(use(world, Lab::value(token)) == 42001);
}

TEST_CASE("a stable token is the same until its last five minutes", "[wechat_simulator][token]") {
  Lab world;
  const std::string first = Lab::value(world.stable_token());
  world.advance(6899 * second);
  const Json again = world.stable_token();
  CHECK(Lab::value(again) == first);
  CHECK(again.at("expires_in") == 301);
  world.advance(1 * second);
  const Json next = world.stable_token();
  CHECK(Lab::value(next) != first);
  CHECK(next.at("expires_in") == 7200);
  CHECK(use(world, first) == 0);
  world.advance(300 * second);
  CHECK(use(world, first) == 42001);
}

TEST_CASE("a stable token is none of those that rotate", "[wechat_simulator][token]") {
  Lab world;
  const std::string stable = Lab::value(world.stable_token());
  world.plain_token();
  world.plain_token();
  world.advance(301 * second);
  CHECK(use(world, stable) == 0);
}

TEST_CASE("a forced token ends the one before at once, but not twice in thirty seconds, nor too often a day",
          "[wechat_simulator][token]") {
  Lab world(lab::config_with(Json::array({{{"force_per_day", 2}}})));
  const std::string first = Lab::value(world.stable_token());
  const std::string forced = Lab::value(world.stable_token("true"));
  CHECK(forced != first);
  CHECK(use(world, first) == 40001);
  world.advance(29 * second);
  CHECK(Lab::value(world.stable_token("true")) == forced);
  world.advance(1 * second);
  const std::string third = Lab::value(world.stable_token("true"));
  CHECK(third != forced);
  world.advance(60 * second);
  CHECK(Lab::value(world.stable_token("true")) == third);
}

TEST_CASE("a call for a token is refused in the documented order", "[wechat_simulator][token]") {
  Lab world(lab::config_with(Json::array({{{"ip_whitelist", {"127.0.0.0/8"}}, {"quotas", {{"/cgi-bin/token", 1}}}}})));
  const auto code = [&](const std::string& grant, const std::string& appid, const std::string& secret,
                        const std::string& ip) {
    const auto done = world.exchange({.method = "GET",
                                      .path = "/cgi-bin/token",
                                      .query = {{"grant_type", grant}, {"appid", appid}, {"secret", secret}},
                                      .ip = ip});
    return Json::parse(done.answer.body).value("errcode", 0);
  };
  CHECK(code("x", "wx1", "wrong", "10.0.0.1") == 40164);
  CHECK(code("x", "nobody", "wrong", "127.0.0.1") == 40002);
  CHECK(code("client_credential", "nobody", "wrong", "127.0.0.1") == 40013);
  CHECK(code("client_credential", "", "s1", "127.0.0.1") == 41002);
  CHECK(code("client_credential", "wx1", "", "127.0.0.1") == 41004);
  CHECK(code("client_credential", "wx1", "wrong", "127.0.0.1") == 40001);
  CHECK(code("client_credential", "wx1", "s1", "127.0.0.1") == 0);
  CHECK(code("client_credential", "wx1", "s1", "127.0.0.1") == 45009);
  CHECK(code("client_credential", "wx1", "wrong", "127.0.0.1") == 40001);
  CHECK(world.get("/cgi-bin/stable_token").at("errcode") == 43002);
}

TEST_CASE("each WeCom application has a token of its own", "[wechat_simulator][token]") {
  Lab world;
  const Json seven = world.app_token("s7");
  CHECK(seven.at("errcode") == 0);
  CHECK(Lab::value(world.app_token("s7")) == Lab::value(seven));
  CHECK(Lab::value(world.app_token("s8")) != Lab::value(seven));
  CHECK(world.app_token("wrong").at("errcode") == 40001);
  CHECK(world.get("/cgi-bin/gettoken", {{"corpid", "ww9"}, {"corpsecret", "s7"}}).at("errcode") == 40013);
}

TEST_CASE("who says wrong secrets too often is not listened to for an hour", "[wechat_simulator][token]") {
  Lab world(lab::config_with(Json::array({Json::object(), Json::object(), {{"wecom", {{"wrong_secrets", 3}}}}})));
  for (int i = 0; i < 3; ++i) CHECK(world.app_token("wrong").at("errcode") == 40001);
  CHECK(world.app_token("s7").at("errcode") == 45009);
  world.advance(3600 * second - 1);
  CHECK(world.app_token("s7").at("errcode") == 45009);
  world.advance(1);
  CHECK(world.app_token("s7").at("errcode") == 0);
}

TEST_CASE("a token that another node replaced is not the latest", "[wechat_simulator][token]") {
  Lab world;
  const std::string first = Lab::value(world.stable_token());
  const Json other = world.admin("POST", "tokens/invalidate", {{"account", "wx1"}, {"how", "rotate"}});
  CHECK(use(world, first) == 40001);
  CHECK(use(world, Lab::value(other)) == 0);
  CHECK(Lab::value(world.stable_token()) == Lab::value(other));
}
