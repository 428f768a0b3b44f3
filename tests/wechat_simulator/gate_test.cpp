// SPDX-License-Identifier: BSL-1.0
//
// What the simulator sends is what the library reads: the two have the cipher in common, and nothing else.

#include <tidings/request_snapshot.hpp>
#include <tidings/wechat/callback_account.hpp>
#include <tidings/wechat/callback_gate.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "wechat_simulator/lab.hpp"

#include <string>
#include <vector>

using lab::Json;
using lab::Lab;
using tidings::wechat::CallbackAccount;
using tidings::wechat::CallbackDecision;
using tidings::wechat::CallbackGate;
using wechat_simulator::CallbackPost;

namespace {

struct Look {
  const char* mode;
  const char* format;
  const char* list;
};

CallbackAccount::Mode mode_of(const std::string& name) {
  if (name == "plain") return CallbackAccount::Mode::plain;
  return name == "safe" ? CallbackAccount::Mode::safe : CallbackAccount::Mode::compatible;
}

CallbackGate gate_of(const std::string& mode) {
  return CallbackGate{{{.name = "oa",
                        .mode = mode_of(mode),
                        .id = "wx1",
                        .token = "tok",
                        .aes_key = mode == "plain" ? "" : lab::aes_key}}};
}

tidings::RequestSnapshot request_of(const CallbackPost& post) {
  tidings::RequestSnapshot request;
  request.method = post.method;
  request.target = "/cb?" + post.query;
  request.body = post.body;
  return request;
}

Lab lab_of(const Look& look) {
  Json callback = {{"url", "http://127.0.0.1:1/cb"}, {"token", "tok"}, {"mode", look.mode}};
  callback.update(Json{{"format", look.format}, {"list", look.list}, {"aes_key", lab::aes_key}});
  return Lab(lab::config_with(Json::array(
      {{{"callback", callback}, {"users", Json::parse(R"([{"openid": "ann", "allowances": {"T": 9}}])")}}})));
}

CallbackPost one_of(Lab& world) {
  const std::vector<CallbackPost> posts = world.simulator.take_callbacks();
  REQUIRE(posts.size() == 1);
  return posts.front();
}

}  // namespace

TEST_CASE("the library reads what the simulator sends, in every dress", "[wechat_simulator][gate]") {
  const char* mode = GENERATE("plain", "compat", "safe");
  const char* format = GENERATE("xml", "json");
  const char* list = GENERATE("object", "array");
  Lab world = lab_of({mode, format, list});
  CallbackGate gate = gate_of(mode);
  const tidings::wall_time now{world.simulator.now()};
  const std::string token = Lab::value(world.stable_token());

  const Json sent = world.post(lab::template_send, token, lab::template_message());
  const CallbackPost receipt = one_of(world);
  CallbackDecision decision = gate.on_request(request_of(receipt), now);
  REQUIRE(decision.kind == CallbackDecision::Kind::accepted);
  CHECK(decision.event->msgid == std::to_string(sent.at("msgid").get<std::int64_t>()));
  CHECK(decision.event->status == "success");
  CHECK(decision.event->from_user == "ann");

  // It comes again, with another signature.
  world.simulator.on_callback_result(receipt.id, {.status = 500});
  CHECK(gate.on_request(request_of(one_of(world)), now).kind == CallbackDecision::Kind::repeated);

  CHECK(world.code_of("/cgi-bin/message/subscribe/bizsend", token, lab::template_message()) == 0);
  decision = gate.on_request(request_of(one_of(world)), now);
  REQUIRE(decision.kind == CallbackDecision::Kind::accepted);
  REQUIRE(decision.event->items.size() == 1);
  CHECK(decision.event->items.front().error_status == "success");
  CHECK(decision.event->items.front().template_id == "T");
}

TEST_CASE("the library refuses what the simulator forges", "[wechat_simulator][gate]") {
  const Json action = GENERATE(Json{{"forged", true}}, Json{{"receiver", "wx9"}},
                               Json{{"aes_key", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"}}, Json{{"token", "x"}});
  Lab world = lab_of({"safe", "xml", "object"});
  CallbackGate gate = gate_of("safe");
  const tidings::wall_time now{world.simulator.now()};
  world.admin("POST", "faults", {{"on", "receipt"}, {"action", action}});
  const std::string token = Lab::value(world.stable_token());
  CHECK(world.code_of(lab::template_send, token, lab::template_message()) == 0);
  CHECK(gate.on_request(request_of(one_of(world)), now).kind == CallbackDecision::Kind::refused);
  CHECK(world.code_of(lab::template_send, token, lab::template_message()) == 0);
  CHECK(gate.on_request(request_of(one_of(world)), now).kind == CallbackDecision::Kind::accepted);
}

TEST_CASE("the library answers the simulator's question for the URL", "[wechat_simulator][gate]") {
  Lab world = lab_of({"safe", "xml", "object"});
  CallbackGate gate = gate_of("safe");
  world.admin("POST", "callbacks/verify");
  const CallbackPost asked = one_of(world);
  const CallbackDecision decision = gate.on_request(request_of(asked), {world.simulator.now()});
  CHECK(decision.kind == CallbackDecision::Kind::verified);
  world.simulator.on_callback_result(asked.id, {.status = 200, .body = decision.body});
  CHECK(world.admin("GET", "callbacks").at("entries").back().at("state") == "received");
}
