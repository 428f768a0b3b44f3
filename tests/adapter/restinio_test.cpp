// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/restinio.hpp>

#include <catch2/catch_test_macros.hpp>

#include "adapter/restinio_fixture.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace fixture;
using namespace std::chrono_literals;
using namespace tidings;
using support::get;
using support::RawAnswer;
using support::RawClient;
using support::WsClient;

TEST_CASE("beside a mount RESTinio serves the application", "[adapter][restinio]") {
  const Served served;
  CHECK(served.answer_to(get("/push/inbox")).head.status == 200);
  CHECK(served.answer_to(get("/pushy")).head.status == 501);
  CHECK(served.answer_to(get("/own")).body == "own");
}

TEST_CASE("a request at RESTinio is seen as it was sent", "[adapter][restinio]") {
  support::Mailbox<RequestSnapshot> seen;
  const adapter::RestinioHandler<Traits> handler(
      "/push", [&](RequestSnapshot request, adapter::RestinioExchange<Traits> exchange) {
        seen.put(std::move(request));
        std::move(exchange).answer().respond({204, {}}, share_bytes({}));
      });
  support::RestinioServer server(handler);
  RawClient client(server.port());
  client.send(request("POST", "/push/%41%2F?a=%20b&c", "Authorization: Bearer x\r\nOrigin: http://a\r\n", "{\"b\":1}"));
  CHECK(support::read_answer(client).head.status == 204);
  const RequestSnapshot got = seen.expect();
  CHECK(got.method == "POST");
  CHECK(got.target == "/push/%41%2F?a=%20b&c");
  CHECK(got.body == "{\"b\":1}");
  CHECK(got.peer == "127.0.0.1");
  CHECK(got.version == 11);
  CHECK(got.header("authorization") == "Bearer x");
  CHECK(got.header("origin") == "http://a");
}

TEST_CASE("an exchange of RESTinio that is dropped answers 503", "[adapter][restinio]") {
  support::RestinioServer server(adapter::RestinioHandler<Traits>("/", [](const RequestSnapshot&, const auto&) {}));
  RawClient client(server.port());
  client.send(get("/anything"));
  CHECK(support::read_answer(client).head.status == 503);
}

TEST_CASE("a RESTinio without our settings is not served", "[adapter][restinio]") {
  const adapter::RestinioHandler<Traits> handler("/", [](const RequestSnapshot&, const auto&) { FAIL("called"); });
  restinio::server_settings_t<Traits> settings;
  settings.connection_state_listener(std::make_shared<adapter::RestinioListener>());
  support::RestinioServer server(std::move(settings), handler, 1);
  RawClient client(server.port());
  client.send(get("/"));
  // The exception closes the connection.
  CHECK(client.wait_for_end() != RawClient::End::open);
}

TEST_CASE("preflights and bodies that are too large are ours to answer at RESTinio", "[adapter][restinio]") {
  EndpointOptions endpoint;
  endpoint.origins.allowed_origins = {"https://app.example"};
  const Served served(let_in, {.max_body_bytes = 1000}, endpoint);
  const std::string asks = "Access-Control-Request-Method: POST\r\nConnection: close\r\nOrigin: ";
  const RawAnswer allowed = served.answer_to(request("OPTIONS", "/push", asks + "https://app.example\r\n"));
  CHECK(allowed.head.status == 204);
  CHECK(allowed.head.value("Access-Control-Allow-Origin") == "https://app.example");
  const std::string json_type = "Content-Type: application/json\r\n";
  RawClient client = served.ask(request("POST", "/push", json_type, std::string(1001, ' ')));
  CHECK(support::read_answer(client).head.status == 413);
  client.send(get("/own"));
  CHECK(support::read_answer(client).body == "own");
}

TEST_CASE("a WebSocket without its own headers is told so by RESTinio's adapter", "[adapter][restinio]") {
  const Served served;
  // No Connection: Upgrade; RESTinio takes it for an ordinary request.
  std::string half = WsClient::handshake("/push");
  half.erase(half.find("Connection: Upgrade\r\n"), 21);
  CHECK(served.answer_to(half).head.status / 100 != 1);
}

TEST_CASE("a client of RESTinio that takes nothing is ended", "[adapter][restinio]") {
  HubOptions options;
  options.max_lag = options.write_stall = 1s;
  const Served served(let_in, {}, {}, options);
  const WsClient socket = served.websocket("", 4096);
  const RawClient stream = served.stream();
  for (int i = 0; i < 40; ++i) served.hub->publish(order(std::string(200'000, 'x')));
  const auto counters = served.hub->counters();
  CHECK(support::eventually([&] { return counters->ws_sessions.value() + counters->sse_sessions.value() == 0; }));
}

TEST_CASE("a RESTinio that is gone leaves no session behind", "[adapter][restinio][lifetime]") {
  Served served;
  const RawClient stream = served.stream();
  const RawClient poll = served.long_poll();
  const WsClient socket = served.websocket();
  served.server.reset();
  const auto counters = served.hub->counters();
  CHECK(support::eventually([&] {
    return counters->sse_sessions.value() + counters->long_polls.value() + counters->ws_sessions.value() == 0;
  }));
}

TEST_CASE("a RESTinio stops while its clients come and go and the hub writes", "[adapter][restinio][lifetime]") {
  for (int i = 0; i < 10; ++i) {
    Served served;
    std::atomic<bool> over{false};
    std::thread publishing([&] {
      while (!over) served.hub->publish(order(std::string(5'000, 'x')));
    });
    std::vector<RawClient> clients;
    for (int c = 0; c < 5; ++c) {
      clients.push_back(served.stream());
      clients.push_back(std::move(served.websocket().raw));
    }
    served.server.reset();
    over = true;
    publishing.join();
  }
}
