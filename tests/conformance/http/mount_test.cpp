// SPDX-License-Identifier: BSL-1.0
//
// What a client finds at a path that an adapter's `mount` serves, on every server alike.

#include <tidings/completion.hpp>
#include <tidings/identity.hpp>
#include <tidings/receipt.hpp>

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/stream_reader.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include "conformance/http/push_kit.hpp"

#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace conformance;
using namespace tidings;
using support::get;
using support::RawAnswer;
using support::RawClient;
using support::StreamReader;
using support::WsClient;

namespace {

const std::string json_type = "Content-Type: application/json\r\n";

std::string post(const std::string& target, const std::string& headers, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

}  // namespace

TEST_CASE("a mount answers short polls, and says when nothing is new", "[conformance][http][mount]") {
  const PushKit kit;
  const RawAnswer nothing = kit.answer_to(get("/push"));
  CHECK(nothing.head.status == 200);
  CHECK(nothing.head.value("Content-Type") == "application/json");
  CHECK(nothing.head.value("Cache-Control") == "private, no-cache");
  CHECK(nothing.head.value("Vary") == "Authorization, Cookie");
  kit.publish("one");
  const auto since = [&](const RawAnswer& last) {
    return kit.answer_to(get("/push", "If-None-Match: " + last.head.value("ETag") + "\r\n"));
  };
  const RawAnswer news = since(nothing);
  CHECK(news.body.find("\"data\":\"one\"") != std::string::npos);
  const RawAnswer none = since(news);
  CHECK(none.head.status == 304);
  CHECK(none.body.empty());
}

TEST_CASE("a mount holds a long poll until something comes, and the connection goes on", "[conformance][http][mount]") {
  const PushKit kit;
  // With a cursor: without one it begins at the present, whenever that is.
  const auto cursor = nlohmann::json::parse(kit.answer_to(get("/push")).body)["cursor"].get<std::string>();
  RawClient client = kit.ask(get("/push?wait=20&after=" + cursor));
  CHECK(support::eventually([&] { return kit.sessions() == 1; }));
  kit.publish("news");
  CHECK(support::read_answer(client).body.find("\"data\":\"news\"") != std::string::npos);
  client.send(get("/push/inbox?user=alice"));
  CHECK(support::read_answer(client).body.find("\"messages\"") != std::string::npos);
}

TEST_CASE("a mount streams each event as it comes, and goes on where a stream was cut", "[conformance][http][mount]") {
  const PushKit kit;
  std::string last;
  {
    StreamReader stream(kit.port(), "alice");
    stream.wait_open();
    for (const char* const data : {"one", "two"}) {
      kit.publish(data);
      const auto event = stream.next();
      CHECK(event.value().data == data);
      last = event.value().id;
    }
  }
  kit.publish("missed");
  StreamReader again(kit.port(), "alice", "Last-Event-ID: " + last + "\r\n");
  CHECK(again.next().value().data == "missed");
  kit.publish("live");
  CHECK(again.next().value().data == "live");
}

TEST_CASE("behind a stream that has ended a mount answers on, unless it said that it closes",
          "[conformance][http][mount]") {
  const PushKit kit;
  for (const char* const wish : {"", "Connection: close\r\n"}) {
    INFO(wish);
    RawClient client = kit.ask(get("/push?user=alice", std::string("Accept: text/event-stream\r\n") + wish));
    const support::RawHead head = support::read_head(client);
    REQUIRE(support::eventually([&] { return kit.sessions() == 1; }));
    kit.disconnect("alice");
    while (head.chunked() && support::read_chunk(client)) {
    }
    if (head.says_close()) {
      CHECK(client.wait_for_end() == RawClient::End::closed);
    } else {
      CHECK(std::string(wish).empty());
      client.send(get("/push"));
      CHECK(support::read_answer(client).head.status == 200);
    }
  }
}

TEST_CASE("a mount takes commands by POST", "[conformance][http][mount]") {
  const PushKit kit;
  kit.publish(Message{.topic = "@alice", .data = "x"});
  RawClient client = kit.ask(post("/push?user=alice", json_type, "{\"seen\":\"all\"}"));
  CHECK(support::read_answer(client).body == "{\"unread\":0}");
  client.send(post("/push?user=alice", json_type, R"({"send":{"ref":"1","event":"e","data":"up"}})"));
  CHECK(support::read_answer(client).body.find("\"data\":\"up\"") != std::string::npos);
  client.send(post("/push?user=alice", "Content-Type: text/plain\r\n", "{}"));
  CHECK(support::read_answer(client).head.status == 400);
}

TEST_CASE("who is refused by authorize gets its answer on every transport", "[conformance][http][mount]") {
  const PushKit kit(make_authorize([](const RequestSnapshot&) {
    return reject(401, "who?", {{"WWW-Authenticate", "Bearer"}});
  }));
  std::vector<std::string> requests{get("/push"), get("/push?wait=20"), get("/push", "Accept: text/event-stream\r\n"),
                                    post("/push", json_type, "{}")};
  if (server_facts().upgrades) requests.push_back(WsClient::handshake("/push"));
  for (const std::string& request : requests) {
    INFO(request);
    const RawAnswer got = kit.answer_to(request);
    CHECK(got.head.status == 401);
    CHECK(got.head.value("WWW-Authenticate") == "Bearer");
    CHECK(got.body.find("who?") != std::string::npos);
  }
}

TEST_CASE("an authorize that throws costs its client a 500, and tells it nothing", "[conformance][http][mount]") {
  const PushKit kit(make_authorize([](const RequestSnapshot& request) -> Access {
    if (request.header("authorization") == "good") return Identity{};
    throw std::runtime_error("secret");
  }));
  std::vector<std::string> requests{get("/push"), get("/push", "Accept: text/event-stream\r\n")};
  if (server_facts().upgrades) requests.push_back(WsClient::handshake("/push"));
  for (const std::string& request : requests) {
    INFO(request);
    const RawAnswer got = kit.answer_to(request);
    CHECK(got.head.status == 500);
    CHECK(got.body.find("secret") == std::string::npos);
  }
  CHECK(kit.answer_to(get("/push", "Authorization: good\r\n")).head.status == 200);
}

TEST_CASE("authorize sees all lines of a field, and a list may have several", "[conformance][http][mount]") {
  support::Mailbox<std::string> seen;
  const PushKit kit(make_authorize([&](const RequestSnapshot& request) {
    seen.put(std::string(request.header("x-forwarded-for").value_or("none")));
    return Identity{.topics = {"news"}};
  }));
  const std::string twice = "X-Forwarded-For: 1.2.3.4\r\nX-FORWARDED-FOR: 5.6.7.8\r\n";
  CHECK(kit.answer_to(get("/push", twice)).head.status == 200);
  CHECK(seen.expect() == "1.2.3.4, 5.6.7.8");
  kit.answer_to(get("/push"));
  CHECK(seen.expect() == "none");
  if (!server_facts().upgrades) return;
  const WsClient client(kit.port(), "/push", "Sec-WebSocket-Protocol: other\r\n");
  CHECK(client.head.find("tidings.v1") != std::string::npos);
}

TEST_CASE("an authorize may answer late, on another thread", "[conformance][http][mount]") {
  support::Mailbox<Completion<Access>> waiting;
  const PushKit kit(
      make_authorize([&](const RequestSnapshot&, Completion<Access> done) { waiting.put(std::move(done)); }));
  std::vector<std::string> requests{get("/push"), get("/push?wait=20"), get("/push", "Accept: text/event-stream\r\n")};
  if (server_facts().upgrades) requests.push_back(WsClient::handshake("/push"));
  for (const std::string& request : requests) {
    INFO(request);
    RawClient client = kit.ask(request);
    waiting.expect()({}, reject(403));
    CHECK(support::read_head(client).status == 403);
  }
  RawClient welcome = kit.ask(get("/push"));
  waiting.expect()({}, Identity{.topics = {"news"}});
  CHECK(support::read_head(welcome).status == 200);
}

TEST_CASE("a pong through a server proves delivery", "[conformance][http][mount]") {
  const auto upgrades = server_facts().upgrades;
  if (!upgrades || !upgrades->ws_ping || !upgrades->ws_pong) SKIP("ws_ping, ws_pong");
  HubOptions options;
  const PushKit kit(options);
  WsClient client(kit.port(), "/push?user=alice");
  const MessageId id = kit.publish(Message{.topic = "@alice", .data = "proved"}).id;
  CHECK(client.envelope_with("at")["data"] == "proved");
  CHECK(kit.outcome(id) != Outcome::delivered);
  // Whose pong is sent with it.
  while (client.next().kind != WsClient::Kind::ping) {
  }
  CHECK(support::eventually([&] { return kit.outcome(id) == Outcome::delivered; }));
}
