// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/civetweb.hpp>

#include <catch2/catch_test_macros.hpp>

#include "adapter/civetweb_fixture.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

using namespace fixture;
using namespace std::chrono_literals;
using namespace tidings;
using support::get;
using support::RawAnswer;
using support::RawClient;
using support::WsClient;

namespace {

// What a channel tells, as text.
class Told final : public MessageChannelEvents {
 public:
  void on_open(std::error_code ec) override { all.put(ec ? "not open" : "open"); }
  void on_message(PayloadKind kind, std::string data) override {
    all.put((kind == PayloadKind::text ? "text " : "binary ") + data);
  }
  void on_pong(std::string payload) override { all.put("pong " + payload); }
  void on_traffic() override { all.put("traffic"); }
  void on_closed(CloseCode code, std::string reason) override {
    all.put("closed " + std::to_string(static_cast<int>(code)) + " " + reason);
  }

  support::Mailbox<std::string> all;
};

/// A server whose WebSockets are the test's.
struct Channels {
  Channels()
      : mount(adapter::handle(server.get(), "/", [this](const RequestSnapshot&, adapter::CivetwebExchange& exchange) {
          arrived.put(exchange.channel());
        })) {}

  support::CivetwebServer server;
  support::Mailbox<adapter::CivetwebChannel> arrived;
  Mount mount;
};

}  // namespace

TEST_CASE("a channel of civetweb keeps to its concept", "[adapter][civetweb]") {
  static_assert(MessageChannel<adapter::CivetwebChannel>);
  Channels served;
  RawClient raw(served.server.port());
  raw.send(WsClient::handshake("/", {}, "chat"));
  std::optional<adapter::CivetwebChannel> channel = served.arrived.expect();
  const auto told = std::make_shared<Told>();
  channel->accept("chat", {}, told);
  const support::RawHead head = support::read_head(raw);
  CHECK(head.status == 101);
  CHECK(head.value("Sec-WebSocket-Protocol") == "chat");
  CHECK(told->all.expect() == "open");
  raw.send(WsClient::frame(WsClient::Opcode::binary, "up") + WsClient::frame(WsClient::Opcode::pong, "p") +
           WsClient::frame(WsClient::Opcode::ping, "q"));
  CHECK(told->all.expect() == "binary up");
  CHECK(told->all.expect() == "pong p");
  CHECK(told->all.expect() == "traffic");
  CHECK(raw.read_exactly(3) == "\x8A\x01q");
  support::Mailbox<std::error_code> sent;
  channel->send(PayloadKind::binary, share_bytes("down"), [&](std::error_code ec) { sent.put(ec); });
  CHECK(sent.expect() == std::error_code());
  CHECK(raw.read_exactly(6) ==
        "\x82\x04"
        "down");
  channel->ping("x");
  CHECK(raw.read_exactly(3) == "\x89\x01x");
  SECTION("closed by us") {
    channel->close(static_cast<CloseCode>(4000), "why");
    CHECK(raw.read_exactly(7) == "\x88\x05\x0F\xA0why");
    raw.send(WsClient::frame(WsClient::Opcode::close, "\x0F\xA0"));
    CHECK(told->all.expect() == "closed 4000 ");
    CHECK(raw.wait_for_end() == RawClient::End::closed);
  }
  SECTION("closed by the peer") {
    raw.send(WsClient::frame(WsClient::Opcode::close,
                             "\x03\xE9"
                             "bye"));
    CHECK(told->all.expect() == "closed 1001 bye");
    CHECK(raw.read_exactly(4) == "\x88\x02\x03\xE9");
  }
  SECTION("dropped") {
    channel.reset();
    CHECK(told->all.expect() == "closed 1006 ");
    CHECK(raw.wait_for_end() != RawClient::End::open);
  }
  SECTION("aborted") {
    channel->abort();
    CHECK(told->all.expect() == "closed 1006 ");
  }
  if (channel) channel->send(PayloadKind::text, share_bytes("late"), [&](std::error_code ec) { sent.put(ec); });
  if (channel) CHECK(sent.expect() == errc::peer_gone);
}

TEST_CASE("a channel of civetweb that is not accepted is refused", "[adapter][civetweb]") {
  Channels served;
  RawClient dropped(served.server.port());
  dropped.send(WsClient::handshake("/"));
  { const adapter::CivetwebChannel channel = served.arrived.expect(); }
  CHECK(support::read_head(dropped).status == 503);
  // Accepted without a subprotocol, although one was offered.
  RawClient plain(served.server.port());
  plain.send(WsClient::handshake("/"));
  adapter::CivetwebChannel channel = served.arrived.expect();
  channel.accept({}, {}, std::make_shared<Told>());
  CHECK(support::read_head(plain).count("Sec-WebSocket-Protocol") == 0);
  // Accepted when its client has left.
  RawClient gone(served.server.port());
  gone.send(WsClient::handshake("/"));
  adapter::CivetwebChannel late = served.arrived.expect();
  gone.close();
  const auto told = std::make_shared<Told>();
  std::this_thread::sleep_for(2 * defaults::probe_interval);
  late.accept({}, {}, told);
  CHECK(told->all.expect() == "not open");
}

TEST_CASE("beside a mount civetweb serves the application", "[adapter][civetweb]") {
  const Served served;
  CHECK(served.answer_to(get("/push/inbox")).head.status == 200);
  CHECK(served.answer_to(get("/pushy")).head.status == 404);
  CHECK(served.answer_to(get("/own")).body == "own");
}

TEST_CASE("a request at civetweb is seen as it was sent", "[adapter][civetweb]") {
  support::CivetwebServer server;
  support::Mailbox<RequestSnapshot> seen;
  const Mount mount =
      adapter::handle(server.get(), "/push", [&](RequestSnapshot request, adapter::CivetwebExchange& exchange) {
        seen.put(std::move(request));
        exchange.answer().respond({204, {}}, share_bytes({}));
      });
  RawClient client(server.port());
  client.send(request("POST", "/push/a?a=%20b&c", "Authorization: Bearer x\r\nOrigin: http://a\r\n", "{\"b\":1}"));
  CHECK(support::read_answer(client).head.status == 204);
  const RequestSnapshot got = seen.expect();
  CHECK(got.method == "POST");
  CHECK(got.target == "/push/a?a=%20b&c");
  CHECK(got.body == "{\"b\":1}");
  CHECK(got.peer == "127.0.0.1");
  CHECK(got.version == 11);
  CHECK(got.header("authorization") == "Bearer x");
  CHECK(got.header("origin") == "http://a");
}

TEST_CASE("preflights and bodies that are too large are ours to answer at civetweb", "[adapter][civetweb]") {
  EndpointOptions endpoint;
  endpoint.origins.allowed_origins = {"https://app.example"};
  const Served served(let_in, {.max_body_bytes = 1000}, endpoint);
  const std::string asks = "Access-Control-Request-Method: POST\r\nConnection: close\r\nOrigin: ";
  const RawAnswer allowed = served.answer_to(request("OPTIONS", "/push", asks + "https://app.example\r\n"));
  CHECK(allowed.head.status == 204);
  CHECK(allowed.head.value("Access-Control-Allow-Origin") == "https://app.example");
  CHECK(served.answer_to(request("OPTIONS", "/push", asks + "https://evil.example\r\n"))
            .head.count("Access-Control-Allow-Origin") == 0);
  const std::string json_type = "Content-Type: application/json\r\n";
  CHECK(served.answer_to(request("POST", "/push", json_type, std::string(1001, ' '))).head.status == 413);
}

TEST_CASE("a civetweb with settings that would break pushing is not mounted on", "[adapter][civetweb]") {
  const Hub<> hub;
  const auto refused = [&](adapter::CivetwebSettings settings, const std::string& path = "/push") {
    const support::CivetwebServer server(std::move(settings));
    try {
      const Mount mount = adapter::mount(server.get(), path, hub, let_in);
    } catch (const std::invalid_argument&) {
      return true;
    }
    return false;
  };
  adapter::CivetwebSettings settings;
  CHECK_FALSE(refused(settings));
  CHECK(refused(settings, "push"));
  CHECK(refused(settings, "/push/**"));
  settings.set("num_threads", "50");
  CHECK(refused(settings));
  settings = adapter::CivetwebSettings();
  settings.set("enable_websocket_ping_pong", "yes");
  CHECK(refused(settings));
  settings = adapter::CivetwebSettings();
  settings.set("access_control_allow_methods", "*");
  CHECK(refused(settings));
}

TEST_CASE("beyond the cap of civetweb's threads everybody is told to come later", "[adapter][civetweb]") {
  const Served served(let_in, {.max_pinned = 2, .other_threads = 2});
  std::optional<WsClient> first = served.websocket();
  RawClient second = served.stream();
  const std::string once = "Connection: close\r\n";
  CHECK(served.answer_to(get("/push?wait=20", once)).head.status == 503);
  const RawAnswer stream = served.answer_to(get("/push", once + event_stream));
  CHECK(stream.head.status == 200);
  CHECK(stream.body.starts_with("retry: "));
  const RawAnswer socket = served.answer_to(WsClient::handshake("/push"));
  CHECK(socket.head.status == 503);
  CHECK(socket.head.count("Retry-After") == 1);
  // Short polls pin nothing.
  CHECK(served.answer_to(get("/push", once)).head.status == 200);
  CHECK(served.answer_to(get("/own", once)).body == "own");
  first.reset();
  CHECK(support::eventually([&] { return served.hub->counters()->ws_sessions.value() == 0; }));
  CHECK(support::eventually([&] { return served.handshake_status() == 101; }));
}

TEST_CASE("a client of civetweb that takes nothing is ended, and gives its threads back", "[adapter][civetweb]") {
  HubOptions options;
  options.max_lag = options.write_stall = 2s;
  const Served served(let_in, {.max_pinned = 1, .other_threads = 2}, {}, options);
  const WsClient stalled = served.websocket("", 4096);
  for (int i = 0; i < 40; ++i) served.hub->publish(order(std::string(200'000, 'x')));
  CHECK(support::eventually([&] { return served.hub->counters()->ws_sessions.value() == 0; }));
  // Its thread was the only one.
  CHECK(support::eventually([&] { return served.handshake_status() == 101; }));
}

TEST_CASE("a message beyond the bound of civetweb's options closes with 1009", "[adapter][civetweb]") {
  const Served served(let_in, {.max_message_bytes = 1000});
  WsClient client = served.websocket();
  client.raw.send(WsClient::frame(WsClient::Opcode::text, std::string(600, ' '), WsClient::Part::first));
  client.raw.send(WsClient::frame(WsClient::Opcode::continuation, std::string(600, ' '), WsClient::Part::last));
  CHECK(client.closing().code == 1009);
}

TEST_CASE("a handler of parts gets whole messages of civetweb as one part, and can begin none", "[adapter][civetweb]") {
  class OnePart final : public WsPartHandler {
   public:
    void on_part(WsSession& session, const WsMessagePart& part) override {
      const bool whole = part.first && part.last && part.offset == 0;
      session.send({whole ? std::to_string(part.data.size()) : std::string("a part")});
    }
    void on_open(WsSession& session) override {
      WsMessageWriter writer = session.begin_message(PayloadKind::text);
      session.send({writer || writer.error() != errc::not_supported ? "begun" : "refused"});
    }
  };
  EndpointOptions options;
  support::Mailbox<std::error_code> early;
  WsMessageWriter kept;
  options.on_raw_session = [&early, &kept](const WsSession& session, const Identity&,
                                           const RequestSnapshot&) -> std::unique_ptr<WsHandler> {
    // Before it is known what the server can do.
    WsMessageWriter writer = session.begin_message(PayloadKind::text);
    writer.write("never", [&early](std::error_code ec) { early.put(ec); });
    session.send({"behind"});
    kept = std::move(writer);
    return std::make_unique<OnePart>();
  };
  const Served served(let_in, {}, options);
  WsClient client(served.port(), "/push", "", "");
  CHECK(early.expect() == errc::not_supported);
  CHECK(client.message() == "behind");
  CHECK(client.message() == "refused");
  client.raw.send(WsClient::frame(WsClient::Opcode::binary, std::string(600, ' '), WsClient::Part::first));
  client.raw.send(WsClient::frame(WsClient::Opcode::continuation, std::string(600, ' '), WsClient::Part::last));
  CHECK(client.message() == "1200");
}

TEST_CASE("a civetweb that stops says goodbye to everybody", "[adapter][civetweb][lifetime]") {
  Served served;
  RawClient stream = served.stream();
  RawClient poll = served.long_poll();
  WsClient socket = served.websocket();
  const auto begun = support::Clock::now();
  served.server->stop();
  CHECK(support::Clock::now() - begun < 3s * support::slowness);
  const std::string end = stream.read_to_end();
  CHECK(end.find("retry: ") != std::string::npos);
  CHECK(end.ends_with("0\r\n\r\n"));
  CHECK(support::read_answer(poll).head.status == 503);
  CHECK(socket.closing().code == 1001);
  const auto counters = served.hub->counters();
  CHECK(support::eventually([&] {
    return counters->sse_sessions.value() + counters->long_polls.value() + counters->ws_sessions.value() == 0;
  }));
}

TEST_CASE("a reset that comes before civetweb's handler runs is noticed", "[adapter][civetweb][lifetime]") {
  constexpr std::size_t count = 20;
  support::Tally asked;
  const Served served([&asked](const RequestSnapshot& request) {
    asked.add();
    return let_in(request);
  });
  for (std::size_t i = 0; i < count; ++i) served.ask(get("/push?wait=20")).reset();
  CHECK(asked.reaches(count));
  const auto counters = served.hub->counters();
  CHECK(support::eventually([&] { return counters->long_polls.value() == 0; }, 5s * support::slowness));
}
