// SPDX-License-Identifier: BSL-1.0

#include <tidings/sse_client.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/raw_client.hpp"
#include "support/raw_server.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "clients/client_fixture.hpp"
#include "clients/cuts.hpp"
#include "clients/told.hpp"

#include <algorithm>
#include <future>
#include <string>
#include <string_view>
#include <utility>

using namespace tidings;
using fixture::Told;
using namespace std::chrono_literals;

namespace {

const std::string stream_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

std::string hello(std::string_view heartbeat = "15000") {
  return "event: tidings.hello\ndata: {\"session\":\"02ab\",\"at\":{},\"heartbeat_ms\":" + std::string(heartbeat) +
         "}\n\n";
}

/// The value of a request's header, as it stands in its bytes; empty when there is none.
std::string header_of(const std::string& request, const std::string& name) {
  const std::size_t at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

}  // namespace

TEST_CASE("a client over an event stream loses and doubles nothing over random cuts",
          "[clients][sse_client][property]") {
  fixture::loses_and_doubles_nothing<SseClient>("http", GENERATE(fixture::Takes::called, fixture::Takes::asking),
                                                500 / 2 / support::slowness);
}

TEST_CASE("a client over an event stream loses and doubles nothing over ten thousand random cuts",
          "[clients][sse_client][slow]") {
  fixture::loses_and_doubles_nothing<SseClient>("http", GENERATE(fixture::Takes::called, fixture::Takes::asking),
                                                10'000);
}

TEST_CASE("a client over an event stream receives what is published", "[clients][sse_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  SseClient client(runner.executor(), server.url("http"), {.topics = {"news"}});
  client.async_connect(net::use_future).get();
  CHECK(client.status().session.size() == 16);
  server.publish("orders", "one\ntwo");
  server.publish("news", "three");
  server.hub.publish({.topic = "@alice", .data = std::string("\xFF\0", 2)});
  const Received one = client.async_receive(net::use_future).get();
  CHECK(one.topic == "orders");
  CHECK(one.event == "said");
  CHECK(one.data == "one\ntwo");
  CHECK(client.async_receive(net::use_future).get().topic == "news");
  const Received bytes = client.async_receive(net::use_future).get();
  CHECK(bytes.payload == PayloadKind::binary);
  CHECK(bytes.data == std::string("\xFF\0", 2));
}

TEST_CASE("a stream's client goes on behind a cursor, or hears of a gap", "[clients][sse_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  std::string cursor;
  {
    SseClient client(runner.executor(), server.url("http"));
    client.async_connect(net::use_future).get();
    server.publish("orders", "one");
    client.async_receive(net::use_future).get();
    cursor = client.cursor();
  }
  server.publish("orders", "two");
  SseClient client(runner.executor(), server.url("http"), {.cursor = cursor});
  client.connect();
  CHECK(client.async_receive(net::use_future).get().data == "two");
  SseClient lost(runner.executor(), server.url("http"),
                 {.cursor = "1" + protocol::to_token(protocol::topic_tag("orders"), {1, 5})});
  lost.connect();
  const Received gap = lost.async_receive(net::use_future).get();
  CHECK(gap.kind == Received::Kind::gap);
  CHECK(gap.topic == "orders");
}

TEST_CASE("a stream's client acknowledges, asks and marks by POST", "[clients][sse_client]") {
  fixture::Pushed server({.close_timeout = 500ms}, fixture::answering());
  fixture::Runner runner;
  SseClient client(runner.executor(), server.url("http"));
  client.async_connect(net::use_future).get();
  CHECK(client.async_send(UpwardMessage{.event = "say", .data = "hi"}, net::use_future).get().data ==
        "hello alice: hi");
  CHECK(client.async_send(UpwardMessage{.event = "quiet"}, net::use_future).get().data.empty());
  std::promise<std::pair<std::error_code, UpwardReply>> refused;
  client.async_send(UpwardMessage{.event = "bad"}, [&](net_error_code ec, UpwardReply why) {
    refused.set_value({ec, std::move(why)});
  });
  const auto [ec, why] = refused.get_future().get();
  CHECK(ec == errc::refused);
  CHECK(why.event == "too_long");
  CHECK(why.data == "At most 200 letters.");
  const MessageId id = server.hub.publish({.topic = "@alice", .data = "one"});
  const Received one = client.async_receive(net::use_future).get();
  auto next = client.async_receive(net::use_future);
  CHECK(support::eventually(
      [&] {
        const MessageStatus status = server.hub.async_status(id, net::use_future).get();
        return std::any_of(status.recipients.begin(), status.recipients.end(),
                           [](const RecipientStatus& each) { return each.evidence == Evidence::ack; });
      },
      5s));
  CHECK(client.async_seen({one.at}, net::use_future).get() == 0);
  client.close();
  CHECK_THROWS(next.get());
}

TEST_CASE("topics come and go, and the stream goes on where it was", "[clients][sse_client]") {
  fixture::Pushed server;
  fixture::Runner runner;
  SseClient client(runner.executor(), server.url("http"));
  client.async_connect(net::use_future).get();
  server.publish("orders", "one");
  CHECK(client.async_receive(net::use_future).get().data == "one");
  client.subscribe({"news"});
  server.publish("orders", "two");
  CHECK(client.async_receive(net::use_future).get().data == "two");
  CHECK(support::eventually([&] { return client.state() == ClientState::open; }));
  server.publish("news", "three");
  CHECK(client.async_receive(net::use_future).get().data == "three");
}

TEST_CASE("a stream that ends says when to come back; one that is cut does not", "[clients][sse_client][reconnect]") {
  support::RawServer server;
  fixture::Runner runner;
  support::Mailbox<ClientStatus> waiting;
  ClientOptions options = fixture::quick();
  options.on_state = [&](const ClientStatus& status) {
    if (status.state == ClientState::waiting) waiting.put(status);
  };
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  client.connect();
  {
    support::RawClient first = server.next();
    first.read_until("\r\n\r\n");
    first.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string text = "retry: 120\n: busy\n\n";
    first.send("13\r\n" + text + "\r\n0\r\n\r\n");
    CHECK(waiting.expect().retry_in >= 120ms);
  }
  support::RawClient second = server.next();
  second.read_until("\r\n\r\n");
  second.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  second.send("b\r\nretry: 700\n\r\n");
  second.finish_sending();
  CHECK(waiting.expect().retry_in < 100ms);
}

TEST_CASE("the status and the type of a stream's answer are honoured", "[clients][sse_client][reconnect]") {
  struct Row {
    std::string head;
    ClientState state;
    int status;
  };
  const Row rows[] = {
      {"HTTP/1.1 204 No Content\r\n\r\n", ClientState::stopped, 204},
      {"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", ClientState::stopped, 401},
      {"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", ClientState::stopped, 403},
      {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", ClientState::waiting, 404},
      {"HTTP/1.1 503 No\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n", ClientState::waiting, 503},
      {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", ClientState::waiting, 200},
      {"HTTP/1.1 200 OK\r\nContent-Type: text/event-streams\r\n\r\n", ClientState::waiting, 200},
  };
  for (const Row& row : rows) {
    INFO(row.head);
    support::RawServer server;
    fixture::Runner runner;
    Told told;
    SseClient client(runner.executor(), server.url("http"), told.options());
    auto connected = client.async_connect(net::use_future);
    support::RawClient peer = server.next();
    peer.read_until("\r\n\r\n");
    peer.send(row.head);
    CHECK_THROWS(connected.get());
    const ClientStatus status = told.next(ClientState::waiting, ClientState::stopped);
    CHECK(status.http_status == row.status);
    CHECK(status.state == row.state);
    if (row.status == 503) CHECK(status.retry_in >= 17s);
  }
}

TEST_CASE("a stream without hello, or that falls silent, is dead", "[clients][sse_client]") {
  support::RawServer server;
  fixture::Runner runner;
  support::Mailbox<ClientStatus> waiting;
  ClientOptions options = fixture::quick();
  options.hello_timeout = 100ms;
  options.on_state = [&](const ClientStatus& status) {
    if (status.state == ClientState::waiting) waiting.put(status);
  };
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  client.connect();
  support::RawClient mute = server.next();
  mute.send(stream_head);
  CHECK(waiting.expect().error == errc::timeout);
  support::RawClient silent = server.next();
  silent.send(stream_head + hello("40"));
  const auto began = support::Clock::now();
  CHECK(waiting.expect().error == errc::timeout);
  CHECK(support::Clock::now() - began >= 95ms);
}

TEST_CASE("a raw stream goes on by Last-Event-ID", "[clients][sse_client]") {
  support::RawServer server;
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.raw = true;
  options.headers = {{"X-Tenant", "acme"}};
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  client.connect();
  {
    support::RawClient first = server.next();
    const std::string request = first.read_until("\r\n\r\n");
    CHECK(request.starts_with("GET /push HTTP/1.1\r\n"));
    CHECK(header_of(request, "Accept") == "text/event-stream");
    CHECK(header_of(request, "X-Tenant") == "acme");
    CHECK(header_of(request, "Last-Event-ID") == "");
    first.send(stream_head + "id: seven\nevent: tick\ndata: one\n\nretry: 1\n");
    const Received one = client.async_receive(net::use_future).get();
    CHECK(one.event == "tick");
    CHECK(one.data == "one");
    CHECK(one.at == "seven");
  }
  support::RawClient second = server.next();
  CHECK(header_of(second.read_until("\r\n\r\n"), "Last-Event-ID") == "seven");
  second.send(stream_head + "data: two\n\n");
  CHECK(client.async_receive(net::use_future).get().data == "two");
}

// The whole cursor is the id of a bare stream.
TEST_CASE("a raw stream of our own hub resumes like an EventSource", "[clients][sse_client]") {
  fixture::Pushed server;
  support::CuttingRelay relay(server.listener.port(), [count = 0]() mutable -> std::optional<std::size_t> {
    if (count++ == 0) return 900;
    return std::nullopt;
  });
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.raw = true;
  SseClient client(runner.executor(), fixture::Pushed::url_at(relay.port(), "http"), std::move(options));
  client.async_connect(net::use_future).get();
  support::eventually([&] { return server.hub.async_presence("orders", net::use_future).get().size() > 0; });
  for (int i = 0; i < 20; ++i) server.publish("orders", std::to_string(i));
  for (int i = 0; i < 20; ++i) CHECK(client.async_receive(net::use_future).get().data == std::to_string(i));
  CHECK(relay.cuts() == 1);
}
