// SPDX-License-Identifier: BSL-1.0

#include <catch2/catch_test_macros.hpp>

#include "wechat_simulator/lab.hpp"

#include <string>

using lab::Json;
using lab::Lab;

TEST_CASE("the same seed brings the same answers", "[wechat_simulator][answer]") {
  const auto talk = [](int seed) {
    Json config = lab::config_with();
    config["seed"] = seed;
    config["answers"]["rid"] = true;
    Lab world(config);
    const Json token = world.plain_token();
    const Json sent = world.post(lab::template_send, Lab::value(token), lab::template_message());
    const Json refused = world.post(lab::template_send, "none", lab::template_message());
    return token.dump() + sent.dump() + refused.dump();
  };
  CHECK(talk(1) == talk(1));
  CHECK(talk(1) != talk(2));
}

TEST_CASE("answers look as configured", "[wechat_simulator][answer]") {
  Json config = lab::config_with();
  config["answers"] = {{"content_type", "text/plain"}, {"omit_errcode", true}, {"rid", true}};
  config["latency_ms"] = 7;
  Lab world(config);
  const std::string token = Lab::value(world.stable_token());
  const auto sent = world.exchange({.method = "POST",
                                    .path = lab::template_send,
                                    .query = {{"access_token", token}},
                                    .body = lab::template_message().dump()});
  CHECK(sent.answer.content_type == "text/plain");
  CHECK(sent.plan.delay_ms == 7);
  CHECK_FALSE(Json::parse(sent.answer.body).contains("errcode"));
  const std::string refused = world.post(lab::template_send, "none", lab::template_message()).at("errmsg").dump();
  CHECK(refused.find(" rid: ") != std::string::npos);
  CHECK(world.app_token("wrong").at("errmsg").get<std::string>().find("from ip: 127.0.0.1") != std::string::npos);
}

TEST_CASE("a spelling mistake in the configuration is told", "[wechat_simulator][answer]") {
  CHECK_THROWS(Lab(Json{{"acounts", Json::array()}}));
  CHECK_THROWS(Lab(lab::config_with(Json::array({{{"secrt", "x"}}}))));
  CHECK_THROWS(Lab(lab::config_with(Json::array({{{"callback", {{"mode", "safe"}}}}}))));
  CHECK_THROWS(Lab(Json{{"start", "yesterday"}}));
  Lab world;
  CHECK_THROWS(world.admin("POST", "config", {{"acounts", Json::array()}}));
  CHECK(world.plain_token().contains("access_token"));
}

TEST_CASE("times are read with their offset", "[wechat_simulator][answer]") {
  Json config = lab::config_with();
  config["start"] = "2026-01-15T02:00:00.5Z";
  Lab world(config);
  const Json clock = world.admin("GET", "clock");
  CHECK(clock.at("now") == 1'768'442'400'500);
  CHECK(clock.at("iso") == "2026-01-15T10:00:00.500+08:00");
  world.admin("POST", "clock", {{"set", "2026-03-01T00:00:00+08:00"}});
  CHECK(world.admin("GET", "clock").at("iso") == "2026-03-01T00:00:00.000+08:00");
}

TEST_CASE("a real clock moves with the time that it is told, and by hand", "[wechat_simulator][answer]") {
  Json config = lab::config_with();
  config["clock"] = "real";
  Lab world(config);
  world.simulator.on_real_time(5'000'000);
  CHECK(world.simulator.now() == 5'000'000);
  world.advance(60'000);
  world.simulator.on_real_time(5'001'000);
  CHECK(world.simulator.now() == 5'061'000);
  world.admin("POST", "reset");
  CHECK(world.simulator.now() == 5'001'000);
}

TEST_CASE("the journal is read in pages", "[wechat_simulator][answer]") {
  Lab world;
  for (int i = 0; i < 5; ++i) world.plain_token();
  const Json page = world.admin("GET", "journal", Json::object(), {{"after", "2"}, {"limit", "2"}});
  CHECK(page.at("last") == 5);
  CHECK(page.at("entries").size() == 2);
  CHECK(page.at("entries").at(0).at("number") == 3);
}
