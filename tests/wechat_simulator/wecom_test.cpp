// SPDX-License-Identifier: BSL-1.0

#include <catch2/catch_test_macros.hpp>

#include "wechat_simulator/lab.hpp"

#include <string>

using lab::Json;
using lab::Lab;

namespace {

Json config_with_limits(const Json& limits) {
  return lab::config_with(Json::array({Json::object(), Json::object(), {{"wecom", limits}}}));
}

std::string many(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += "x|";
  return out;
}

}  // namespace

TEST_CASE("those who cannot be reached are named, the others get the message", "[wechat_simulator][wecom]") {
  Lab world;
  const std::string token = Lab::value(world.app_token());
  const Json answer = world.post(lab::app_send, token, lab::app_message("ANN|ben|cat|Dan|Nobody"));
  CHECK(answer.at("errcode") == 0);
  CHECK(answer.at("invaliduser") == "dan|nobody");
  CHECK(answer.at("unlicenseduser") == "cat");
  CHECK(answer.at("msgid").is_string());
  CHECK(world.delivered() == 2);
}

TEST_CASE("departments, tags and everybody", "[wechat_simulator][wecom]") {
  Lab world;
  const std::string token = Lab::value(world.app_token());
  Json message = lab::app_message("Ann");
  message["toparty"] = "1|9";
  message["totag"] = "t|u";
  const Json answer = world.post(lab::app_send, token, message);
  CHECK(answer.at("invalidparty") == "9");
  CHECK(answer.at("invalidtag") == "u");
  CHECK(world.delivered() == 2);
  CHECK(world.code_of(lab::app_send, token, lab::app_message("@all")) == 0);
  CHECK(world.delivered() == 4);
}

TEST_CASE("an application message is checked in the documented order", "[wechat_simulator][wecom]") {
  Lab world;
  const std::string token = Lab::value(world.app_token());
  Json message = {{"agentid", 8}, {"msgtype", "none"}};
  const auto code = [&] { return world.code_of(lab::app_send, token, message); };
  CHECK(code() == 301002);
  message["agentid"] = 7;
  CHECK(code() == 82001);
  message["touser"] = many(1001);
  CHECK(code() == 40032);
  message["touser"] = "nobody";
  message["toparty"] = many(101);
  CHECK(code() == 82002);
  message["toparty"] = "";
  message["totag"] = many(101);
  CHECK(code() == 82003);
  message["totag"] = "";
  CHECK(code() == 40008);
  message["msgtype"] = "text";
  message["text"] = {{"content", ""}};
  CHECK(code() == 44004);
  message["text"] = {{"content", std::string(2049, 'x')}};
  CHECK(code() == 45002);
  message["text"] = {{"content", "tea"}};
  CHECK(code() == 81013);
  CHECK(world.post(lab::app_send, token, message).at("invaliduser") == "nobody");
  message["touser"] = "ann";
  CHECK(code() == 0);
}

TEST_CASE("the same body is not delivered again while its check lasts", "[wechat_simulator][wecom]") {
  Lab world;
  const std::string token = Lab::value(world.app_token());
  Json message = lab::app_message("Ann");
  message["enable_duplicate_check"] = 1;
  message["duplicate_check_interval"] = 600;
  const Json first = world.post(lab::app_send, token, message);
  CHECK(world.post(lab::app_send, token, message).at("msgid") == first.at("msgid"));
  CHECK(world.delivered() == 1);
  Json other = message;
  other["text"]["content"] = "coffee";
  world.post(lab::app_send, token, other);
  CHECK(world.delivered() == 2);
  world.advance(600'000);
  CHECK(world.post(lab::app_send, token, message).at("msgid") != first.at("msgid"));
  CHECK(world.delivered() == 3);
}

TEST_CASE("what is too much for one member is dropped without a word", "[wechat_simulator][wecom]") {
  Lab world;
  const std::string token = Lab::value(world.app_token());
  for (int i = 0; i < 31; ++i) {
    CHECK(world.code_of(lab::app_send, token, lab::app_message("Ann", std::to_string(i))) == 0);
  }
  CHECK(world.delivered() == 30);
  CHECK(world.admin("GET", "dropped").at("entries").size() == 1);
  world.advance(60'000);
  world.code_of(lab::app_send, token, lab::app_message("Ann", "later"));
  CHECK(world.delivered() == 31);
}

TEST_CASE("each person counts for a WeCom day", "[wechat_simulator][wecom]") {
  Lab world(config_with_limits({{"account_limit", 1}, {"per_member_min", 1000}}));
  const std::string token = Lab::value(world.app_token());
  for (int i = 0; i < 100; ++i) world.post(lab::app_send, token, lab::app_message("Ann|Ben", std::to_string(i)));
  CHECK(world.delivered() == 200);
  CHECK(world.code_of(lab::app_send, token, lab::app_message("Ann")) == 45009);
  world.advance(24 * 3'600'000);
  CHECK(world.code_of(lab::app_send, Lab::value(world.app_token()), lab::app_message("Ann")) == 0);
}

TEST_CASE("too many calls at a time are refused", "[wechat_simulator][wecom]") {
  Lab world(config_with_limits({{"concurrency", 2}}));
  const std::string token = Lab::value(world.app_token());
  const lab::ApiRequest request{.method = "POST",
                                .path = lab::app_send,
                                .query = {{"access_token", token}},
                                .body = lab::app_message("Ann").dump()};
  const auto code = [](const lab::Exchange& done) { return Json::parse(done.answer.body).at("errcode").get<int>(); };
  const lab::Exchange first = world.simulator.handle(request);
  const lab::Exchange second = world.simulator.handle(request);
  const lab::Exchange third = world.simulator.handle(request);
  CHECK(code(first) == 0);
  CHECK(code(second) == 0);
  CHECK(code(third) == 45033);
  world.simulator.on_finished(third.id);
  world.simulator.on_finished(first.id);
  CHECK(code(world.simulator.handle(request)) == 0);
}

TEST_CASE("who calls too often in a minute waits for a whole one", "[wechat_simulator][wecom]") {
  Lab world(config_with_limits({{"corp_api_min", 1}}));
  const std::string token = Lab::value(world.app_token());
  world.advance(50'000);
  CHECK(world.code_of(lab::app_send, token, lab::app_message("Ann")) == 0);
  CHECK(world.code_of(lab::app_send, token, lab::app_message("Ann")) == 45009);
  world.advance(59'999);
  CHECK(world.code_of(lab::app_send, token, lab::app_message("Ann")) == 45009);
  world.advance(1);
  CHECK(world.code_of(lab::app_send, token, lab::app_message("Ann")) == 0);
}

TEST_CASE("an interactive card brings a response code", "[wechat_simulator][wecom]") {
  Lab world;
  const std::string token = Lab::value(world.app_token());
  Json message = {{"touser", "Ann"},
                  {"agentid", 7},
                  {"msgtype", "template_card"},
                  {"template_card", {{"card_type", "button_interaction"}}}};
  CHECK(world.post(lab::app_send, token, message).contains("response_code"));
  message["template_card"]["card_type"] = "text_notice";
  CHECK_FALSE(world.post(lab::app_send, token, message).contains("response_code"));
}
