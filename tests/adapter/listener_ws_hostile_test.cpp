// SPDX-License-Identifier: BSL-1.0
//
// Clients of a WebSocket that want to cost much: in memory, in time, or at the expense of others.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/owned_socket.hpp>
#include <tidings/ws_accept.hpp>

#include "support/raw_client.hpp"
#include "support/victim.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
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

// The child: a hub on /push, on all other paths an echo; on /idle for those only that say something, on /slow for those
// that say it within their time, on /waiting for none.
std::uint16_t serve_echo(support::Victim::KeepAlive& keep) {
  struct Served {
    tidings::Hub<> hub;
    tidings::adapter::Listener listener{hub, {.header_timeout = 2s}};
    tidings::Mount mount{};
    tidings::Mount push{};
  };
  auto served = std::make_shared<Served>();
  served->push = tidings::adapter::mount(served->listener, "/push", served->hub, [](const tidings::RequestSnapshot&) {
    return tidings::Identity{.user = "", .topics = {"news"}};
  });
  served->mount = served->listener.handle(
      "/", [hub = &served->hub](tidings::RequestSnapshot request, tidings::adapter::Exchange exchange) {
        tidings::WsOptions options;
        options.close_timeout = 2s;
        options.max_queue_bytes = 32 * 1024;
        if (request.target == "/idle") options.idle_timeout = 1s;
        if (request.target == "/slow") options.message_timeout = 1s;
        // There nobody takes what comes.
        std::unique_ptr<EchoBack> handler;
        if (request.target != "/waiting") handler = std::make_unique<EchoBack>();
        accept_ws(hub->loop(), std::move(request), std::move(exchange).stream(), std::move(handler), options);
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
    const std::string_view subprotocol = target == "/push" ? "tidings.v1" : "";
    for (std::size_t i = 0; i < count; ++i) {
      clients.emplace_back(server_.port(), target, "", subprotocol, receive_buffer);
    }
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

constexpr std::size_t large = 1024 * 1024;
constexpr std::size_t slice = 16 * 1024;

/// A message of 1 MiB in pieces, and its echo. False if it is told to come later.
bool exchange_large(std::uint16_t port) {
  WsClient client(port, "/", "", "");
  const std::string message = WsClient::frame(Opcode::binary, std::string(large, 'y'));
  for (std::size_t at = 0; at < message.size(); at += large / 4) {
    client.raw.try_send(std::string_view(message).substr(at, large / 4));
    std::this_thread::sleep_for(1ms);
  }
  WsClient::Got got = client.next();
  while (got.kind == WsClient::Kind::ping) got = client.next();
  CHECK((got.kind == WsClient::Kind::close ? got.code == 1013 : got.data == std::string(large, 'y')));
  return got.kind != WsClient::Kind::close;
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

TEST_CASE("messages that are never finished share what there is", "[adapter][ws_session][memory]") {
  skip_with_sanitizers();
  Attacked attacked;
  // Allowed each, but not all at once: 200 MiB together.
  std::vector<WsClient> clients;
  SECTION("of raw sessions") { clients = attacked.connect("/"); }
  SECTION("of the hub's") { clients = attacked.connect("/push"); }
  const std::string message = WsClient::frame(Opcode::binary, std::string(large, 'x'));
  std::vector<std::size_t> sent(clients.size());
  for (std::size_t round = 0; round < 2 * large / slice; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const std::size_t left = large - sent[i];
      sent[i] += clients[i].raw.try_send(std::string_view(message).substr(sent[i], std::min(slice, left)), 0ms);
    }
  }
  std::vector<std::string> came(clients.size());
  const auto refused = [&] {
    for (std::size_t i = 0; i < clients.size(); ++i) came[i] += clients[i].raw.read_now();
    return static_cast<std::size_t>(std::count_if(
        came.begin(), came.end(), [](const std::string& each) { return each.find("\x03\xF5") != std::string::npos; }));
  };
  CHECK(support::eventually([&] { return refused() > ws_attackers / 2; }));
  CHECK(refused() < ws_attackers);
  // Whoever had room and goes leaves it to others, as soon as that is noticed.
  clients.clear();
  CHECK(support::eventually([&] { return exchange_large(attacked.port()); }));
  attacked.check();
}

TEST_CASE("messages that wait for the application are few if they are large", "[adapter][ws_session][memory]") {
  skip_with_sanitizers();
  Attacked attacked;
  std::vector<WsClient> clients = attacked.connect("/waiting", 0, 8);
  const std::string message = WsClient::frame(Opcode::binary, std::string(large, 'x'));
  std::string bytes;
  while (bytes.size() < 16 * large) bytes += message;
  for (WsClient& each : clients) each.raw.try_send(bytes, 200ms);
  attacked.check();
}

TEST_CASE("what large messages took is not kept by those that sent them", "[adapter][ws_session][memory]") {
  skip_with_sanitizers();
  Attacked attacked;
  std::vector<WsClient> clients = attacked.connect("/");
  const std::string message = WsClient::frame(Opcode::binary, std::string(large, 'x'));
  for (WsClient& each : clients) {
    each.raw.send(std::string_view(message).substr(0, large / 2));
    std::this_thread::sleep_for(1ms);
    each.raw.send(std::string_view(message).substr(large / 2));
    CHECK(each.message().size() == large);
  }
  attacked.check();
}

TEST_CASE("what comes slowly has its time, frame or fragments, message or ping", "[adapter][ws_session][memory]") {
  skip_with_sanitizers();
  Attacked attacked;
  std::string bytes;
  std::string first;
  SECTION("the head of a frame") { bytes = announced(1000); }
  SECTION("a frame") { bytes = WsClient::frame(Opcode::text, std::string(100, 'x')); }
  SECTION("a ping") { bytes = WsClient::frame(Opcode::ping, std::string(100, 'x')); }
  SECTION("fragments, whole and empty") {
    first = WsClient::frame(Opcode::text, "", Part::first);
    for (int i = 0; i < 100; ++i) bytes += WsClient::frame(Opcode::text, "", Part::middle);
  }
  std::vector<WsClient> clients = attacked.connect("/slow");
  std::vector<WsClient> patient = attacked.connect("/");
  for (WsClient& each : clients) each.raw.try_send(first);
  for (WsClient& each : patient) each.raw.try_send(first);
  const std::size_t step = first.empty() ? 1 : 6;
  for (std::size_t at = 0; at < 13; ++at) {
    for (WsClient& each : clients) each.raw.try_send(std::string_view(bytes).substr(at * step, step), 0ms);
    for (WsClient& each : patient) each.raw.try_send(std::string_view(bytes).substr(at * step, step), 0ms);
    std::this_thread::sleep_for(100ms);
  }
  check_closed(clients, 1008);
  // The others have the usual minute.
  for (WsClient& each : patient) CHECK(each.raw.read_now().empty());
  attacked.check();
}
