// SPDX-License-Identifier: BSL-1.0

#include <tidings/ws_client.hpp>

#include TIDINGS_ASIO_HEADER(awaitable.hpp)
#include TIDINGS_ASIO_HEADER(bind_cancellation_slot.hpp)
#include TIDINGS_ASIO_HEADER(cancellation_signal.hpp)
#include TIDINGS_ASIO_HEADER(co_spawn.hpp)
#include TIDINGS_ASIO_HEADER(use_awaitable.hpp)
#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "clients/client_fixture.hpp"
#include "clients/scripted_server.hpp"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tidings;
using fixture::ScriptedServer;
using namespace std::chrono_literals;

namespace {

std::string message(std::uint64_t offset, std::string_view data) {
  return R"({"at":")" + protocol::to_token(protocol::topic_tag("orders"), {7, offset}) +
         R"(","topic":"orders","data":")" + std::string(data) + "\"}";
}

}  // namespace

TEST_CASE("a client receives what is published", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url());
  client.async_connect(net::use_future).get();
  CHECK(client.state() == ClientState::open);
  CHECK(client.status().session.size() == 16);
  server.publish("orders", "one");
  server.hub.publish({.topic = "orders", .data = "[1]", .json = true});
  server.hub.publish({.topic = "@alice", .data = std::string("\xFF\0", 2)});
  const Received one = client.async_receive(net::use_future).get();
  CHECK(one.topic == "orders");
  CHECK(one.event == "said");
  CHECK(one.data == "one");
  const Received json = client.async_receive(net::use_future).get();
  CHECK(json.json);
  CHECK(json.data == "[1]");
  CHECK(client.cursor().find(json.at) != std::string::npos);
  const Received bytes = client.async_receive(net::use_future).get();
  CHECK(bytes.topic == "@alice");
  CHECK(bytes.payload == PayloadKind::binary);
  CHECK(bytes.data == std::string("\xFF\0", 2));
}

TEST_CASE("a coroutine is a client", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url());
  const auto talk = [&]() -> net::awaitable<std::string> {
    co_await client.async_connect(net::use_awaitable);
    server.publish("orders", "one");
    const Received received = co_await client.async_receive(net::use_awaitable);
    co_return received.data;
  };
  CHECK(net::co_spawn(runner.context(), talk(), net::use_future).get() == "one");
}

TEST_CASE("another client goes on behind a cursor, or hears of a gap", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  std::string cursor;
  {
    WsClient client(runner.executor(), server.url());
    client.async_connect(net::use_future).get();
    server.publish("orders", "one");
    client.async_receive(net::use_future).get();
    cursor = client.cursor();
  }
  server.publish("orders", "two");
  WsClient client(runner.executor(), server.url(), {.cursor = cursor});
  client.async_connect(net::use_future).get();
  CHECK(client.status().resumed);
  CHECK(client.async_receive(net::use_future).get().data == "two");
  // A position of an epoch that nobody knows.
  const std::string foreign = "1" + protocol::to_token(protocol::topic_tag("orders"), {1, 5});
  WsClient lost(runner.executor(), server.url(), {.cursor = foreign});
  lost.connect();
  const Received gap = lost.async_receive(net::use_future).get();
  CHECK(gap.kind == Received::Kind::gap);
  CHECK(gap.topic == "orders");
  server.publish("orders", "three");
  CHECK(lost.async_receive(net::use_future).get().data == "three");
}

TEST_CASE("duplicates of a server are dropped, also behind a reconnect", "[clients][ws_client]") {
  ScriptedServer server([](WsSession& session, std::size_t nth) {
    const std::string at = R"({"orders":")" + protocol::to_token(protocol::topic_tag("orders"), {7, 0}) + "\"}";
    session.send(PayloadKind::text, R"({"hello":{"session":"02ab","at":)" + at + "}}");
    for (const std::uint64_t offset : {1, 2, 1, 2, 3}) session.send(PayloadKind::text, message(offset, "x"));
    if (nth == 0) session.close(CloseCode::going_away);
    if (nth == 1) session.send(PayloadKind::text, message(4, "last"));
  });
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), fixture::quick());
  client.connect();
  for (int i = 0; i < 3; ++i) CHECK(client.async_receive(net::use_future).get().data == "x");
  CHECK(client.async_receive(net::use_future).get().data == "last");
  CHECK(server.requests.expect().target.find("after=") == std::string::npos);
  // The first of them had been taken for sure.
  CHECK(server.requests.expect().target.find("after=1") != std::string::npos);
}

TEST_CASE("what was taken is acknowledged, within a second", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url());
  client.async_connect(net::use_future).get();
  const MessageId id = server.hub.publish({.topic = "@alice", .data = "one"});
  client.async_receive(net::use_future).get();
  const auto delivered = [&](std::string_view user) {
    const MessageStatus status = server.hub.async_status(id, net::use_future).get();
    return std::any_of(status.recipients.begin(), status.recipients.end(),
                       [&](const auto& each) { return each.user == user && each.evidence == Evidence::ack; });
  };
  // Given, not taken: whoever holds it may still fail.
  std::this_thread::sleep_for(300ms);
  CHECK_FALSE(delivered("alice"));
  auto next = client.async_receive(net::use_future);
  CHECK(support::eventually([&] { return delivered("alice"); }, 5s));
  client.close();
  CHECK_THROWS(next.get());
}

TEST_CASE("the application's replies and refusals come back", "[clients][ws_client]") {
  fixture::Pushed server({.close_timeout = 500ms}, fixture::answering());
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url());
  CHECK_THROWS(client.async_send(UpwardMessage{.event = "say"}, net::use_future).get());  // not connected yet
  client.async_connect(net::use_future).get();
  const UpwardReply said = client.async_send(UpwardMessage{.event = "say", .data = "hi"}, net::use_future).get();
  CHECK(said.event == "said");
  CHECK(said.data == "hello alice: hi");
  CHECK(client.async_send(UpwardMessage{.event = "quiet"}, net::use_future).get().data.empty());
  std::promise<std::pair<std::error_code, UpwardReply>> refused;
  client.async_send(UpwardMessage{.event = "bad"}, [&](net_error_code ec, UpwardReply why) {
    refused.set_value({ec, std::move(why)});
  });
  const auto [ec, why] = refused.get_future().get();
  CHECK(ec == errc::refused);
  CHECK(why.event == "too_long");
  CHECK(why.data == "At most 200 letters.");
}

TEST_CASE("a question whose answer does not come is given up", "[clients][ws_client]") {
  ScriptedServer server(
      [](WsSession& session, std::size_t) { session.send(PayloadKind::text, ScriptedServer::hello); });
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.answer_timeout = 100ms;
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.async_connect(net::use_future).get();
  support::Mailbox<std::error_code> outcome;
  client.async_send(UpwardMessage{.event = "say"}, [&](net_error_code ec, const UpwardReply&) { outcome.put(ec); });
  CHECK(outcome.expect() == errc::timeout);
}

TEST_CASE("topics come and go on an open connection", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url());
  client.async_connect(net::use_future).get();
  client.async_subscribe({"news"}, net::use_future).get();
  server.publish("news", "one");
  CHECK(client.async_receive(net::use_future).get().topic == "news");
  support::Mailbox<std::error_code> outcome;
  client.async_subscribe({"secret"}, [&](net_error_code ec) { outcome.put(ec); });
  CHECK(outcome.expect() == errc::topic_not_allowed);
  client.async_unsubscribe({"news"}, net::use_future).get();
  server.publish("news", "two");
  server.publish("orders", "three");
  CHECK(client.async_receive(net::use_future).get().data == "three");
  CHECK(client.cursor().find(protocol::to_token(protocol::topic_tag("news"), {}).substr(0, 6)) == std::string::npos);
}

TEST_CASE("seen marks and unread counts", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  support::Mailbox<std::size_t> unread;
  ClientOptions options;
  options.on_unread = [&](std::size_t count) { unread.put(count); };
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.async_connect(net::use_future).get();
  CHECK(unread.expect() == 0);
  server.publish("@alice", "one");
  const Received one = client.async_receive(net::use_future).get();
  CHECK(unread.expect() == 1);
  CHECK(client.async_seen({one.at}, net::use_future).get() == 0);
  CHECK(unread.expect() == 0);
}

TEST_CASE("a raw client talks the application's own protocol", "[clients][ws_client]") {
  EndpointOptions endpoint;
  struct Echo final : WsHandler {
    void on_message(WsSession& session, PayloadKind kind, std::string_view data) override { session.send(kind, data); }
  };
  endpoint.on_raw_session = [](const WsSession&, const Identity&, const RequestSnapshot&) {
    return std::make_unique<Echo>();
  };
  fixture::Pushed server({.close_timeout = 500ms}, std::move(endpoint));
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), {.raw = true});
  support::Mailbox<std::error_code> outcome;
  client.async_send(WsMessage("early"), [&](net_error_code ec) { outcome.put(ec); });
  CHECK(outcome.expect() == errc::peer_gone);
  client.async_connect(net::use_future).get();
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65'535U, 65'536U, 200'000U}) {
    for (const PayloadKind kind : {PayloadKind::text, PayloadKind::binary}) {
      client.async_send(WsMessage(std::string(size, 'x'), kind), net::use_future).get();
      const Received echo = client.async_receive(net::use_future).get();
      CHECK(echo.payload == kind);
      CHECK(echo.data == std::string(size, 'x'));
    }
  }
  client.async_send(WsMessage("\xFF"), [&](net_error_code ec) { outcome.put(ec); });
  CHECK(outcome.expect() == errc::invalid_utf8);
}

TEST_CASE("headers, cookies and the device go with every handshake, and a server's cookies too",
          "[clients][ws_client]") {
  ScriptedServer server([](WsSession& session, std::size_t nth) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    if (nth == 0) session.close(CloseCode::going_away);
  });
  server.headers = {{"Set-Cookie", "node=a7; Path=/"}};
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.headers = {{"X-Tenant", "acme"}};
  options.cookies = {{"own", "1"}};
  options.device = "phone";
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.connect();
  const RequestSnapshot first = server.requests.expect();
  CHECK(first.header("x-tenant") == "acme");
  CHECK(first.header("cookie") == "own=1");
  CHECK(first.target == "/push?device=phone");
  CHECK(server.requests.expect().header("cookie") == "own=1; node=a7");
}

TEST_CASE("a reader that does not read stops the server, within the bound", "[clients][ws_client]") {
  constexpr int count = 4000;
  std::promise<WsSession> opened;
  ScriptedServer server(
      [&](WsSession& session, std::size_t) {
        for (int i = 0; i < count; ++i) session.send({std::to_string(i) + std::string(2000, '.')});
        opened.set_value(session);
      },
      {.max_queue_bytes = 64 * 1024 * 1024}, "");
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), {.raw = true});
  client.connect();
  const WsSession session = opened.get_future().get();
  // What sockets hold of 8 MB is far less.
  std::size_t before = 0;
  support::eventually([&] { return std::exchange(before, session.buffered_bytes()) == session.buffered_bytes(); }, 1s);
  std::this_thread::sleep_for(200ms);
  CHECK(session.buffered_bytes() > 1'000'000);
  for (int i = 0; i < count; ++i) {
    const Received received = client.async_receive(net::use_future).get();
    REQUIRE(received.data.substr(0, received.data.find('.')) == std::to_string(i));
  }
}

TEST_CASE("a receive that is cancelled takes no message", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url());
  client.async_connect(net::use_future).get();
  for (int i = 0; i < 50; ++i) {
    net::cancellation_signal signal;
    support::Mailbox<std::error_code> outcome;
    std::string got;
    client.async_receive(net::bind_cancellation_slot(signal.slot(), [&](net_error_code ec, const Received& received) {
      got = received.data;
      outcome.put(ec);
    }));
    // Sometimes before, sometimes behind.
    if (i % 2 == 0) server.publish("orders", std::to_string(i));
    support::Tally emitted;
    net::post(runner.context(), [&] {
      signal.emit(net::cancellation_type::terminal);
      emitted.add();
    });
    if (i % 2 == 1) server.publish("orders", std::to_string(i));
    if (outcome.expect()) got = client.async_receive(net::use_future).get().data;
    REQUIRE(got == std::to_string(i));
    REQUIRE(emitted.reaches(1));
  }
}

TEST_CASE("a callback that throws stops the client, and the message comes again", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  support::Mailbox<std::string> got;
  support::Mailbox<ClientStatus> stopped;
  std::atomic<bool> good{false};
  ClientOptions options = fixture::quick();
  options.on_received = [&](const Received& received) {
    if (!good) throw std::runtime_error("no");
    got.put(received.data);
  };
  options.on_state = [&](const ClientStatus& status) {
    if (status.state == ClientState::stopped) stopped.put(status);
  };
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.async_connect(net::use_future).get();
  server.publish("orders", "one");
  CHECK(stopped.expect().error == errc::callback_failed);
  good = true;
  client.async_connect(net::use_future).get();
  server.publish("orders", "two");
  CHECK(got.expect() == "one");
  CHECK(got.expect() == "two");
}

TEST_CASE("no callback comes after the destructor, and handlers are told", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner(3);
  for (int i = 0; i < 30; ++i) {
    auto alive = std::make_shared<std::atomic<bool>>(true);
    std::atomic<int> late{0};
    support::Tally told;
    {
      ClientOptions options = fixture::quick();
      options.on_received = [&late, alive](const Received&) {
        std::this_thread::sleep_for(1ms);
        if (!*alive) ++late;
      };
      WsClient client(runner.executor(), server.url(), std::move(options));
      client.async_connect([&](net_error_code) { told.add(); });
      if (i % 3 != 0) client.async_connect(net::use_future).get();
      client.async_receive([&](net_error_code, const Received&) { told.add(); });
      for (int n = 0; n < 3; ++n) server.publish("orders", "x");
    }
    *alive = false;
    REQUIRE(told.reaches(2));
    CHECK(late == 0);
  }
}

TEST_CASE("the destructor waits for a callback that runs on another thread", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  support::Tally entered;
  std::atomic<bool> left{false};
  ClientOptions options;
  options.on_received = [&](const Received&) {
    entered.add();
    // Long enough for a destructor that would not wait.
    std::this_thread::sleep_for(50ms);
    left = true;
  };
  {
    WsClient client(runner.executor(), server.url(), std::move(options));
    client.async_connect(net::use_future).get();
    server.publish("orders", "x");
    REQUIRE(entered.reaches(1));
  }
  CHECK(left);
}

TEST_CASE("a client may go in its own callback", "[clients][ws_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  support::Tally gone;
  std::unique_ptr<WsClient> client;
  ClientOptions options;
  options.on_received = [&](const Received&) {
    client.reset();
    gone.add();
  };
  client = std::make_unique<WsClient>(runner.executor(), server.url(), std::move(options));
  client->async_connect(net::use_future).get();
  server.publish("orders", "x");
  CHECK(gone.reaches(1));
}

TEST_CASE("what cannot work is refused when it is asked for", "[clients][ws_client]") {
  fixture::Runner runner;
  const auto refuses = [&](const std::string& url, ClientOptions options) {
    CHECK_THROWS_AS(WsClient(runner.executor(), url, std::move(options)), std::invalid_argument);
  };
  refuses("no url", {});
  refuses("ws://a.example/", {.cursor = "no cursor"});
  refuses("ws://a.example/", {.proxy = "socks5://proxy"});
  refuses("ws://a.example/", {.first_wait = 0ms});
  refuses("ws://a.example/", {.first_wait = 2s, .longest_wait = 1s});
  refuses("ws://a.example/", {.max_waiting_messages = 0});
  refuses("ws://a.example/", {.headers = {{"X", "a\r\nY: b"}}});
  refuses("ws://a.example/", {.cookies = {{"a b", "c"}}});
}
