// SPDX-License-Identifier: BSL-1.0
//
// Sends with a scripted API, a ledger and a clock that stands still.

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "wechat/send_desk_world.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace send_desk;

TEST_CASE("a message is sent once, and accepted", "[wechat][sender]") {
  World world;
  Process process = world.process();
  const auto report = process.send("alice");
  CHECK_FALSE(report->first);
  CHECK(report->second.recipients.at(0).state == AttemptState::accepted);
  CHECK(report->second.msgid == "3557254367693750001");
  CHECK(report->second.calls == 1);
  CHECK(process.states("alice") == "accepted");
  CHECK(process.history("alice").at(0).attempt.receipt_id == "3557254367693750001");
  CHECK(process.desk->under_way() == 0);
}

TEST_CASE("many that start cold ask for one token", "[wechat][sender][token]") {
  World world;
  world.api.hold = true;
  Process process = world.process();
  for (int i = 0; i < 100; ++i) process.send("u" + std::to_string(i));
  while (world.api.held() > 0) {
    world.api.release();
    world.thread.run();
  }
  CHECK(world.api.token_calls == 1);
  CHECK(world.api.delivered.size() == 100);
}

TEST_CASE("two processes with one store ask for one token", "[wechat][sender][token]") {
  World world;
  Process first = world.process("p1");
  Process second = world.process("p2");
  first.send("alice");
  second.number = 100;
  second.send("bob");
  CHECK(world.api.token_calls == 1);
  CHECK(world.api.delivered.size() == 2);
}

TEST_CASE("a token that somebody else has replaced costs one read, or one call", "[wechat][sender][token]") {
  World world;
  Process process = world.process();
  process.send("alice");
  SECTION("the new one is in the store") {
    world.api.rotate();
    world.tokens.write("official_account:wx1", 1, {world.api.valid(), world.thread.wall + 7200s, 2},
                       [](std::error_code, bool written) { REQUIRE(written); });
    process.send("bob");
    CHECK(world.api.token_calls == 1);
  }
  SECTION("it is not") {
    world.thread.pass(30s);
    world.api.rotate();
    process.send("bob");
    process.wait(60s);
    CHECK(world.api.token_calls == 2);
  }
  CHECK(process.states("bob") == "rejected accepted");
  CHECK(world.api.sends == 3);
  CHECK(world.api.delivered.size() == 2);
}

TEST_CASE("a token that is refused although it is new stops the account", "[wechat][sender][token]") {
  World world;
  Process process = world.process();
  world.thread.pass(30s);
  for (int i = 0; i < 9; ++i) world.api.script.push_back(Api::code(40001));
  const auto report = process.send("alice");
  process.wait(120s);
  CHECK(process.desk->is_stopped());
  CHECK(world.api.sends == 2);
  CHECK(world.api.token_calls == 2);
  CHECK(process.alarms[Alarm::Kind::credential_suspect] == 1);
  // Kept, also the next one, until somebody says that all is well.
  process.send("bob");
  process.wait(1h);
  CHECK(world.api.sends == 2);
  world.api.script.clear();
  process.desk->resume();
  world.thread.run();
  CHECK(process.states("bob") == "accepted");
  CHECK(report->second.recipients.at(0).state == AttemptState::accepted);
}

TEST_CASE("a secret that is refused is not asked about again and again", "[wechat][sender][token]") {
  World world;
  world.api.token_code = 40125;
  Process process = world.process();
  process.send("alice");
  process.wait(25s);
  CHECK(world.api.token_calls == 1);
  process.wait(20s);
  CHECK(world.api.token_calls == 2);
  CHECK(world.api.sends == 0);
  CHECK(process.states("alice") == "queued");
  CHECK(process.alarms[Alarm::Kind::credential_suspect] >= 1);
  world.api.token_code = 0;
  process.wait(20min);
  CHECK(process.states("alice") == "accepted");
}

TEST_CASE("silence is answered by a second try under the key, and by none without", "[wechat][sender][unknown]") {
  World world;
  Process process = world.process();
  for (const bool delivers : {false, true}) {
    world.api.script.push_back(Api::silence(delivers));
    const std::string user = delivers ? "alice" : "bob";
    process.send(user);
    process.wait(5min);
    CHECK(process.states(user) == "unknown accepted");
    world.api.script.push_back(Api::silence(delivers));
    const auto report = process.send(user + "2", false, Endpoint::customer_message);
    process.wait(1h);
    CHECK(process.states(user + "2") == "unknown");
    CHECK(report->second.recipients.at(0).ec == errc::connection_lost);
  }
  for (const auto& [whom, times] : world.api.delivered) CHECK(times == 1);
  CHECK(world.api.delivered.size() == 3);
}

TEST_CASE("what reached nobody is tried again, at the other host", "[wechat][sender]") {
  World world;
  Process process = world.process();
  world.api.script.push_back(Api::unreachable());
  process.send("alice", false, Endpoint::customer_message);
  process.wait(5min);
  CHECK(process.states("alice") == "rejected accepted");
}

TEST_CASE("a busy server is tried again, but not for ever", "[wechat][sender]") {
  World world;
  Process process = world.process();
  world.api.script = {Api::code(-1), Api::code(-1)};
  process.send("alice");
  process.wait(10min);
  CHECK(process.states("alice") == "rejected rejected accepted");
  for (int i = 0; i < 9; ++i) world.api.script.push_back(Api::code(-1));
  const auto report = process.send("bob");
  process.wait(2h);
  CHECK(report->second.dead);
  CHECK(report->second.calls == 4);
  CHECK(process.alarms[Alarm::Kind::dead_letter] == 1);
  // Somebody has looked at it.
  world.api.script.clear();
  bool again = false;
  world.ledger.requeue(process.history("bob").back().send.id, world.thread.wall,
                       [&](std::error_code, bool yes) { again = yes; });
  CHECK(again);
  process.wait(1min);
  CHECK(process.states("bob") == "rejected rejected rejected rejected accepted");
}

TEST_CASE("a day's quota holds the endpoint until midnight there", "[wechat][sender][limits]") {
  World world;
  Process process = world.process();
  world.api.script = {Api::code(45009)};
  process.send("alice");
  process.send("bob");
  // 22:13:20 UTC is 06:13:20 of the next day there.
  process.wait(17h);
  CHECK(world.api.sends == 1);
  process.send("carol", false, Endpoint::customer_message);
  CHECK(world.api.sends == 2);
  process.wait(2h);
  CHECK(process.states("alice") == "rejected accepted");
  CHECK(process.states("bob") == "accepted");
  CHECK(process.alarms[Alarm::Kind::quota] == 1);
}

TEST_CASE("a recipient who cannot be reached is not tried again until an event says otherwise", "[wechat][sender]") {
  World world;
  Process process = world.process();
  world.api.script = {Api::code(43004)};
  const auto report = process.send("alice");
  CHECK(report->second.recipients.at(0).ec == condition::recipient_unreachable);
  process.send("alice");
  process.wait(1h);
  CHECK(world.api.sends == 1);
  CHECK(process.states("alice") == "rejected dropped");
  process.desk->open_recipient("openid-alice");
  process.send("alice");
  CHECK(process.states("alice") == "rejected dropped accepted");
}

TEST_CASE("a process that dies leaves rows, and the next one goes on with them", "[wechat][sender][restart]") {
  World world;
  const bool keyed = GENERATE(true, false);
  const bool delivers = GENERATE(true, false);
  INFO("keyed " << keyed << ", delivered " << delivers);
  {
    Process process = world.process("p1");
    process.send("first");
    world.api.hold = true;
    if (delivers) world.api.script.push_back(Api::silence(true));
    process.send("alice", keyed, keyed ? Endpoint::template_message : Endpoint::customer_message);
    CHECK(process.states("alice") == "sending");
    if (delivers) {
      world.api.release();
      world.thread.work.clear();
    }
    world.api.forget();
  }
  world.api.hold = false;
  Process next = world.process("p2");
  // The dead one's lease has not ended.
  CHECK(next.states("alice") == "sending");
  next.wait(1min);
  CHECK(next.states("alice") == (keyed ? "unknown accepted" : "unknown"));
  int times = 0;
  for (const auto& [whom, count] : world.api.delivered) times += whom.starts_with("openid-alice") ? count : 0;
  CHECK(times == (keyed || delivers ? 1 : 0));
  CHECK(next.desk->under_way() == 0);
}

TEST_CASE("what may have been sent is not sent again when its key has ended", "[wechat][sender][restart]") {
  World world;
  {
    Process process = world.process("p1");
    world.api.script.push_back(Api::silence(true));
    process.send("alice");
    CHECK(process.states("alice") == "unknown queued");
  }
  world.thread.pass(20min);
  Process next = world.process("p2");
  next.wait(1h);
  CHECK(next.states("alice") == "unknown cancelled");
  CHECK(world.api.sends == 1);
  CHECK(next.desk->under_way() == 0);
}

TEST_CASE("what waits in the ledger goes out with the next process", "[wechat][sender][restart]") {
  World world;
  {
    Process process = world.process("p1");
    world.api.script = {Api::code(45009)};
    process.send("alice");
    process.send("bob");
  }
  Process next = world.process("p2");
  next.wait(24h);
  CHECK(next.states("alice") == "rejected accepted");
  CHECK(next.states("bob") == "accepted");
}

TEST_CASE("a call for several has a row for each", "[wechat][sender]") {
  World world;
  Process process = world.process();
  world.api.script = {
      {{},
       {200, {}, R"({"errcode":0,"errmsg":"ok","invaliduser":"bob","unlicenseduser":"carol","msgid":"m-1"})", true},
       true}};
  Outgoing message{.message = {7, 7}, .endpoint = Endpoint::app_message, .body = R"({"touser":"Alice|Bob|carol"})"};
  for (const char* each : {"Alice", "Bob", "carol"}) message.recipients.push_back({each, each});
  SendReport report;
  process.desk->send(std::move(message), [&](std::error_code, SendReport each) { report = std::move(each); });
  world.thread.run();
  CHECK(world.api.sends == 1);
  CHECK(process.states("Alice") == "accepted");
  CHECK(process.states("Bob") == "rejected");
  CHECK(process.states("carol") == "rejected");
  CHECK(report.recipients.at(1).ec == errc::refused);
  std::vector<MissedRecipient> missed;
  world.ledger.missed({7, 7}, [&](std::error_code, std::vector<MissedRecipient> all) { missed = std::move(all); });
  REQUIRE(missed.size() == 3);
  CHECK(missed[0].outcome == Outcome::written);
  CHECK(missed[1].reason == "an invalid user");
}

TEST_CASE("whom a call does not reach is told by department and tag too", "[wechat][sender]") {
  World world;
  Process process = world.process();
  world.api.script = {
      {{}, {200, {}, R"({"errcode":0,"errmsg":"ok","invalidparty":"2","invalidtag":"3","msgid":"m-1"})", true}, true}};
  Outgoing message{.message = {7, 7}, .endpoint = Endpoint::app_message, .body = R"({"touser":"Alice"})"};
  for (const char* each : {"Alice", "party:1", "party:2", "tag:3"}) message.recipients.push_back({each, each});
  process.desk->send(std::move(message), {});
  world.thread.run();
  CHECK(process.states("Alice") == "accepted");
  CHECK(process.states("party:1") == "accepted");
  CHECK(process.states("party:2") == "rejected");
  CHECK(process.states("tag:3") == "rejected");
}

TEST_CASE("two calls of one message stay two after a restart", "[wechat][sender][restart]") {
  World world;
  {
    Process process = world.process("p1");
    world.api.script = {Api::code(45009)};
    process.send("first", false, Endpoint::app_message);
    for (const std::string body : {R"({"touser":"a|b"})", R"({"touser":"c|d"})"}) {
      Outgoing message{.message = {7, 7}, .endpoint = Endpoint::app_message, .body = body};
      message.recipients = {{body.substr(11, 1), "x"}, {body.substr(13, 1), "y"}};
      process.desk->send(std::move(message), {});
      world.thread.run();
    }
  }
  Process next = world.process("p2");
  next.wait(48h);
  REQUIRE(world.api.bodies.size() == 4);
  CHECK(world.api.bodies[2] != world.api.bodies[3]);
  for (const char* each : {"a", "b", "c", "d"}) CHECK(next.states(each) == "accepted");
}

TEST_CASE("what is put off for want of a token is not counted as a call", "[wechat][sender][limits]") {
  World world;
  world.api.token_code = 40125;
  SenderOptions options;
  options.quota.quota[static_cast<std::size_t>(Endpoint::template_message)] = 3;
  options.quota.urgent_share = 0;
  Process process = world.process("p1", options);
  process.send("alice");
  process.wait(3h);
  world.api.token_code = 0;
  process.wait(20min);
  CHECK(process.states("alice") == "accepted");
  process.send("bob");
  process.send("carol");
  CHECK(process.states("carol") == "accepted");
  // Those of an earlier process count, until midnight there.
  Process next = world.process("p2", options);
  next.number = 100;
  next.send("dave");
  CHECK(next.states("dave") == "queued");
  next.wait(24h);
  CHECK(next.states("dave") == "accepted");
}

TEST_CASE("a send over somebody else's channel is left alone", "[wechat][sender][restart]") {
  World world;
  SendRecord other;
  other.account = "oa";
  other.channel = "webhook";
  other.user = other.address = "alice";
  other.body = "{}";
  other.created = world.thread.wall;
  world.ledger.open({other}, AttemptState::queued, [](std::error_code, const std::vector<AttemptLine>&) {});
  Process process = world.process();
  process.wait(1h);
  CHECK(world.api.sends == 0);
  CHECK(process.states("alice") == "queued");
  CHECK(process.alarms[Alarm::Kind::ledger] == 1);
  CHECK(process.desk->under_way() == 0);
}

TEST_CASE("what is refused because too much waits, was not sent", "[wechat][sender][limits]") {
  World world;
  world.api.hold = true;
  Process process = world.process("p1", {.max_under_way = 2});
  process.send("a");
  process.send("b");
  const auto report = process.send("c");
  CHECK(report->first == errc::queue_full);
  CHECK(process.states("c").empty());
}
