// SPDX-License-Identifier: BSL-1.0
//
// What a WebSocket client sees and says, whoever owns the codec: the server, or we over its connection.

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "conformance/http/push_kit.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace conformance;
using namespace std::chrono_literals;
using nlohmann::json;
using support::RawClient;
using support::WsClient;
using tidings::CloseCode;

namespace {

using Opcode = WsClient::Opcode;
using Part = WsClient::Part;

std::size_t at_most(std::size_t wanted) { return std::min(wanted, server_facts().open_at_once); }

/// A client that has read its hello.
WsClient greeted(const PushKit& kit, int receive_buffer = 0) {
  WsClient client(kit.port(), "/push", {}, "tidings.v1", receive_buffer);
  if (!client.envelope().contains("hello")) throw std::runtime_error("no hello");
  return client;
}

std::string send_envelope(const std::string& data) {
  return json{{"send", {{"ref", "1"}, {"event", "e"}, {"data", data}}}}.dump();
}

// What is sent comes back.
void check_echo(WsClient& client, const std::string& data) {
  client.send(send_envelope(data));
  CHECK((client.envelope_with("reply")["reply"]["data"] == data));
}

RawClient::End end_of(WsClient& client) { return client.raw.wait_for_end(); }

}  // namespace

TEST_CASE("a WebSocket is opened with our subprotocol", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  const PushKit kit;
  // Browsers offer what their page lists, in its order.
  const std::string offered = GENERATE("tidings.v1", "other, tidings.v1", "tidings.v1, other");
  WsClient client(kit.port(), "/push", {}, offered);
  const support::RawHead head = support::parse_head(client.head);
  CHECK(head.value("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(head.count("Sec-WebSocket-Protocol") == 1);
  CHECK(head.value("Sec-WebSocket-Protocol") == "tidings.v1");
  CHECK(support::lower(head.value("Upgrade")) == "websocket");
  CHECK(support::lower(head.value("Connection")) == "upgrade");
  CHECK(head.count("Sec-WebSocket-Extensions") == 0);
  CHECK(client.envelope().contains("hello"));
  kit.publish("one");
  CHECK(client.envelope_with("data")["data"] == "one");
}

TEST_CASE("a WebSocket is refused in HTTP", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  const PushKit kit;
  const auto refusal = [&](const std::string& request) {
    RawClient client = kit.ask(request);
    support::RawHead head = support::read_head(client);
    // An answer with a whole body, and then either another request or the end.
    if (head.count("Content-Length") != 0) support::read_body(client, head);
    return head;
  };
  CHECK(refusal(WsClient::handshake("/push", "Authorization: nobody\r\n")).status == 403);
  CHECK(refusal(WsClient::handshake("/push", "Origin: http://evil\r\n")).status == 403);
  CHECK(refusal(WsClient::handshake("/push", {}, "other")).status == 400);
  CHECK(refusal(WsClient::handshake("/push", {}, "")).status == 400);
  std::string other_version = WsClient::handshake("/push");
  other_version.replace(other_version.find("Version: 13"), 11, "Version: 12");
  // Whoever checks the version, we or the server: no 101.
  RawClient client = kit.ask(other_version);
  CHECK(client.read_until("426").find("101") == std::string::npos);
  // Nothing is left behind.
  WsClient welcome = greeted(kit);
  check_echo(welcome, "after refusals");
}

TEST_CASE("text goes up and comes back, small and large", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  const PushKit kit;
  WsClient client = greeted(kit);
  for (const std::size_t size : {0U, 1U, 80U, 125U, 126U, 1000U, 65'000U, 70'000U}) {
    check_echo(client, std::string(size, 'x'));
  }
  check_echo(client, "\xC3\xA4\xE6\xBC\xA2\xF0\x9F\x98\x80");
}

TEST_CASE("many small messages in one piece are all answered, in order", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  const PushKit kit;
  WsClient client = greeted(kit);
  std::string all;
  for (int i = 0; i < 200; ++i) all += WsClient::frame(Opcode::text, send_envelope(std::to_string(i)));
  client.raw.send(all);
  for (int i = 0; i < 200; ++i) REQUIRE(client.envelope_with("reply")["reply"]["data"] == std::to_string(i));
}

TEST_CASE("a fragmented message is put together, with pings between its pieces", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  const PushKit kit;
  WsClient client = greeted(kit);
  const std::string text = send_envelope(std::string(3000, 'f'));
  client.raw.send(WsClient::frame(Opcode::text, text.substr(0, 7), Part::first));
  client.raw.send(WsClient::frame(Opcode::ping, "between"));
  CHECK(client.next().kind == WsClient::Kind::pong);
  // Arriving byte by byte.
  for (const char each : WsClient::frame(Opcode::continuation, text.substr(7, 20), Part::middle)) {
    client.raw.send(std::string_view(&each, 1));
    std::this_thread::sleep_for(2ms);
  }
  client.raw.send(WsClient::frame(Opcode::continuation, text.substr(27), Part::last));
  CHECK(client.envelope_with("reply")["reply"]["data"] == std::string(3000, 'f'));
}

TEST_CASE("a ping is answered with its own payload", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  const PushKit kit;
  WsClient client = greeted(kit);
  const std::vector<std::string> payloads{"", "hello", std::string(125, 'p'), std::string("\0\xFF", 2)};
  for (const std::string& payload : payloads) {
    client.raw.send(WsClient::frame(Opcode::ping, payload));
    const WsClient::Got pong = client.next();
    CHECK(pong.kind == WsClient::Kind::pong);
    CHECK(pong.data == payload);
  }
  // A pong that nobody asked for does no harm.
  client.pong("unasked");
  check_echo(client, "still here");
}

TEST_CASE("a client that closes is answered, and gone", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  const PushKit kit;
  const CloseCode code = GENERATE(CloseCode::normal, CloseCode::going_away, static_cast<CloseCode>(4000));
  WsClient client = greeted(kit);
  CHECK(kit.sockets() == 1);
  client.close(code, "bye");
  CHECK(client.closing().code == static_cast<std::uint16_t>(code));
  CHECK(end_of(client) != RawClient::End::open);
  CHECK(support::eventually([&] { return kit.sockets() == 0; }));
}

TEST_CASE("what may not be sent up closes with its code", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  const PushKit kit;
  WsClient client = greeted(kit);
  SECTION("a message that is too large") {
    client.raw.try_send(WsClient::frame(Opcode::text, std::string(300'000, 'x')), 2s);
    CHECK(client.closing().code == 1009);
  }
  SECTION("binary, which tidings.v1 does not have") {
    client.send_binary("x");
    CHECK(client.closing().code == 1003);
  }
  SECTION("text that is not UTF-8") {
    client.raw.send(WsClient::frame(Opcode::text, "\xFF\xFE"));
    CHECK(client.closing().code == 1007);
  }
  SECTION("text that is not UTF-8, in pieces") {
    client.raw.send(WsClient::frame(Opcode::text, "a\xC3", Part::first));
    client.raw.send(WsClient::frame(Opcode::continuation, "(", Part::last));
    CHECK(client.closing().code == 1007);
  }
  SECTION("a continuation of nothing") {
    client.raw.send(WsClient::frame(Opcode::continuation, "x", Part::last));
    CHECK(client.closing().code == 1002);
  }
  // Over some ways the end is there already.
  client.raw.try_send(WsClient::frame(Opcode::close, "\x03\xE8"));
  CHECK(end_of(client) != RawClient::End::open);
  CHECK(support::eventually([&] { return kit.sockets() == 0; }));
}

TEST_CASE("a client that vanishes is noticed", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  const PushKit kit;
  WsClient client = greeted(kit);
  SECTION("with a reset") { client.raw.reset(); }
  SECTION("without a word") { client.raw.close(); }
  SECTION("half closed") {
    client.raw.finish_sending();
    CHECK(end_of(client) != RawClient::End::open);
  }
  CHECK(support::eventually([&] { return kit.sockets() == 0; }, 3s * support::slowness));
}

TEST_CASE("a client that answers no ping is dead after a while", "[conformance][http][websocket]") {
  const auto upgrades = server_facts().upgrades;
  if (!upgrades) SKIP("no WebSocket");
  if (!upgrades->ws_ping || !upgrades->ws_pong) SKIP("ws_ping, ws_pong");
  tidings::HubOptions options = PushKit::plain_options();
  options.pong_wait = 2s;
  const PushKit kit(options);
  WsClient answering = greeted(kit);
  WsClient dead = greeted(kit);
  dead.silent = true;
  std::size_t pings = 0;
  const auto until = support::Clock::now() + 5s;
  while (support::Clock::now() < until) {
    answering.raw.send(WsClient::frame(Opcode::pong, ""));
    pings += answering.next().kind == WsClient::Kind::ping ? 1U : 0U;
  }
  CHECK(pings >= 2);
  CHECK(support::eventually([&] { return kit.sockets() == 1; }));
  CHECK(end_of(dead) != RawClient::End::open);
}

TEST_CASE("a reader that stalls holds nobody up, and loses nothing", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  // More than sockets hold, less than the store keeps of a topic.
  constexpr std::size_t count = 35;
  const PushKit kit;
  WsClient stalled = greeted(kit, 4096);
  WsClient reading = greeted(kit);
  for (std::size_t i = 0; i < count; ++i) {
    kit.publish(std::to_string(i) + std::string(200'000, '.'));
    REQUIRE(reading.envelope_with("data")["data"].get<std::string>().starts_with(std::to_string(i) + "."));
  }
  // Somebody who comes now is served too.
  WsClient late = greeted(kit);
  check_echo(late, "late");
  for (std::size_t i = 0; i < count; ++i) {
    REQUIRE(stalled.envelope_with("data")["data"].get<std::string>().starts_with(std::to_string(i) + "."));
  }
}

TEST_CASE("many clients get everything in order, and send meanwhile", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  constexpr int messages = 30;
  const PushKit kit;
  std::vector<WsClient> clients;
  for (std::size_t i = 0; i < at_most(40); ++i) clients.push_back(greeted(kit));
  for (int i = 0; i < messages; ++i) {
    kit.publish(std::to_string(i));
    for (std::size_t c = 0; c < clients.size(); c += 7) clients[c].send(send_envelope("up"));
  }
  for (WsClient& client : clients) {
    for (int i = 0; i < messages; ++i) REQUIRE(client.envelope_with("data")["data"] == std::to_string(i));
  }
}

TEST_CASE("a server that stops ends its WebSockets", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  PushKit kit;
  std::vector<WsClient> clients;
  for (std::size_t i = 0; i < at_most(5); ++i) clients.push_back(greeted(kit));
  const auto begun = support::Clock::now();
  kit.stop();
  CHECK(support::Clock::now() - begun < 4s * support::slowness);
  // Those whose sockets the hub has taken over are the hub's.
  CHECK((kit.sockets() == clients.size() || support::eventually([&] { return kit.sockets() == 0; })));
}

TEST_CASE("a frame that is glued to the upgrade request is not lost", "[conformance][http][websocket]") {
  if (!server_facts().upgrades) SKIP("no WebSocket");
  if (server_facts().drops_glued_frames) SKIP("drops_glued_frames");
  const PushKit kit;
  RawClient raw = kit.ask(WsClient::handshake("/push") + WsClient::frame(Opcode::text, send_envelope("early")));
  raw.read_until("\r\n\r\n");
  CHECK(raw.read_until("early").find("hello") != std::string::npos);
}
