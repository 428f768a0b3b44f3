// SPDX-License-Identifier: BSL-1.0

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "wechat_simulator/lab.hpp"

#include <vector>

using lab::Json;
using lab::Lab;

namespace {

// A call with everything wrong that is checked from `first` on; what is checked before is right.
struct Wrong {
  int code;
  int place;
};

int code_with_wrongs_from(int place) {
  Json patch = {{"refuses_escapes", true}, {"minute_limits", {{lab::template_send, place <= 6 ? 0 : 100}}}};
  patch["quotas"] = {{lab::template_send, place <= 7 ? 0 : 100}};
  if (place <= 5) patch["ip_whitelist"] = {"10.0.0.0/8"};
  Lab world(lab::config_with(Json::array({patch})));
  const auto claim = world.exchange({.method = "GET",
                                     .path = "/cgi-bin/token",
                                     .query = {{"grant_type", "client_credential"}, {"appid", "wx1"}, {"secret", "s1"}},
                                     .ip = "10.1.1.1"});
  const std::string token = Lab::value(Json::parse(claim.answer.body));
  Json body = {{"touser", place <= 9    ? "nobody"
                          : place <= 10 ? "ben"
                          : place <= 11 ? "cat"
                                        : "ann"},
               {"template_id", place <= 8 ? "none" : "T"},
               {"data", {{"thing1", {{"value", place <= 12 ? "" : "tea"}}}}}};
  std::string text = body.dump();
  if (place <= 4) text.insert(1, R"("x": "\u0041", )");
  if (place <= 3) text = "{";
  const lab::ApiRequest request{.method = place <= 2 ? "GET" : "POST",
                                .path = lab::template_send,
                                .query = {{"access_token", place <= 1 ? "none" : token}},
                                .body = text};
  return Json::parse(world.exchange(request).answer.body).at("errcode").get<int>();
}

}  // namespace

TEST_CASE("a template message is checked in the documented order", "[wechat_simulator][order]") {
  // Each row: everything is wrong from here on, and the first wrong is what is told.
  const auto row = GENERATE(values<Wrong>({{40014, 1},
                                           {43002, 2},
                                           {47001, 3},
                                           {40033, 4},
                                           {40164, 5},
                                           {45011, 6},
                                           {45009, 7},
                                           {40037, 8},
                                           {40003, 9},
                                           {43004, 10},
                                           {43019, 11},
                                           {47003, 12},
                                           {0, 13}}));
  CHECK(code_with_wrongs_from(row.place) == row.code);
}

TEST_CASE("a token is missing, unknown, expired or not the latest", "[wechat_simulator][order]") {
  Lab world;
  CHECK(world.post(lab::template_send, Lab::Query{}, "{}").at("errcode") == 41001);
  const std::string old = Lab::value(world.plain_token());
  world.plain_token();
  world.advance(300'000);
  CHECK(world.code_of(lab::template_send, old, Json::object()) == 40001);
  world.advance(6'900'000);
  CHECK(world.code_of(lab::template_send, old, Json::object()) == 42001);
  CHECK(world.code_of(lab::template_send, Lab::value(world.app_token()), Json::object()) == 40014);
}

TEST_CASE("a token of another kind of account does not open a path", "[wechat_simulator][order]") {
  Lab world;
  const std::string official = Lab::value(world.stable_token());
  const std::string mini = Lab::value(world.stable_token("false", "2"));
  CHECK(world.code_of("/cgi-bin/message/subscribe/send", official, {{"touser", "ann"}}) == 48001);
  CHECK(world.code_of(lab::template_send, mini, lab::template_message()) == 48001);
  CHECK(world.code_of(lab::app_send, official, lab::app_message("Ann")) == 40014);
}

TEST_CASE("a client_msg_id is one message for ten minutes", "[wechat_simulator][template]") {
  Lab world;
  const std::string token = Lab::value(world.stable_token());
  Json message = lab::template_message();
  message["client_msg_id"] = "k";
  const Json first = world.post(lab::template_send, token, message);
  CHECK(first.at("msgid").get<std::int64_t>() > (std::int64_t{1} << 53));
  CHECK(world.post(lab::template_send, token, message).at("msgid") == first.at("msgid"));
  CHECK(world.delivered() == 1);
  world.advance(599'999);
  world.post(lab::template_send, token, message);
  CHECK(world.delivered() == 1);
  world.advance(1);
  CHECK(world.post(lab::template_send, token, message).at("msgid") != first.at("msgid"));
  CHECK(world.delivered() == 2);
  CHECK(world.admin("GET", "callbacks").at("entries").size() == 2);
}

TEST_CASE("another user's client_msg_id is another", "[wechat_simulator][template]") {
  Lab world;
  world.admin("POST", "user/fay");
  const std::string token = Lab::value(world.stable_token());
  for (const char* to : {"ann", "fay"}) {
    Json message = lab::template_message(to);
    message["client_msg_id"] = "k";
    CHECK(world.code_of(lab::template_send, token, message) == 0);
  }
  CHECK(world.delivered() == 2);
}

TEST_CASE("a user who refuses gets nothing, and the receipt says so", "[wechat_simulator][template]") {
  Lab world;
  const std::string token = Lab::value(world.stable_token());
  CHECK(world.code_of(lab::template_send, token, lab::template_message("dan")) == 0);
  CHECK(world.delivered() == 0);
  const Json callback = world.admin("GET", "callbacks").at("entries").at(0);
  CHECK(callback.at("body").at("Status") == "failed:user block");
}

TEST_CASE("what is subscribed to once can be sent once", "[wechat_simulator][subscribe]") {
  Lab world;
  const std::string token = Lab::value(world.stable_token("false", "2"));
  const std::string path = "/cgi-bin/message/subscribe/send";
  Json message = {{"touser", "eve"}, {"template_id", "M"}, {"data", Json::object()}, {"page", "pages/none"}};
  CHECK(world.code_of(path, token, message) == 41030);
  message["page"] = "pages/index?x=1";
  CHECK(world.post(path, token, message).contains("msgid"));
  CHECK(world.code_of(path, token, message) == 43101);
  world.admin("POST", "user/eve", {{"account", "wx2"}, {"event", "popup"}, {"template_id", "M"}});
  CHECK(world.code_of(path, token, message) == 0);
  CHECK(world.delivered() == 2);
}

TEST_CASE("a customer message needs a window that the user has opened", "[wechat_simulator][customer]") {
  Lab world;
  const std::string path = "/cgi-bin/message/custom/send";
  const auto send = [&](const std::string& to) {
    return world.code_of(path, Lab::value(world.stable_token()),
                         {{"touser", to}, {"msgtype", "text"}, {"text", {{"content", "tea"}}}});
  };
  CHECK(send("ann") == 45015);
  CHECK(send("dan") == 48002);
  world.admin("POST", "user/ann", {{"account", "wx1"}, {"event", "menu"}});
  for (int i = 0; i < 3; ++i) CHECK(send("ann") == 0);
  CHECK(send("ann") == 45047);
  world.admin("POST", "user/ann", {{"account", "wx1"}, {"event", "message"}});
  CHECK(send("ann") == 0);
  world.advance(48 * 3'600'000);
  CHECK(send("ann") == 45015);
}

TEST_CASE("what is no path, or none any more", "[wechat_simulator][order]") {
  Lab world;
  CHECK(world.exchange({.method = "GET", .path = "/cgi-bin/nothing"}).answer.status == 404);
  const std::string token = Lab::value(world.stable_token());
  CHECK(world.code_of("/cgi-bin/message/wxopen/template/uniform_send", token, Json::object()) == 45109);
}
