// SPDX-License-Identifier: BSL-1.0
//
// Compression of a client: what is agreed on, what goes over the wire, and what a server may not do.

#include <tidings/deflate.hpp>
#include <tidings/ws_client.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "clients/client_fixture.hpp"
#include "clients/raw_peer.hpp"
#include "clients/told.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

using namespace tidings;
using fixture::Frame;
using fixture::Told;
using protocol::WsOpcode;
using support::RawClient;
using support::RawServer;
using namespace std::chrono_literals;

namespace {

std::string json(std::size_t size, int number = 0) {
  std::string text = "[" + std::to_string(number);
  for (int i = 0; text.size() < size; ++i) text += ",{'id':" + std::to_string(i * 7919 % 1000) + ",'name':'article'}";
  text.resize(size - 1, ' ');
  return text + "]";
}

/// A hub that compresses, with raw sessions that send back what comes.
EndpointOptions echoing(const DeflateOptions& deflate) {
  struct Echo final : WsHandler {
    void on_message(WsSession& session, PayloadKind kind, std::string_view data) override { session.send(kind, data); }
  };
  EndpointOptions endpoint;
  endpoint.compression = make_deflate(deflate);
  endpoint.on_message = [](const SessionInfo&, const UpwardMessage& said) -> UpwardAnswer { return reply(said.data); };
  endpoint.on_raw_session = [](const WsSession&, const Identity&, const RequestSnapshot&) {
    return std::make_unique<Echo>();
  };
  return endpoint;
}

ClientOptions compressing(const DeflateOptions& deflate = {}) {
  ClientOptions options = fixture::quick();
  options.compression = make_deflate(deflate);
  return options;
}

std::string answer_of(std::string_view extensions) {
  return "Sec-WebSocket-Extensions: " + std::string(extensions) + "\r\n";
}
constexpr std::string_view forgetful = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// A deflated message of a server.
std::string deflated_frame(WsOpcode opcode, std::string_view deflated) {
  std::string frame = fixture::frame_of(opcode, deflated);
  protocol::mark_ws_deflated(frame, 0);
  return frame;
}

}  // namespace

TEST_CASE("a client and a hub compress, in both directions, whatever each of them keeps", "[clients][deflate]") {
  const bool keeps = GENERATE(false, true);
  const bool server_keeps = GENERATE(false, true);
  const int bits = GENERATE(9, 15);
  fixture::Pushed server({.close_timeout = 500ms}, echoing({.threshold = 64,
                                                            .send_window_bits = bits,
                                                            .receive_window_bits = bits,
                                                            .send_takeover = server_keeps,
                                                            .receive_takeover = server_keeps}));
  fixture::Runner runner;
  const DeflateOptions own{.threshold = 64, .send_takeover = keeps, .receive_takeover = keeps};
  ClientOptions options = compressing(own);
  options.raw = true;
  WsClient raw(runner.executor(), server.url(), std::move(options));
  raw.async_connect(net::use_future).get();
  CHECK(server.requests.expect().header("sec-websocket-extensions") == make_deflate(own)->offer());
  for (int i = 0; i < 3; ++i) {
    for (const std::size_t size : {20, 100, 5000, 200'000}) {
      const std::string text = json(size, i);
      raw.async_send(WsMessage(text), net::use_future).get();
      CHECK(raw.async_receive(net::use_future).get().data == text);
    }
  }
  WsClient client(runner.executor(), server.url(), compressing(own));
  client.async_connect(net::use_future).get();
  for (int i = 0; i < 3; ++i) {
    server.publish("orders", json(30'000, i));
    CHECK(client.async_receive(net::use_future).get().data == json(30'000, i));
    const UpwardMessage said{.event = "say", .data = json(10'000, i)};
    CHECK(client.async_send(said, net::use_future).get().data == said.data);
  }
}

TEST_CASE("what was agreed on is what goes over the wire", "[clients][deflate]") {
  RawServer server;
  fixture::Runner runner;
  ClientOptions options = compressing();
  options.raw = true;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = fixture::shaken(server, answer_of(forgetful));
  REQUIRE(support::eventually([&] { return client.state() == ClientState::open; }));
  client.send(WsMessage("short"));
  CHECK_FALSE(fixture::next_frame(peer).deflated);
  client.send(WsMessage(json(5000)));
  const Frame frame = fixture::next_frame(peer);
  CHECK(frame.deflated);
  CHECK(frame.payload.size() < 1000);
  std::error_code ec;
  const WsCompression::Codec codec = make_deflate()->agree(forgetful, ec);
  std::string inflated;
  CHECK(codec->inflate(frame.payload, 10'000, inflated) == errc{});
  CHECK(inflated == json(5000));
  peer.send(deflated_frame(WsOpcode::text, frame.payload));
  CHECK(client.async_receive(net::use_future).get().data == json(5000));
}

TEST_CASE("a server that does not compress is spoken to as it is", "[clients][deflate]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options(compressing());
  options.raw = true;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = fixture::shaken(server);
  told.next(ClientState::open);
  client.send(WsMessage(json(5000)));
  const Frame frame = fixture::next_frame(peer);
  CHECK_FALSE(frame.deflated);
  CHECK(frame.payload == json(5000));
  // And nothing of it may be deflated.
  peer.send(deflated_frame(WsOpcode::text, "x"));
  CHECK(fixture::next_frame(peer).payload.substr(0, 2) == "\x03\xEA");
  CHECK(told.next(ClientState::waiting).error == errc::malformed_frame);
}

// RFC 7692 5.1, 7.1; RFC 6455 9.1.
TEST_CASE("an answer that is none to the offer fails the handshake", "[clients][deflate]") {
  const std::string answer =
      GENERATE("permessage-deflate", "permessage-deflate; client_no_context_takeover",
               "permessage-deflate; server_no_context_takeover; server_max_window_bits=16",
               "permessage-deflate; server_no_context_takeover; server_max_window_bits=7",
               "permessage-deflate; server_no_context_takeover; server_max_window_bits",
               "permessage-deflate; server_no_context_takeover; client_max_window_bits=11",
               "permessage-deflate; server_no_context_takeover; client_max_window_bits",
               "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
               "permessage-deflate; server_no_context_takeover; other",
               "permessage-deflate; server_no_context_takeover, permessage-deflate; server_no_context_takeover",
               "x-webkit-deflate",
               "permessage-deflate; server_no_context_takeover\r\nSec-WebSocket-Extensions: permessage-deflate");
  INFO(answer);
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options(compressing({.send_window_bits = 10}));
  options.raw = true;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = fixture::shaken(server, answer_of(answer));
  const ClientStatus end = told.next(ClientState::waiting, ClientState::open);
  CHECK(end.state == ClientState::waiting);
  CHECK(end.error == errc::handshake_failed);
  CHECK(end.reason.starts_with(answer.substr(0, answer.find('\r'))));
  // Nothing is said to it.
  CHECK(peer.read_to_end().empty());
}

TEST_CASE("a client that offers nothing takes no extension", "[clients][deflate]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options();
  options.raw = true;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  const RawClient peer = fixture::shaken(server, answer_of(forgetful));
  CHECK(told.next(ClientState::waiting, ClientState::open).error == errc::handshake_failed);
}

TEST_CASE("a message that would expand beyond the bound costs no more than that, and is closed with 1009",
          "[clients][deflate]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options(compressing());
  options.raw = true;
  options.max_message_bytes = 100'000;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = fixture::shaken(server, answer_of(forgetful));
  std::string bomb;
  // 50 MB in 50 KB, of which as much as the bound allows is ever there.
  protocol::Deflater(9, 15, 9).deflate_next(std::string(50'000'000, 'x'), bomb);
  REQUIRE(bomb.size() < 100'000);
  support::Tally received;
  client.async_receive([&](net_error_code ec, const Received&) {
    if (!ec) received.add();
  });
  peer.send(deflated_frame(WsOpcode::binary, bomb));
  CHECK(fixture::next_frame(peer).payload.substr(0, 2) == "\x03\xF1");
  CHECK(told.next(ClientState::waiting).error == errc::payload_too_large);
  CHECK(received.count() == 0);
}

TEST_CASE("rubbish in the place of a deflated message is closed with 1007", "[clients][deflate]") {
  RawServer server;
  Told told;
  fixture::Runner runner;
  ClientOptions options = told.options(compressing());
  options.raw = true;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = fixture::shaken(server, answer_of(forgetful));
  peer.send(deflated_frame(WsOpcode::text, "no deflated message"));
  CHECK(fixture::next_frame(peer).payload.substr(0, 2) == "\x03\xEF");
  CHECK(told.next(ClientState::waiting).error == errc::malformed_frame);
}
