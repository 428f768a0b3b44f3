// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat/callback_crypto.hpp>

#include <catch2/catch_test_macros.hpp>

#include "wechat_simulator/lab.hpp"

#include <map>
#include <string>
#include <vector>

using lab::Json;
using lab::Lab;
using wechat_simulator::CallbackPost;
using wechat_simulator::CallbackResult;

namespace {

using Crypto = tidings::wechat::CallbackCrypto;

// An Official Account whose server is looked at in the place of a socket.
struct Server {
  explicit Server(Json callback, const Json& more = Json::object()) : world(config_of(std::move(callback), more)) {}

  static Json config_of(Json callback, Json more) {
    callback["url"] = "http://127.0.0.1:1/cb";
    more["callback"] = std::move(callback);
    return lab::config_with(Json::array({std::move(more)}));
  }

  void send(const std::string& to = "ann") {
    if (token.empty()) token = Lab::value(world.stable_token());
    REQUIRE(world.code_of(lab::template_send, token, lab::template_message(to)) == 0);
  }
  std::vector<CallbackPost> take() { return world.simulator.take_callbacks(); }
  CallbackPost take_one() {
    const std::vector<CallbackPost> posts = take();
    REQUIRE(posts.size() == 1);
    return posts.front();
  }
  void answer(const CallbackPost& post, int status) {
    world.simulator.on_callback_result(post.id, {.status = status, .outcome = status ? "answered" : "timeout"});
  }
  std::string state() { return world.admin("GET", "callbacks").at("entries").back().at("state").get<std::string>(); }

  Lab world;
  std::string token{};
};

std::map<std::string, std::string> query_of(const std::string& text) {
  std::map<std::string, std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('&', at), text.size());
    const std::size_t equals = text.find('=', at);
    all[text.substr(at, equals - at)] = text.substr(equals + 1, end - equals - 1);
    at = end + 1;
  }
  return all;
}

std::string between(const std::string& text, const std::string& first, const std::string& last) {
  const std::size_t begin = text.find(first) + first.size();
  return text.substr(begin, text.find(last, begin) - begin);
}

}  // namespace

TEST_CASE("a receipt is signed, and leaves behind the answer", "[wechat_simulator][callback]") {
  Server server(Json({{"token", "tok"}}));
  const std::string token = Lab::value(server.world.stable_token());
  const lab::ApiRequest request{.method = "POST",
                                .path = lab::template_send,
                                .query = {{"access_token", token}},
                                .body = lab::template_message().dump()};
  const lab::Exchange exchange = server.world.simulator.handle(request);
  CHECK(server.take().empty());
  server.world.simulator.on_finished(exchange.id);
  const CallbackPost post = server.take_one();
  auto query = query_of(post.query);
  const Crypto crypto({.token = "tok"});
  CHECK(crypto.verify(query["signature"], query["timestamp"], query["nonce"]));
  CHECK(query["timestamp"] == "1768442400");
  const std::string msgid = between(exchange.answer.body, "\"msgid\":", "}");
  CHECK(post.body.find("<MsgID>" + msgid + "</MsgID>") != std::string::npos);
  CHECK(post.body.find("<Status><![CDATA[success]]></Status>") != std::string::npos);
}

TEST_CASE("a safe receipt can be opened with the key only", "[wechat_simulator][callback]") {
  Server server(Json({{"token", "tok"}, {"mode", "safe"}, {"aes_key", lab::aes_key}}));
  server.send();
  const CallbackPost post = server.take_one();
  auto query = query_of(post.query);
  const Crypto crypto({.token = "tok", .receiver = "wx1", .aes_key = lab::aes_key});
  const std::string sealed = between(post.body, "<Encrypt><![CDATA[", "]]>");
  CHECK(crypto.verify(query["msg_signature"], query["timestamp"], query["nonce"], sealed));
  CHECK(crypto.verify(query["signature"], query["timestamp"], query["nonce"]));
  Crypto::Opened opened;
  REQUIRE_FALSE(crypto.open(sealed, opened));
  CHECK(opened.message.find("TEMPLATESENDJOBFINISH") != std::string::npos);
  CHECK(post.body.find("TEMPLATESENDJOBFINISH") == std::string::npos);
}

TEST_CASE("in compat mode both are there; in JSON numbers are texts", "[wechat_simulator][callback]") {
  Server server(Json({{"mode", "compat"}, {"aes_key", lab::aes_key}, {"format", "json"}}));
  server.send();
  const Json body = Json::parse(server.take_one().body);
  CHECK(body.at("Event") == "TEMPLATESENDJOBFINISH");
  CHECK(body.at("MsgID").is_string());
  CHECK(body.at("Encrypt").is_string());
}

TEST_CASE("a receipt that is not received comes again, the same event, four times in all",
          "[wechat_simulator][callback]") {
  Server server(Json::object());
  server.send();
  std::string body;
  for (int i = 0; i < 4; ++i) {
    const CallbackPost post = server.take_one();
    if (i > 0) CHECK(post.body == body);
    body = post.body;
    CHECK(post.attempt == static_cast<std::size_t>(i + 1));
    server.answer(post, i % 2 == 0 ? 0 : 500);
  }
  CHECK(server.take().empty());
  CHECK(server.state() == "failed");
}

TEST_CASE("a receipt that was received comes again only as a duplicate", "[wechat_simulator][callback]") {
  Server server(Json({{"duplicates", 2}}));
  server.send();
  for (int i = 0; i < 3; ++i) server.answer(server.take_one(), 200);
  CHECK(server.take().empty());
  CHECK(server.state() == "received");
}

TEST_CASE("a receipt can be lost, late or ahead of the answer", "[wechat_simulator][callback]") {
  Server server(Json({{"delay_ms", {3'600'000, 3'600'000}}}));
  const auto rule = [&](const Json& action) {
    server.world.admin("POST", "faults", {{"on", "receipt"}, {"action", action}});
  };
  rule("lost");
  server.send();
  CHECK(server.state() == "lost");
  server.send();
  CHECK(server.take().empty());
  server.world.advance(3'599'999);
  CHECK(server.take().empty());
  server.world.advance(1);
  CHECK(server.take().size() == 1);
  server.send();
  server.world.admin("POST", "receipts/flush");
  CHECK(server.take().size() == 1);
  rule("before_answer");
  const lab::Exchange exchange = server.world.simulator.handle({.method = "POST",
                                                                .path = lab::template_send,
                                                                .query = {{"access_token", server.token}},
                                                                .body = lab::template_message().dump()});
  REQUIRE(exchange.behind_callback);
  CHECK(server.world.simulator.is_first_attempt_open(*exchange.behind_callback));
  const CallbackPost ahead = server.take_one();
  CHECK(ahead.id == *exchange.behind_callback);
  server.answer(ahead, 200);
  CHECK_FALSE(server.world.simulator.is_first_attempt_open(ahead.id));
}

TEST_CASE("receipts can say what nobody has heard of, in another spelling, with a wrong signature",
          "[wechat_simulator][callback]") {
  Server server(Json({{"token", "tok"}}));
  server.world.admin("POST", "faults",
                     {{"on", "receipt"},
                      {"match", {{"user", "ann"}}},
                      {"action", {{"status", "failed:freq limit"}, {"msgid_tag", "MsgId"}, {"forged", true}}}});
  server.send();
  const CallbackPost post = server.take_one();
  auto query = query_of(post.query);
  CHECK(post.body.find("<MsgId>") != std::string::npos);
  CHECK(post.body.find("failed:freq limit") != std::string::npos);
  CHECK_FALSE(Crypto({.token = "tok"}).verify(query["signature"], query["timestamp"], query["nonce"]));
  CHECK(server.world.delivered() == 0);
}

TEST_CASE("a list of one is an object or a list", "[wechat_simulator][callback]") {
  for (const char* list : {"object", "array"}) {
    Server server(Json::object({{"format", "json"}, {"list", list}}),
                  Json::parse(R"({"users": [{"openid": "ann", "allowances": {"T": 1}}]})"));
    server.token = Lab::value(server.world.stable_token());
    CHECK(server.world.code_of("/cgi-bin/message/subscribe/bizsend", server.token, lab::template_message()) == 0);
    const Json body = Json::parse(server.take_one().body);
    CHECK(body.at("List").is_array() == (std::string(list) == "array"));
  }
}

TEST_CASE("the URL is asked for, and must say the echo", "[wechat_simulator][callback]") {
  Server server(Json({{"token", "tok"}}));
  server.world.admin("POST", "callbacks/verify", {{"account", "wx1"}});
  const CallbackPost asked = server.take_one();
  CHECK(asked.method == "GET");
  server.world.simulator.on_callback_result(asked.id, {.status = 200, .body = "\"no\""});
  CHECK(server.state() == "failed");
  server.world.admin("POST", "callbacks/verify", {{"account", "wx1"}});
  const CallbackPost again = server.take_one();
  server.world.simulator.on_callback_result(again.id, {.status = 200, .body = query_of(again.query)["echostr"]});
  CHECK(server.state() == "received");
}

TEST_CASE("what users do is told", "[wechat_simulator][callback]") {
  Server server(Json::object());
  server.world.admin("POST", "user/ann", {{"event", "unfollow"}});
  CHECK(server.take_one().body.find("<![CDATA[unsubscribe]]>") != std::string::npos);
  server.token = Lab::value(server.world.stable_token());
  CHECK(server.world.code_of(lab::template_send, server.token, lab::template_message()) == 43004);
  server.world.admin("POST", "user/ann", {{"event", "message"}, {"content", "hello"}});
  CHECK(server.take_one().body.find("<MsgType><![CDATA[text]]>") != std::string::npos);
}

TEST_CASE("what is allowed can be taken away", "[wechat_simulator][callback]") {
  Server server(Json::object({{"format", "json"}}),
                Json::parse(R"({"users": [{"openid": "ann", "allowances": {"T": 1}}]})"));
  server.world.admin("POST", "user/ann", {{"event", "change"}, {"template_id", "T"}});
  const Json body = Json::parse(server.take_one().body);
  CHECK(body.at("Event") == "subscribe_msg_change_event");
  CHECK(body.at("List").at("SubscribeStatusString") == "reject");
  server.token = Lab::value(server.world.stable_token());
  CHECK(server.world.code_of("/cgi-bin/message/subscribe/bizsend", server.token, lab::template_message()) == 43101);
}

TEST_CASE("WeCom is told of safely only, in its own way", "[wechat_simulator][callback]") {
  for (const char* format : {"xml", "json"}) {
    const Json callback = {{"url", "http://127.0.0.1:1/cb"},
                           {"token", "tok"},
                           {"mode", "safe"},
                           {"aes_key", lab::aes_key},
                           {"format", format}};
    Lab world(lab::config_with(Json::array({Json::object(), Json::object(), {{"callback", callback}}})));
    world.admin("POST", "member/ann", {{"account", "ww1"}, {"event", "enter_agent"}, {"agentid", 8}});
    const std::vector<CallbackPost> posts = world.simulator.take_callbacks();
    REQUIRE(posts.size() == 1);
    auto query = query_of(posts.front().query);
    const std::string& body = posts.front().body;
    const bool is_json = std::string(format) == "json";
    const std::string sealed =
        is_json ? Json::parse(body).at("encrypt").get<std::string>() : between(body, "<Encrypt><![CDATA[", "]]>");
    const Crypto crypto({.token = "tok", .receiver = "ww1", .aes_key = lab::aes_key});
    CHECK_FALSE(query.contains("signature"));
    CHECK(crypto.verify(query["msg_signature"], query["timestamp"], query["nonce"], sealed));
    Crypto::Opened opened;
    REQUIRE_FALSE(crypto.open(sealed, opened));
    CHECK(opened.message.find("enter_agent") != std::string::npos);
    CHECK(opened.message.find("Ann") != std::string::npos);
  }
}

TEST_CASE("a result of before a reset is not one of what came since", "[wechat_simulator][callback]") {
  Server server(Json::object());
  server.send();
  const CallbackPost old = server.take_one();
  server.world.admin("POST", "reset");
  server.token.clear();
  server.send();
  server.take_one();
  server.answer(old, 200);
  CHECK(server.state() == "sent");
}
