// SPDX-License-Identifier: BSL-1.0
//
// What clients see when hub, mount or server go, in whatever order.

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/stream_reader.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include "conformance/http/push_kit.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

using namespace conformance;
using namespace std::chrono_literals;
using support::get;
using support::RawAnswer;
using support::RawClient;
using support::StreamReader;
using support::WsClient;
using tidings::CloseCode;

namespace {

const std::string event_stream = "Accept: text/event-stream\r\n";

/// One client over each transport that the server has.
struct Clients {
  explicit Clients(const PushKit& kit) : stream(kit.port(), "alice"), poll(kit.ask(get("/push?wait=20"))) {
    stream.wait_open();
    if (server_facts().upgrades) socket.emplace(kit.port(), "/push").envelope();
    const std::size_t count = socket ? 3 : 2;
    CHECK(support::eventually([&] { return kit.sessions() == count; }));
  }

  StreamReader stream;
  RawClient poll;
  std::optional<WsClient> socket;
};

}  // namespace

TEST_CASE("hub, server and mount go in every order, whatever is open", "[conformance][http][lifetime]") {
  std::string order = "hms";
  do {
    INFO(order);
    // The client does not answer its close.
    tidings::HubOptions options = PushKit::plain_options();
    options.close_timeout = 500ms;
    PushKit kit(options);
    Clients clients(kit);
    const auto begun = support::Clock::now();
    for (const char each : order) {
      if (each == 'h') kit.end_hub();
      if (each == 'm') kit.unmount();
      if (each == 's') kit.stop();
    }
    CHECK(support::Clock::now() - begun < 4s * support::slowness);
    CHECK(clients.stream.client().wait_for_end() != RawClient::End::open);
    CHECK(clients.poll.wait_for_end() != RawClient::End::open);
    if (clients.socket) CHECK(clients.socket->raw.wait_for_end() != RawClient::End::open);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("without its hub a server refuses in the form that each client comes back after",
          "[conformance][http][lifetime]") {
  if (server_facts().ends_with_hub) SKIP("ends_with_hub");
  PushKit kit;
  kit.end_hub();
  const RawAnswer stream = kit.answer_to(get("/push", event_stream));
  // WHATWG HTML: any other status would end an EventSource for ever.
  CHECK(stream.head.status == 200);
  CHECK(stream.head.value("Content-Type") == "text/event-stream");
  CHECK(stream.body.starts_with("retry: "));
  const RawAnswer poll = kit.answer_to(get("/push?wait=20"));
  CHECK(poll.head.status == 503);
  CHECK(poll.head.count("Retry-After") == 1);
  if (server_facts().upgrades) CHECK(kit.answer_to(WsClient::handshake("/push")).head.status == 503);
}

TEST_CASE("without its mount a server knows the path no more, and what was open goes on",
          "[conformance][http][lifetime]") {
  PushKit kit;
  StreamReader stream(kit.port(), "alice");
  stream.wait_open();
  std::optional<WsClient> socket;
  if (server_facts().upgrades) socket.emplace(kit.port(), "/push").envelope();
  kit.unmount();
  CHECK(kit.answer_to(get("/push")).head.status == 404);
  if (socket) CHECK(kit.answer_to(WsClient::handshake("/push")).head.status == 404);
  kit.publish("still");
  CHECK(stream.next().value().data == "still");
  if (!socket) return;
  CHECK(socket->envelope_with("data")["data"] == "still");
  socket->close(CloseCode::normal);
  CHECK(socket->closing().code == 1000);
}
