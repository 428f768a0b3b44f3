// SPDX-License-Identifier: BSL-1.0

#include <catch2/catch_test_macros.hpp>

#include "wechat_simulator/lab.hpp"

using lab::Json;
using lab::Lab;

namespace {

Json config_with_quota(std::int64_t a_day, std::int64_t a_minute = 1000) {
  Json config = lab::config_with(Json::array({{{"quotas", {{lab::template_send, a_day}}},
                                               {"minute_limits", {{lab::template_send, a_minute}}},
                                               {"clears_per_month", 1},
                                               {"token_ttl", 100'000'000}}}));
  config["start"] = "2026-01-15T23:59:30+08:00";
  return config;
}

int send(Lab& world, const std::string& token) {
  return world.code_of(lab::template_send, token, lab::template_message());
}

}  // namespace

TEST_CASE("a day's quota begins anew at midnight in Shanghai", "[wechat_simulator][quota]") {
  Lab world(config_with_quota(2));
  const std::string token = Lab::value(world.stable_token());
  CHECK(send(world, token) == 0);
  CHECK(send(world, token) == 0);
  CHECK(send(world, token) == 45009);
  world.advance(29'999);
  CHECK(send(world, token) == 45009);
  world.advance(1);
  CHECK(send(world, token) == 0);
  CHECK(world.admin("GET", "quota").at("wx1").at(lab::template_send).at("used") == 1);
}

TEST_CASE("a minute's limit ends with the minute of the clock", "[wechat_simulator][quota]") {
  Lab world(config_with_quota(100, 1));
  const std::string token = Lab::value(world.stable_token());
  world.advance(20'000);
  CHECK(send(world, token) == 0);
  CHECK(send(world, token) == 45011);
  world.advance(10'000);
  CHECK(send(world, token) == 0);
}

TEST_CASE("a quota can be cleared, so often a month", "[wechat_simulator][quota]") {
  Lab world(config_with_quota(1));
  const std::string token = Lab::value(world.stable_token());
  const Json secret = {{"appid", "wx1"}, {"appsecret", "s1"}};
  CHECK(send(world, token) == 0);
  CHECK(send(world, token) == 45009);
  CHECK(world.code_of("/cgi-bin/clear_quota", token, {{"appid", "wx2"}}) == 40013);
  CHECK(world.code_of("/cgi-bin/clear_quota", token, {{"appid", "wx1"}}) == 0);
  CHECK(send(world, token) == 0);
  CHECK(world.post("/cgi-bin/clear_quota/v2", Lab::Query{}, secret.dump()).at("errcode") == 48006);
  world.admin("POST", "clock", {{"set", "2026-02-01T00:00:00+08:00"}});
  CHECK(world.post("/cgi-bin/clear_quota/v2", Lab::Query{}, secret.dump()).at("errcode") == 0);
}

TEST_CASE("a quota can be asked for", "[wechat_simulator][quota]") {
  Lab world(config_with_quota(5));
  const std::string token = Lab::value(world.stable_token());
  send(world, token);
  const std::string path = "/cgi-bin/openapi/quota/get";
  const Json answer = world.post(path, token, {{"cgi_path", lab::template_send}});
  CHECK(answer.at("quota") == Json({{"daily_limit", 5}, {"used", 1}, {"remain", 4}}));
  CHECK(world.code_of(path, token, {{"cgi_path", "/none"}}) == 76021);
  CHECK(world.code_of(path, token, {{"cgi_path", lab::app_send}}) == 76022);
}
