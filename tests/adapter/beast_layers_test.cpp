// SPDX-License-Identifier: BSL-1.0

#include "adapter/beast_layers.hpp"

#include <tidings/adapter/beast.hpp>

#include "support/ws_client.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include "adapter/beast_fixture.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

using namespace fixture;
using namespace std::chrono_literals;
using namespace tidings;
using support::get;
using support::PlainBeast;
using support::RawClient;
using support::WsClient;

TEMPLATE_TEST_CASE("Beast: a WebSocket carries the hub's messages, and ends with a goodbye",
                   "[adapter][beast][websocket]", PlainBeast, Tls) {
  Served<TestType> served;
  const Entrance<TestType> entrance(served.server.port());
  WsClient client(entrance.port(), "/push");
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
  const Entrance<TestType> entrance(served.server.port());
  RawClient client(entrance.port());
  client.send(WsClient::handshake("/push") + WsClient::frame(WsClient::Opcode::ping, "glued"));
  CHECK(support::read_head(client).status == 101);
  client.read_until("\x8A\x05glued");
  client.reset();
  CHECK(support::eventually([&] { return served.hub->counters()->ws_sessions.value() == 0; }));
}

TEMPLATE_TEST_CASE("Beast: a WebSocket that is refused is told in HTTP", "[adapter][beast][websocket]", PlainBeast,
                   Tls) {
  Served<TestType> served([](const RequestSnapshot&) { return reject(403); });
  const Entrance<TestType> entrance(served.server.port());
  for (const std::string& asked : {WsClient::handshake("/push"), WsClient::handshake("/push", {}, "other")}) {
    RawClient client(entrance.port());
    client.send(asked);
    CHECK(support::read_answer(client).head.status / 100 == 4);
  }
}

TEMPLATE_TEST_CASE("Beast: raw bytes over TLS end with a goodbye, and do not wait for ever for the answer",
                   "[adapter][beast][tls]", Tls, LowTls) {
  using Handler = Handled<TestType>;
  using Bytes = typename Handler::Exchange::Bytes;
  static_assert(ByteStream<Bytes> && !HandsOver<Bytes> && !HandsOver<typename Handler::Exchange::Stream>);
  support::Mailbox<Bytes> taken;
  Handler server(
      [&](const RequestSnapshot&, typename Handler::Exchange exchange) { taken.put(std::move(exchange).bytes()); },
      {.close_timeout = 300ms});
  support::Mailbox<std::error_code> done;
  support::Mailbox<std::string> came;
  std::array<char, 100> buffer{};
  const auto read = [&](std::error_code ec, std::size_t size) {
    came.put(ec ? "error" : std::string(buffer.data(), size));
  };
  {
    const support::TlsTunnel polite(server.server.port());
    RawClient client(polite.port());
    client.send(get("/") + "glued");
    Bytes bytes = taken.expect();
    CHECK(bytes.prefetched() == "glued");
    bytes.write(share_bytes("hello"), [&](std::error_code ec) { done.put(ec); });
    CHECK(client.read_exactly(5) == "hello");
    CHECK_FALSE(done.expect());
    bytes.read_some(buffer, read);
    client.send("more");
    CHECK(came.expect() == "more");
    // With a read under way.
    bytes.read_some(buffer, read);
    bytes.shut();
    CHECK(client.wait_for_end() == RawClient::End::closed);
    CHECK(came.expect().empty());
  }
  CHECK(server.over->reaches(1));
  support::TlsTunnel mute(server.server.port(), support::TlsTunnel::Manners::mute);
  RawClient client(mute.port());
  client.send(get("/"));
  Bytes bytes = taken.expect();
  bytes.write(share_bytes("hello"), [&](std::error_code ec) { done.put(ec); });
  CHECK_FALSE(done.expect());
  bytes.read_some(buffer, read);
  bytes.shut();
  CHECK(came.expect() == "error");
  CHECK(server.over->reaches(2));
}
