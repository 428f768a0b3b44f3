// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/beast.hpp>

#include "support/ws_client.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include "adapter/beast_hub_fixture.hpp"

#include <string>

using namespace fixture;
using namespace tidings;
using support::PlainBeast;
using support::RawClient;
using support::WsClient;

TEMPLATE_TEST_CASE("Beast: a WebSocket carries the hub's messages, and ends with a goodbye",
                   "[adapter][beast][websocket]", PlainBeast, Tls) {
  Served<TestType> served;
  WsClient client(served.port(), "/push");
  CHECK(client.envelope()["hello"]["at"].contains("orders"));
  const std::string much(70'000, 'm');
  for (const std::string& data : {std::string("one"), much}) {
    served.hub->publish(order(data));
    CHECK((client.envelope_with("data")["data"] == data));
  }
  client.raw.send(WsClient::frame(WsClient::Opcode::ping, "are you there"));
  CHECK(client.next().data == "are you there");
  client.close(CloseCode::normal);
  CHECK(client.closing().code == 1000);
  CHECK(client.raw.wait_for_end() == RawClient::End::closed);
  CHECK(support::eventually([&] { return served.hub->counters()->ws_sessions.value() == 0; }));
}

TEMPLATE_TEST_CASE("Beast: a frame glued to the handshake is not lost", "[adapter][beast][websocket]", PlainBeast,
                   Tls) {
  Served<TestType> served;
  RawClient client = served.ask(WsClient::handshake("/push") + WsClient::frame(WsClient::Opcode::ping, "glued"));
  CHECK(support::read_head(client).status == 101);
  client.read_until("\x8A\x05glued");
  client.reset();
  CHECK(support::eventually([&] { return served.hub->counters()->ws_sessions.value() == 0; }));
}

TEMPLATE_TEST_CASE("Beast: a WebSocket that is refused is told in HTTP", "[adapter][beast][websocket]", PlainBeast,
                   Tls) {
  Served<TestType> served([](const RequestSnapshot&) { return reject(403); });
  for (const std::string& asked : {WsClient::handshake("/push"), WsClient::handshake("/push", {}, "other")}) {
    CHECK(served.answer_to(asked).head.status / 100 == 4);
  }
}
