// SPDX-License-Identifier: BSL-1.0
//
// Servers, threads and moments of the worst kind: what the clients promise holds all the same.

#include <tidings/sse_client.hpp>
#include <tidings/ws_client.hpp>

#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/raw_client.hpp"
#include "support/raw_server.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "clients/client_fixture.hpp"
#include "clients/raw_peer.hpp"
#include "clients/scripted_server.hpp"
#include "clients/told.hpp"

#include <atomic>
#include <cstddef>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tidings;
using fixture::ScriptedServer;
using fixture::Told;
using protocol::WsOpcode;
using support::RawClient;
using support::RawServer;
using namespace std::chrono_literals;

namespace {

const std::string event_stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
const std::string speaks_tidings = "Sec-WebSocket-Protocol: tidings.v1\r\n";

std::string at_of(std::string_view topic, std::uint64_t offset) {
  return protocol::to_token(protocol::topic_tag(topic), {7, offset});
}
std::string message_of(std::string_view topic, std::uint64_t offset) {
  return R"({"at":")" + at_of(topic, offset) + R"(","topic":")" + std::string(topic) + R"(","data":")" +
         std::to_string(offset) + "\"}";
}
std::string hello_of(std::string_view topic) {
  return R"({"hello":{"session":"02ab","at":{")" + std::string(topic) + R"(":")" + at_of(topic, 0) + "\"}}}";
}
std::string text_frame(std::string_view text) { return fixture::frame_of(WsOpcode::text, text); }

/// The value of a request's header; empty when there is none.
std::string value_of(const std::string& request, const std::string& name) {
  const std::size_t at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

template <class Client>
std::string url_for(const RawServer& server) {
  return server.url(std::is_same_v<Client, WsClient> ? "ws" : "http");
}
/// The answer that opens a raw connection.
template <class Client>
std::string opening(const std::string& request) {
  return std::is_same_v<Client, WsClient> ? fixture::switching(request) : event_stream;
}

}  // namespace

// ---- moments ----

TEMPLATE_TEST_CASE("a client whose thread stood still reads before it judges", "[clients][hostile]", WsClient,
                   SseClient) {
  RawServer server;
  net::io_context context(1);
  Told told;
  ClientOptions options = told.options();
  options.raw = true;
  options.handshake_timeout = 100ms;
  TestType client(context.get_executor(), url_for<TestType>(server), std::move(options));
  client.connect();
  auto request = std::async(std::launch::async, [&] {
    RawClient peer = server.next();
    std::string head = peer.read_until("\r\n\r\n");
    return std::pair(std::move(peer), std::move(head));
  });
  while (request.wait_for(0s) != std::future_status::ready) context.poll();
  auto [peer, head] = request.get();
  // In time, but nobody looks before the deadline is over.
  peer.send(opening<TestType>(head));
  std::this_thread::sleep_until(support::Clock::now() + 150ms);
  while (client.state() == ClientState::connecting) context.poll();
  context.poll();
  CHECK(client.state() == ClientState::open);
  client.close();
  peer.close();
  while (client.state() != ClientState::closed) context.poll();
}

TEST_CASE("topics that come or go while the greeting is awaited are asked for when it is there", "[clients][hostile]") {
  support::Mailbox<WsSession> sessions;
  ScriptedServer server([&](WsSession& session, std::size_t) { sessions.put(session); });
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.topics = {"old"};
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.connect();
  WsSession session = sessions.expect();
  CHECK(server.requests.expect().target.find("topics=old&") != std::string::npos);
  client.async_subscribe({"news"}, net::use_future).get();
  client.async_unsubscribe({"old"}, net::use_future).get();
  session.send(PayloadKind::text, ScriptedServer::hello);
  CHECK(server.came.expect().data == R"({"ref":"1","subscribe":["news"]})");
  CHECK(server.came.expect().data == R"({"ref":"2","unsubscribe":["old"]})");
}

TEST_CASE("a topic that was given back is not received, not even what waited", "[clients][hostile]") {
  fixture::Pushed server;
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.topics = {"news"};
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.async_connect(net::use_future).get();
  for (const char* data : {"one", "two"}) server.publish("news", data);
  server.publish("orders", "three");
  CHECK(client.async_receive(net::use_future).get().data == "one");
  client.async_unsubscribe({"news"}, net::use_future).get();
  CHECK(client.async_receive(net::use_future).get().data == "three");
  CHECK(client.cursor().find(at_of("news", 0).substr(0, 6)) == std::string::npos);
}

TEST_CASE("a topic of a stream that was given back is not received, not even what waited", "[clients][hostile]") {
  fixture::Pushed server;
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.topics = {"news"};
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  client.async_connect(net::use_future).get();
  for (const char* data : {"one", "two"}) server.publish("news", data);
  server.publish("orders", "three");
  CHECK(client.async_receive(net::use_future).get().data == "one");
  client.unsubscribe({"news"});
  CHECK(client.async_receive(net::use_future).get().data == "three");
  CHECK(client.cursor().find(at_of("news", 0).substr(0, 6)) == std::string::npos);
}

TEST_CASE("whoever does not wait for the next attempt still renews refused credentials", "[clients][hostile]") {
  ScriptedServer server([](WsSession& session, std::size_t nth) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    if (nth == 0) session.close(CloseCode::credentials_expired);
  });
  Told told;
  fixture::Runner runner;
  support::Mailbox<bool> asked;
  ClientOptions options = told.options();
  options.first_wait = options.longest_wait = 1h;
  options.token = [&](bool refused, Completion<std::string> done) {
    asked.put(refused);
    done({}, "x");
  };
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.connect();
  told.next(ClientState::waiting);
  client.connect();
  told.next(ClientState::open);
  CHECK_FALSE(asked.expect());
  CHECK(asked.expect());
}

TEST_CASE("only a connection behind another one goes on where it was", "[clients][hostile]") {
  ScriptedServer server([](WsSession& session, std::size_t nth) {
    session.send(PayloadKind::text, hello_of("orders"));
    if (nth == 0) session.close(CloseCode::going_away);
  });
  Told told;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), told.options());
  client.connect();
  CHECK_FALSE(told.next(ClientState::open).resumed);
  CHECK(told.next(ClientState::open).resumed);
}

TEST_CASE("what was taken while the greeting was awaited is acknowledged behind it", "[clients][hostile]") {
  support::Mailbox<WsSession> sessions;
  ScriptedServer server([&](WsSession& session, std::size_t nth) {
    if (nth > 0) return sessions.put(session);
    session.send(PayloadKind::text, hello_of("orders"));
    for (const std::uint64_t offset : {1, 2}) session.send(PayloadKind::text, message_of("orders", offset));
    session.close(CloseCode::going_away);
  });
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url(), fixture::quick());
  client.connect();
  WsSession session = sessions.expect();
  CHECK(client.async_receive(net::use_future).get().data == "1");
  CHECK(client.async_receive(net::use_future).get().data == "2");
  // Longer than what an acknowledgement waits for others.
  std::this_thread::sleep_for(250ms);
  session.send(PayloadKind::text, hello_of("orders"));
  CHECK(server.came.expect().data == R"({"ack":"1)" + at_of("orders", 1) + "\"}");
}

// ---- callbacks ----

TEST_CASE("a message whose callback threw comes again, also if the stream ended for good behind it",
          "[clients][hostile]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  support::Mailbox<std::string> got;
  std::atomic<bool> good{false};
  ClientOptions options = told.options();
  options.reconnect = false;
  options.on_received = [&](const Received& received) {
    if (!good) throw std::runtime_error("no");
    got.put(received.data);
  };
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  const std::string events = "event: tidings.hello\ndata: {\"session\":\"02ab\",\"at\":{\"orders\":\"" +
                             at_of("orders", 0) + "\"}}\n\nid: " + at_of("orders", 1) + "\ndata: one\n\n";
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " + std::to_string(events.size()) +
      "\r\n\r\n" + events;
  for (const bool now : {false, true}) {
    good = now;
    client.connect();
    RawClient peer = server.next();
    peer.read_until("\r\n\r\n");
    peer.send(answer);
    told.next(ClientState::stopped);
    // What a callback's failure leads to is behind this.
    CHECK_THROWS(client.async_send(UpwardMessage{.event = "\n"}, net::use_future).get());
  }
  CHECK(got.take(0ms) == "one");
}

TEST_CASE("what waits for a receiver comes once, whatever callback throws meanwhile", "[clients][hostile]") {
  ScriptedServer server([](WsSession& session, std::size_t nth) {
    session.send(PayloadKind::text, hello_of("orders"));
    for (std::uint64_t i = 1; i <= 3; ++i) session.send(PayloadKind::text, message_of("orders", i));
    if (nth == 0) session.send(PayloadKind::text, R"({"state":{"unread":1}})");
    session.send(PayloadKind::text, message_of("orders", 4));
  });
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options();
  options.on_unread = [](std::size_t) { throw std::runtime_error("no"); };
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.connect();
  CHECK(client.async_receive(net::use_future).get().data == "1");
  CHECK(told.next(ClientState::stopped).error == errc::callback_failed);
  client.async_connect(net::use_future).get();
  for (const char* data : {"2", "3", "4"}) CHECK(client.async_receive(net::use_future).get().data == data);
  support::Tally more;
  client.async_receive([&](net_error_code ec, const Received&) {
    if (!ec) more.add();
  });
  client.async_unsubscribe({"nothing"}, net::use_future).get();
  CHECK(more.count() == 0);
}

TEST_CASE("a message that nobody is done with is not acknowledged by the destructor", "[clients][hostile]") {
  ScriptedServer server([](WsSession& session, std::size_t) {
    session.send(PayloadKind::text, hello_of("orders"));
    session.send(PayloadKind::text, message_of("orders", 1));
  });
  fixture::Runner runner;
  const bool closes = GENERATE(false, true);
  {
    WsClient client(runner.executor(), server.url(), fixture::quick());
    client.connect();
    CHECK(client.async_receive(net::use_future).get().data == "1");
    // Whoever closes is done with it.
    if (closes) client.close();
    server.closed.take(closes ? support::failure_limit : 0ms);
  }
  if (!closes) server.closed.expect();
  CHECK(server.came.size() == (closes ? 1 : 0));
}

TEST_CASE("a message whose callback threw is not acknowledged by a close", "[clients][hostile]") {
  ScriptedServer server([](WsSession& session, std::size_t) {
    session.send(PayloadKind::text, hello_of("orders"));
    session.send(PayloadKind::text, message_of("orders", 1));
  });
  fixture::Runner runner;
  WsClient* itself = nullptr;
  ClientOptions options = fixture::quick();
  options.on_received = [&](const Received&) {
    itself->close();
    throw std::runtime_error("no");
  };
  WsClient client(runner.executor(), server.url(), std::move(options));
  itself = &client;
  client.connect();
  server.closed.expect();
  CHECK(server.came.size() == 0);
}

TEST_CASE("what was asked and is not answered ends with a closed client", "[clients][hostile]") {
  ScriptedServer server(
      [](WsSession& session, std::size_t) { session.send(PayloadKind::text, ScriptedServer::hello); });
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.answer_timeout = 1h;
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.async_connect(net::use_future).get();
  support::Mailbox<std::error_code> outcome;
  client.async_send(UpwardMessage{.event = "say"}, [&](net_error_code ec, const UpwardReply&) { outcome.put(ec); });
  client.close();
  CHECK(outcome.expect() == errc::closed);
}

// ---- servers ----

TEST_CASE("nothing is said behind a close frame", "[clients][hostile]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options();
  options.raw = true;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = fixture::shaken(server);
  told.next(ClientState::open);
  client.close();
  CHECK(fixture::next_frame(peer).opcode == 0x8);
  peer.send(fixture::frame_of(WsOpcode::ping, "?") + fixture::frame_of(WsOpcode::close, "\x03\xE8"));
  peer.finish_sending();
  CHECK(peer.read_to_end().empty());
  told.next(ClientState::closed);
}

// What is not read holds no more than a few megabytes of pongs, and the client nothing beside it.
TEST_CASE("pings without end cost one pong at a time", "[clients][hostile]") {
  constexpr std::size_t count = 100'000;
  RawServer server;
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.raw = true;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = fixture::shaken(server);
  std::string pings;
  for (std::size_t i = 0; i < count; ++i) {
    std::string payload = std::to_string(i);
    payload.resize(125, '.');
    pings += fixture::frame_of(WsOpcode::ping, payload);
  }
  peer.send(pings + fixture::frame_of(WsOpcode::close, "\x03\xE9"));
  std::size_t pongs = 0;
  std::string last;
  for (auto frame = fixture::next_frame(peer); frame.opcode != 0x8; frame = fixture::next_frame(peer)) {
    ++pongs;
    last = frame.payload;
  }
  // RFC 6455 5.5.3: the most recent one is answered in any case.
  CHECK(last.starts_with(std::to_string(count - 1) + "."));
  CHECK(pongs < count / 2);
}

TEST_CASE("a server that asks for new credentials again and again is given them one at a time", "[clients][hostile]") {
  ScriptedServer server([](WsSession& session, std::size_t) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    for (int i = 0; i < 50; ++i) session.send(PayloadKind::text, R"({"renew":{"in_ms":30000}})");
    session.send(PayloadKind::text, message_of("orders", 1));
  });
  fixture::Runner runner;
  std::vector<Completion<std::string>> kept;
  support::Tally asked;
  ClientOptions options = fixture::quick();
  options.token = [&](bool, Completion<std::string> done) {
    asked.add();
    if (asked.count() == 1) return done({}, "x");
    kept.push_back(std::move(done));
  };
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.connect();
  CHECK(client.async_receive(net::use_future).get().data == "1");
  CHECK(asked.count() == 2);
  client.close();
  server.closed.expect();
}

TEST_CASE("a server that leaves without a word is a lost connection", "[clients][hostile]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options();
  options.raw = true;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = fixture::shaken(server);
  told.next(ClientState::open);
  peer.finish_sending();
  const ClientStatus end = told.next(ClientState::waiting);
  CHECK(end.error == errc::connection_lost);
  CHECK(end.close_code == CloseCode::no_status);
}

TEST_CASE("interim answers are passed over, and an old server's refusal is one", "[clients][hostile]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options();
  options.raw = true;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  {
    RawClient old = server.next();
    old.read_until("\r\n\r\n");
    old.send("HTTP/1.0 503 Service Unavailable\r\nRetry-After: 0\r\nConnection: close\r\n\r\n");
    CHECK(told.next(ClientState::waiting).http_status == 503);
  }
  RawClient peer = server.next();
  const std::string request = peer.read_until("\r\n\r\n");
  peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + fixture::switching(request) + text_frame("hi"));
  CHECK(client.async_receive(net::use_future).get().data == "hi");
}

// ---- event streams ----

TEST_CASE("a raw stream keeps the last id that can be sent", "[clients][hostile]") {
  const auto [stream, id] = GENERATE(table<std::string, std::string>({
      // Ids that cannot stand in a header are not remembered, like the one with NUL of the standard.
      {"id: good\ndata: 1\n\nid: a\x01z\ndata: 2\n\n", "good"},
      // Of a block without data.
      {"id: good\ndata: 1\n\nid: 7\n\ndata: 2\n\n", "7"},
      {"id: gr\xC3\xBC\xC3\x9F\ndata: 1\n\ndata: 2\n\n", "gr\xC3\xBC\xC3\x9F"},
      {"id: good\ndata: 1\n\nid\ndata: 2\n\n", ""},
  }));
  RawServer server;
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.raw = true;
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  client.connect();
  {
    RawClient first = server.next();
    first.read_until("\r\n\r\n");
    first.send(event_stream + stream);
    for (const char* data : {"1", "2"}) CHECK(client.async_receive(net::use_future).get().data == data);
  }
  {
    // An event without an id leaves it as it is.
    RawClient second = server.next();
    CHECK(value_of(second.read_until("\r\n\r\n"), "Last-Event-ID") == id);
    second.send(event_stream + "data: 3\n\n");
    CHECK(client.async_receive(net::use_future).get().data == "3");
  }
  RawClient third = server.next();
  CHECK(value_of(third.read_until("\r\n\r\n"), "Last-Event-ID") == id);
}

TEST_CASE("an event of a raw stream whose callback threw is asked for again", "[clients][hostile]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options();
  options.raw = true;
  options.on_received = [](const Received& received) {
    if (received.data == "2") throw std::runtime_error("no");
  };
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  client.connect();
  RawClient first = server.next();
  first.read_until("\r\n\r\n");
  first.send(event_stream + "id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\n");
  told.next(ClientState::stopped);
  client.connect();
  RawClient second = server.next();
  CHECK(value_of(second.read_until("\r\n\r\n"), "Last-Event-ID") == "1");
}

TEST_CASE("the end of a stream's client ends what it has asked, too", "[clients][hostile]") {
  const bool destroys = GENERATE(false, true);
  RawServer server;
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.answer_timeout = 1h;
  std::optional<SseClient> client;
  client.emplace(runner.executor(), server.url("http"), std::move(options));
  client->connect();
  RawClient stream = server.next();
  stream.read_until("\r\n\r\n");
  stream.send(event_stream + "event: tidings.hello\ndata: {\"session\":\"02ab\",\"at\":{},\"heartbeat_ms\":15000}\n\n");
  support::Mailbox<std::error_code> outcome;
  client->async_send(UpwardMessage{.event = "say"}, [&](net_error_code ec, const UpwardReply&) { outcome.put(ec); });
  RawClient post = server.next();
  post.read_until("\r\n\r\n");
  if (destroys) {
    client.reset();
  } else {
    client->close();
  }
  CHECK(outcome.expect() == errc::closed);
  static_cast<void>(post.wait_for_end());
}

TEST_CASE("an answer to a command is known by the server's word, and without one it is none", "[clients][hostile]") {
  const auto [answer, why] = GENERATE(table<std::string, errc>({
      {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 12\r\n\r\n<html></html", errc::connection_lost},
      {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", errc::connection_lost},
      {"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", errc::unauthorized},
      {"HTTP/1.1 503 No\r\n\r\n{\"error\":\"overloaded\",\"message\":\"later\"}", errc::overloaded},
      {"HTTP/1.1 400 No\r\n\r\n{\"error\":\"too_long\"}", errc::refused},
  }));
  RawServer server;
  fixture::Runner runner;
  SseClient client(runner.executor(), server.url("http"), fixture::quick());
  support::Mailbox<std::error_code> outcome;
  client.async_send(UpwardMessage{.event = "say"}, [&](net_error_code ec, const UpwardReply&) { outcome.put(ec); });
  {
    RawClient post = server.next();
    post.read_until("\r\n\r\n");
    post.send(answer);
  }
  CHECK(outcome.expect() == why);
}

// ---- what cannot work ----

TEST_CASE("names that cannot stand in a request are refused when they are given", "[clients][hostile]") {
  fixture::Runner runner;
  const auto refuses = [&](ClientOptions options) {
    CHECK_THROWS_AS(WsClient(runner.executor(), "ws://a.example/", std::move(options)), std::invalid_argument);
  };
  refuses({.device = "a b"});
  refuses({.device = "a&after=1"});
  refuses({.device = std::string(65, 'a')});
  refuses({.subprotocols = {"a, b"}});
  refuses({.subprotocols = {""}});
}
