// SPDX-License-Identifier: BSL-1.0
//
// Clients of a raw WebSocket that want to cost much: in memory, in time, or at the expense of others.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/owned_socket.hpp>
#include <tidings/ws_accept.hpp>

#include "support/raw_client.hpp"
#include "support/victim.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using support::RawClient;
using support::WsClient;
using Opcode = WsClient::Opcode;
using Part = WsClient::Part;

namespace {

constexpr std::size_t ws_attackers = 200;
constexpr std::size_t ws_memory_bound = 16 * 1024 * 1024 + ws_attackers * 64 * 1024;

class EchoBack final : public tidings::WsHandler {
 public:
  void on_message(tidings::WsSession& session, tidings::PayloadKind kind, std::string_view data) override {
    session.send({std::string(data), kind});
  }
};

// The child: echoes on every path, on /idle for those only that say something.
std::uint16_t serve_echo(support::Victim::KeepAlive& keep) {
  struct Served {
    tidings::Hub<> hub;
    tidings::adapter::Listener listener{hub, {.header_timeout = 2s}};
    tidings::Mount mount{};
  };
  auto served = std::make_shared<Served>();
  served->mount = served->listener.handle(
      "/", [hub = &served->hub](tidings::RequestSnapshot request, tidings::adapter::Exchange exchange) {
        tidings::WsOptions options;
        options.close_timeout = 2s;
        options.max_queue_bytes = 32 * 1024;
        if (request.target == "/idle") options.idle_timeout = 1s;
        accept_ws(hub->loop(), std::move(request), std::move(exchange).stream(), std::make_unique<EchoBack>(), options);
      });
  const std::uint16_t port = served->listener.port();
  keep = served;
  return port;
}

void say_hello(std::uint16_t port) {
  for (int i = 0; i < 8; ++i) {
    WsClient client(port, "/", "", "");
    client.send("hello");
    if (client.message() != "hello") throw std::runtime_error("the server does not serve");
  }
}

/// A server under attack, and a client that has nothing to do with it.
class Attacked {
 public:
  Attacked() : witness_([this] { keep_talking(); }) {}
  ~Attacked() {
    if (witness_.joinable()) stop();
  }

  std::vector<WsClient> connect(const std::string& target = "/", int receive_buffer = 0,
                                std::size_t count = ws_attackers) const {
    std::vector<WsClient> clients;
    for (std::size_t i = 0; i < count; ++i) clients.emplace_back(server_.port(), target, "", "", receive_buffer);
    return clients;
  }
  std::uint16_t port() const { return server_.port(); }

  /// The attack is over: what has it cost the server, and the witness?
  void check() {
    stop();
    INFO("grew by " << server_.growth() / 1024 << " KiB");
    CHECK(server_.growth() <= ws_memory_bound);
    CHECK(lost_ == 0);
    CHECK(exchanged_ > 0);
  }

 private:
  void stop() {
    over_ = true;
    witness_.join();
  }
  void keep_talking() {
    try {
      WsClient client(server_.port(), "/", "", "");
      while (!over_) {
        const std::string said = std::to_string(exchanged_) + std::string(1000, '.');
        client.send(said);
        client.send(said + "again");
        if (client.message() != said || client.message() != said + "again") ++lost_;
        ++exchanged_;
        std::this_thread::sleep_for(1ms);
      }
    } catch (const std::exception&) {
      ++lost_;
    }
  }

  support::Victim server_{serve_echo, say_hello};
  std::atomic<bool> over_{false};
  std::atomic<int> exchanged_{0};
  std::atomic<int> lost_{0};
  std::thread witness_;
};

// All are told this code, and that is the end of them.
void check_closed(std::vector<WsClient>& clients, std::uint16_t code) {
  for (WsClient& each : clients) {
    CHECK(each.closing().code == code);
    CHECK(each.raw.wait_for_end() == RawClient::End::closed);
  }
}

void skip_with_sanitizers() {
  if (support::sanitized) SKIP("a sanitizer's own memory would be measured");
}

std::string announced(std::uint64_t length) {
  std::string head("\x82\xFF");
  for (int i = 56; i >= 0; i -= 8) head.push_back(static_cast<char>(length >> i & 0xFFU));
  return head + std::string(4, '\0');
}

}  // namespace

TEST_CASE("a length beyond everything costs nothing", "[adapter][ws_session][memory]") {
  skip_with_sanitizers();
  Attacked attacked;
  std::vector<WsClient> negative = attacked.connect();
  for (WsClient& each : negative) each.raw.send(announced(std::uint64_t{1} << 63U));
  std::vector<WsClient> greatest = attacked.connect();
  for (WsClient& each : greatest) each.raw.send(announced((std::uint64_t{1} << 63U) - 1));
  // What is announced within the bound is not held before it comes.
  std::vector<WsClient> legal = attacked.connect();
  for (WsClient& each : legal) each.raw.send(announced(1024 * 1024) + "x");
  check_closed(negative, 1002);
  check_closed(greatest, 1009);
  attacked.check();
}

TEST_CASE("a million empty parts cost nothing, and go on in vain", "[adapter][ws_session][memory]") {
  skip_with_sanitizers();
  Attacked attacked;
  std::string parts = WsClient::frame(Opcode::text, "", Part::first);
  for (int i = 0; i < 1100; ++i) parts += WsClient::frame(Opcode::text, "", Part::middle);
  std::vector<WsClient> clients = attacked.connect();
  for (WsClient& each : clients) each.raw.send(parts);
  WsClient stubborn(attacked.port(), "/", "", "");
  for (int i = 0; i < 910; ++i) stubborn.raw.try_send(parts, 5s);
  CHECK(stubborn.closing().code == 1008);
  check_closed(clients, 1008);
  attacked.check();
}

TEST_CASE("pings of a client that does not read are not heaped up", "[adapter][ws_session][memory]") {
  skip_with_sanitizers();
  Attacked attacked;
  std::string pings;
  for (int i = 0; i < 1000; ++i) pings += WsClient::frame(Opcode::ping, std::string(125, 'p'));
  std::vector<WsClient> clients = attacked.connect("/", 4096);
  for (WsClient& each : clients) each.raw.try_send(pings);
  WsClient stubborn(attacked.port(), "/", "", "", 4096);
  for (int i = 0; i < 1000; ++i) stubborn.raw.try_send(pings, 5s);
  attacked.check();
  // It reads at last: what the kernels held, and then the answer to the last one.
  stubborn.raw.send(WsClient::frame(Opcode::ping, "last"));
  for (;;) {
    const WsClient::Got got = stubborn.next();
    REQUIRE(got.kind == WsClient::Kind::pong);
    if (got.data == "last") break;
  }
}

TEST_CASE("messages of a client that does not read close it", "[adapter][ws_session][memory]") {
  skip_with_sanitizers();
  Attacked attacked;
  std::string messages;
  for (int i = 0; i < 400; ++i) messages += WsClient::frame(Opcode::binary, std::string(16 * 1024, 'x'));
  // Behind the 32 KiB of the queue the kernels hold up to 10 MB. Who reads at last hears why it was closed.
  WsClient late(attacked.port(), "/", "", "");
  for (int i = 0; i < 4; ++i) late.raw.try_send(messages, 500ms);
  CHECK(late.closing().code == 1013);
  std::vector<WsClient> clients = attacked.connect("/", 4096, ws_attackers / 4);
  std::vector<std::size_t> sent(clients.size());
  for (int round = 0; round < 100; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      sent[i] += clients[i].raw.try_send(std::string_view(messages).substr(sent[i], 64 * 1024), 0ms);
    }
  }
  // Who never does is cut after the close timeout.
  for (WsClient& each : clients) {
    CHECK(support::eventually([&] {
      each.raw.try_send("x", 0ms);
      return tidings::io::is_broken(each.raw.descriptor());
    }));
  }
  attacked.check();
}

TEST_CASE("a handshake that comes slowly is given up", "[adapter][ws_session][memory]") {
  skip_with_sanitizers();
  Attacked attacked;
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < ws_attackers; ++i) clients.emplace_back(attacked.port());
  const std::string request = WsClient::handshake("/");
  for (std::size_t at = 0; at < 30; ++at) {
    for (RawClient& each : clients) each.try_send(request.substr(at, 1), 0ms);
    std::this_thread::sleep_for(100ms);
  }
  for (RawClient& each : clients) CHECK(each.read_to_end().starts_with("HTTP/1.1 408 "));
  attacked.check();
}

TEST_CASE("a frame that comes slowly is no message, and does not keep a session from being idle",
          "[adapter][ws_session][memory]") {
  skip_with_sanitizers();
  Attacked attacked;
  std::vector<WsClient> clients = attacked.connect("/idle");
  const std::string message = WsClient::frame(Opcode::text, std::string(100, 'x'));
  for (std::size_t at = 0; at < 16; ++at) {
    for (WsClient& each : clients) each.raw.try_send(message.substr(at, 1), 0ms);
    std::this_thread::sleep_for(100ms);
  }
  check_closed(clients, 1001);
  attacked.check();
}
