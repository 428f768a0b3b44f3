// SPDX-License-Identifier: BSL-1.0
//
// Options and bounds that a client must look at, each by a test that misses it.

#include <tidings/sse_client.hpp>
#include <tidings/ws_client.hpp>

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

#include <cstddef>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

using namespace tidings;
using fixture::ScriptedServer;
using fixture::Told;
using protocol::WsOpcode;
using support::RawClient;
using support::RawServer;
using namespace std::chrono_literals;

namespace {

const std::string stream_of_events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

ClientOptions raw_of(Told& told) {
  ClientOptions options = told.options();
  options.raw = true;
  return options;
}

/// The next client of the server, answered; it may hear `data` as a message.
template <class Client>
RawClient opened(RawServer& server) {
  if (std::is_same_v<Client, WsClient>) return fixture::shaken(server);
  RawClient peer = server.next();
  peer.read_until("\r\n\r\n");
  peer.send(stream_of_events);
  return peer;
}
template <class Client>
std::string message_with(const std::string& data) {
  return std::is_same_v<Client, WsClient> ? fixture::frame_of(WsOpcode::text, data) : "data: " + data + "\n\n";
}
template <class Client>
std::string scheme_of() {
  return std::is_same_v<Client, WsClient> ? "ws" : "http";
}

}  // namespace

// ---- silence and pauses ----

TEMPLATE_TEST_CASE("nobody is called silent while nothing is read", "[clients][deadline]", WsClient, SseClient) {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = raw_of(told);
  options.pong_wait = options.longest_silence = 150ms;
  options.max_waiting_messages = 1;
  TestType client(runner.executor(), server.url(scheme_of<TestType>()), std::move(options));
  client.connect();
  RawClient peer = opened<TestType>(server);
  told.next(ClientState::open);
  for (const char* data : {"1", "2", "3"}) peer.send(message_with<TestType>(data));
  CHECK_FALSE(told.states.take(500ms));
  for (const char* data : {"1", "2", "3"}) CHECK(client.async_receive(net::use_future).get().data == data);
  // Now it is read again.
  CHECK(told.next(ClientState::waiting).error == errc::timeout);
}

TEST_CASE("a stream that says anything is not silent", "[clients][deadline]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = raw_of(told);
  options.longest_silence = 400ms * support::slowness;
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  client.connect();
  RawClient peer = opened<SseClient>(server);
  told.next(ClientState::open);
  for (int i = 0; i < 10; ++i) {
    peer.send(":\n");
    CHECK_FALSE(told.states.take(80ms * support::slowness));
  }
}

TEST_CASE("a reader that does not read stops the event stream", "[clients][sse_client]") {
  constexpr int count = 4000;
  RawServer server;
  Told told;
  fixture::Runner runner;
  SseClient client(runner.executor(), server.url("http"), raw_of(told));
  client.connect();
  RawClient peer = opened<SseClient>(server);
  std::string events;
  for (int i = 0; i < count; ++i) events += "data: " + std::to_string(i) + std::string(10'000, '.') + "\n\n";
  const std::size_t sent = peer.try_send(events, 2s);
  CHECK(sent < events.size());
  std::thread rest([&] { peer.send(std::string_view(events).substr(sent)); });
  for (int i = 0; i < count; ++i) {
    const std::string data = client.async_receive(net::use_future).get().data;
    CHECK(data.substr(0, data.find('.')) == std::to_string(i));
  }
  rest.join();
}

// ---- what leads to the next attempt ----

TEST_CASE("a connection that lived for as long as the options say forgets what failed", "[clients][reconnect]") {
  ScriptedServer server([](WsSession& session, std::size_t) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    session.close(CloseCode::going_away);
  });
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options();
  options.longest_wait = 1h;
  options.stable_after = 0ms;
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.connect();
  for (int i = 0; i < 12; ++i) CHECK(told.next(ClientState::waiting).retry_in <= 1ms);
}

TEST_CASE("a hint counts up to what the options say", "[clients][reconnect]") {
  ScriptedServer server([](WsSession& session, std::size_t) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    session.send(PayloadKind::text, R"({"bye":{"code":"draining","retry_ms":3600000}})");
    session.close(CloseCode::service_restart);
  });
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options();
  options.longest_hint = 200ms;
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.connect();
  const ClientStatus end = told.next(ClientState::waiting);
  CHECK(end.retry_in >= 200ms);
  CHECK(end.retry_in <= 220ms);
}

TEST_CASE("a close code that may not be sent is said as 1000", "[clients][ws_client]") {
  ScriptedServer server(
      [](WsSession& session, std::size_t) { session.send(PayloadKind::text, ScriptedServer::hello); });
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 2999, 5000}) {
    INFO(code);
    fixture::Runner runner;
    WsClient client(runner.executor(), server.url(), fixture::quick());
    client.async_connect(net::use_future).get();
    client.close(static_cast<CloseCode>(code));
    CHECK(server.closed.expect().code == CloseCode::normal);
  }
}

// ---- deadlines ----

TEST_CASE("resolving has its deadline", "[clients][deadline]") {
  // One name after the other is looked up, and so many before ours that it is late; if not the first time, because the
  // machine did something else meanwhile, then the next.
  fixture::Runner runner;
  net::ip::tcp::resolver others(runner.executor());
  std::error_code ec;
  for (int i = 0; i < 20 && ec != errc::timeout; ++i) {
    ClientOptions options = fixture::quick();
    options.resolve_timeout = 0ms;
    WsClient client(runner.executor(), "ws://localhost:9/", std::move(options));
    support::Mailbox<std::error_code> outcome;
    net::post(runner.executor(), [&] {
      for (int name = 0; name < 2000; ++name) {
        others.async_resolve("localhost", "9",
                             [](const net_error_code&, const net::ip::tcp::resolver::results_type&) {});
      }
      client.async_connect([&](net_error_code each) { outcome.put(each); });
    });
    ec = outcome.expect();
    others.cancel();
  }
  CHECK(ec == errc::timeout);
}

TEST_CASE("a stream whose answer does not come has its deadline", "[clients][deadline]") {
  const RawServer server;
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.handshake_timeout = 150ms;
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  support::Mailbox<std::error_code> outcome;
  client.async_connect([&](net_error_code ec) { outcome.put(ec); });
  CHECK(outcome.expect() == errc::timeout);
}

TEST_CASE("a command by POST has its deadline", "[clients][deadline]") {
  const RawServer server;
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.answer_timeout = 150ms;
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  support::Mailbox<std::error_code> outcome;
  client.async_send(UpwardMessage{.event = "say"}, [&](net_error_code ec, const UpwardReply&) { outcome.put(ec); });
  CHECK(outcome.expect() == errc::timeout);
}

// ---- what a server sets ----

TEST_CASE("cookies that come with a stream go back with the next", "[clients][sse_client]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  SseClient client(runner.executor(), server.url("http"), raw_of(told));
  client.connect();
  {
    RawClient first = server.next();
    CHECK(first.read_until("\r\n\r\n").find("Cookie:") == std::string::npos);
    first.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nSet-Cookie: node=a7; Path=/\r\n\r\n");
    told.next(ClientState::open);
  }
  RawClient second = server.next();
  CHECK(second.read_until("\r\n\r\n").find("\r\nCookie: node=a7\r\n") != std::string::npos);
}

TEST_CASE("what waits to be sent is bounded", "[clients][ws_client]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = raw_of(told);
  options.max_queue_bytes = 64 * 1024;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  const RawClient peer = opened<WsClient>(server);
  told.next(ClientState::open);
  support::Tally full;
  // More than sockets hold.
  for (int i = 0; i < 400; ++i) {
    client.async_send(WsMessage(std::string(50'000, 'x')), [&](net_error_code ec) {
      if (ec == make_error_code(errc::queue_full)) full.add();
    });
  }
  CHECK(full.reaches(1));
}

TEST_CASE("commands that wait to be sent are bounded", "[clients][ws_client]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options();
  options.max_queue_bytes = 64 * 1024;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = fixture::shaken(server, "Sec-WebSocket-Protocol: tidings.v1\r\n");
  peer.send(fixture::frame_of(WsOpcode::text, ScriptedServer::hello));
  told.next(ClientState::open);
  support::Tally full;
  for (int i = 0; i < 400; ++i) {
    client.async_send(UpwardMessage{.event = "say", .data = std::string(50'000, 'x')},
                      [&](net_error_code ec, const UpwardReply&) {
                        if (ec == make_error_code(errc::queue_full)) full.add();
                      });
  }
  CHECK(full.reaches(1));
}

TEST_CASE("acknowledgements do not gather before a server that does not read", "[clients][ws_client]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  support::Mailbox<std::string> got;
  ClientOptions options = told.options();
  options.max_queue_bytes = 1;
  options.on_received = [&](const Received& received) { got.put(received.at); };
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = fixture::shaken(server, "Sec-WebSocket-Protocol: tidings.v1\r\n");
  peer.send(fixture::frame_of(WsOpcode::text, ScriptedServer::hello));
  told.next(ClientState::open);
  // More than sockets hold.
  const UpwardMessage large{.event = "say", .data = std::string(16'000'000, 'x')};
  client.async_send(large, [](net_error_code, const UpwardReply&) {});
  const auto at = [](std::uint64_t offset) { return protocol::to_token(protocol::topic_tag("orders"), {7, offset}); };
  for (const std::uint64_t offset : {1, 2}) {
    peer.send(fixture::frame_of(WsOpcode::text, R"({"at":")" + at(offset) + R"(","topic":"orders","data":""})"));
    CHECK(got.expect() == at(offset));
    // Each would be due by then.
    std::this_thread::sleep_for(1200ms);
  }
  CHECK(fixture::next_frame(peer).payload.size() > large.data.size());
  // One does for both.
  CHECK(fixture::next_frame(peer).payload == "{\"ack\":\"1" + at(2) + "\"}");
}

// ---- topics that were given back ----

TEST_CASE("what a server says of a topic before it has heard that it was given back is not heard",
          "[clients][ws_client]") {
  support::Mailbox<WsSession> sessions;
  ScriptedServer server([&](WsSession& session, std::size_t) {
    session.send(PayloadKind::text, ScriptedServer::hello);
    sessions.put(session);
  });
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.topics = {"news"};
  WsClient client(runner.executor(), server.url(), std::move(options));
  client.async_connect(net::use_future).get();
  WsSession session = sessions.expect();
  auto left = client.async_unsubscribe({"news"}, net::use_future);
  CHECK(server.came.expect().data == R"({"ref":"1","unsubscribe":["news"]})");
  const std::string at = protocol::to_token(protocol::topic_tag("news"), {7, 1});
  const std::string of_orders = protocol::to_token(protocol::topic_tag("orders"), {7, 1});
  session.send(PayloadKind::text, R"({"hello":{"session":"02ab","at":{"news":")" + at + R"("}}})");
  session.send(PayloadKind::text, R"({"gap":{"at":{"news":")" + at + R"("}}})");
  session.send(PayloadKind::text, R"({"at":")" + protocol::to_token(protocol::topic_tag("news"), {7, 2}) +
                                      R"(","topic":"news","data":"no"})");
  session.send(PayloadKind::text, R"({"at":")" + of_orders + R"(","topic":"orders","data":"yes"})");
  CHECK(client.async_receive(net::use_future).get().data == "yes");
  CHECK(client.cursor() == "1" + of_orders);
  session.send(PayloadKind::text, R"({"done":{"ref":"1"}})");
  left.get();
}

// ---- acknowledgements of a stream ----

TEST_CASE("what is taken while an acknowledgement is under way is told by the next one; a refused one is the last",
          "[clients][sse_client]") {
  const auto [answer, goes_on] = GENERATE(table<std::string, bool>({
      {"HTTP/1.1 204 No Content\r\n\r\n", true},
      {"HTTP/1.1 429 Slowly\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", false},
  }));
  INFO(answer);
  RawServer server;
  support::Mailbox<std::string> got;
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.on_received = [&](const Received& received) { got.put(received.at); };
  SseClient client(runner.executor(), server.url("http"), std::move(options));
  client.connect();
  RawClient stream = opened<SseClient>(server);
  const auto at = [](std::uint64_t offset) { return protocol::to_token(protocol::topic_tag("orders"), {7, offset}); };
  stream.send("event: tidings.hello\ndata: {\"session\":\"02ab\",\"at\":{},\"heartbeat_ms\":15000}\n\n");
  stream.send("id: " + at(1) + "\ndata: 1\n\n");
  CHECK(got.expect() == at(1));
  RawClient first = server.next();
  CHECK(first.read_until("}").ends_with("{\"ack\":\"1" + at(1) + "\"}"));
  stream.send("id: " + at(2) + "\ndata: 2\n\n");
  CHECK(got.expect() == at(2));
  // The next one is due a second behind the first.
  std::this_thread::sleep_for(goes_on ? 1200ms : 0ms);
  first.send(answer);
  first.close();
  if (goes_on) {
    CHECK(server.next().read_until("}").ends_with("{\"ack\":\"1" + at(2) + "\"}"));
  } else {
    CHECK_THROWS(server.next(1500ms));
  }
}
