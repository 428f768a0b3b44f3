// SPDX-License-Identifier: BSL-1.0
//
// What lies between a client and its server: addresses, proxies, deadlines, silence; and what it writes.

#include <tidings/ws_client.hpp>

#include TIDINGS_ASIO_HEADER(error.hpp)
#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/raw_client.hpp"
#include "support/raw_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include "clients/client_fixture.hpp"
#include "clients/raw_peer.hpp"

#include <deque>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace tidings;
using fixture::Frame;
using fixture::next_frame;
using fixture::shaken;
using support::RawClient;
using support::RawServer;
using namespace std::chrono_literals;

namespace {

/// An address that answers no connection: its queue is full.
class Blackhole {
 public:
  Blackhole(const char* address, std::uint16_t port) : server_(address, 0, port) {
    for (int i = 0; i < 4; ++i) {
      const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      sockaddr_in name{};
      name.sin_family = AF_INET;
      name.sin_port = htons(server_.port());
      ::inet_pton(AF_INET, address, &name.sin_addr);
      static_cast<void>(::connect(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof name));
      descriptors_.push_back(descriptor);
    }
    // Loopback is fast, and the queue must be full before anybody else comes.
    std::this_thread::sleep_for(50ms);
  }
  Blackhole(const Blackhole&) = delete;
  Blackhole& operator=(const Blackhole&) = delete;
  ~Blackhole() {
    for (int each : descriptors_) ::close(each);
  }
  std::uint16_t port() const { return server_.port(); }

 private:
  RawServer server_;
  std::vector<int> descriptors_;
};

/// How the first attempt went, and how long it took.
struct Attempt {
  std::error_code ec;
  std::chrono::milliseconds took;
  ClientStatus status;
};

Attempt attempt_at(const std::string& url, ClientOptions options) {
  options.first_wait = options.longest_wait = 1h;
  fixture::Runner runner;
  WsClient client(runner.executor(), url, std::move(options));
  support::Mailbox<std::error_code> outcome;
  const auto began = support::Clock::now();
  client.async_connect([&](net_error_code ec) { outcome.put(ec); });
  const std::error_code ec = outcome.expect();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(support::Clock::now() - began);
  return {ec, took, client.status()};
}

/// A proxy that knows CONNECT: answers as it is told, and if that is 200, passes on.
class TunnelProxy {
 public:
  TunnelProxy(std::uint16_t server_port, std::string answer)
      : thread_([this, server_port, answer] {
          RawClient client = server_.next();
          request = client.read_until("\r\n\r\n");
          client.send(answer);
          if (!answer.starts_with("HTTP/1.1 200")) return;
          RawClient server(server_port);
          std::thread up([&] { pass(client, server); });
          pass(server, client);
          up.join();
        }) {}
  TunnelProxy(const TunnelProxy&) = delete;
  TunnelProxy& operator=(const TunnelProxy&) = delete;
  ~TunnelProxy() { thread_.join(); }

  std::uint16_t port() const { return server_.port(); }
  /// Once the thread has ended, or the client is connected.
  std::string request;

 private:
  static void pass(RawClient& from, RawClient& to) {
    char buffer[4096];
    for (;;) {
      pollfd waiting{from.descriptor(), POLLIN, 0};
      ::poll(&waiting, 1, -1);
      const ssize_t size = ::recv(from.descriptor(), buffer, sizeof buffer, 0);
      if (size <= 0) break;
      to.try_send({buffer, static_cast<std::size_t>(size)});
    }
    ::shutdown(to.descriptor(), SHUT_RDWR);
    ::shutdown(from.descriptor(), SHUT_RDWR);
  }

  RawServer server_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("the next address is tried after 250 ms, and the first that answers wins", "[clients][happy_eyeballs]") {
  fixture::Pushed server;
  const Blackhole hole("127.0.0.2", server.listener.port());
  const Attempt attempt = attempt_at(server.url(), {.addresses = {"127.0.0.2", "127.0.0.1"}});
  CHECK_FALSE(attempt.ec);
  CHECK(attempt.took >= 245ms);
  CHECK(attempt.took < 3s);
}

TEST_CASE("the next address need not wait for one that refuses", "[clients][happy_eyeballs]") {
  fixture::Pushed server;
  // IPv6 comes first, and nobody is there.
  const Attempt attempt =
      attempt_at(server.url(), {.addresses = {"::1", "127.0.0.3", "127.0.0.1"}, .attempt_delay = 5s});
  CHECK_FALSE(attempt.ec);
  CHECK(attempt.took < 4s);
  const Attempt none = attempt_at(server.url(), {.addresses = {"127.0.0.3", "127.0.0.4"}, .attempt_delay = 5s});
  CHECK(none.ec == std::error_code(net_error_code(net::error::connection_refused)));
  CHECK(attempt_at(server.url(), {.addresses = {"no address"}}).ec);
}

TEST_CASE("names are resolved", "[clients]") {
  fixture::Pushed server;
  const std::string url = "ws://localhost:" + std::to_string(server.listener.port()) + "/push";
  CHECK_FALSE(attempt_at(url, {}).ec);
  CHECK(attempt_at("ws://no-such-name.invalid/push", {}).ec);
}

TEST_CASE("every step of an attempt has its deadline", "[clients][deadline]") {
  SECTION("nobody answers the connection") {
    const Blackhole hole("127.0.0.1", 0);
    const Attempt attempt =
        attempt_at("ws://127.0.0.1:" + std::to_string(hole.port()) + "/", {.connect_timeout = 150ms});
    CHECK(attempt.ec == errc::timeout);
    CHECK(attempt.took >= 145ms);
  }
  SECTION("nobody answers the handshake") {
    const RawServer server;
    const Attempt attempt = attempt_at(server.url("ws"), {.handshake_timeout = 150ms});
    CHECK(attempt.ec == errc::timeout);
    CHECK(attempt.took >= 145ms);
  }
  SECTION("the proxy says nothing") {
    const RawServer proxy;
    const Attempt attempt = attempt_at("ws://a.example/", {.proxy = proxy.url("http"), .proxy_timeout = 150ms});
    CHECK(attempt.ec == errc::timeout);
    CHECK(attempt.took >= 145ms);
  }
  SECTION("the server does not greet") {
    RawServer server;
    std::thread answers([&] {
      RawClient peer = shaken(server, "Sec-WebSocket-Protocol: tidings.v1\r\n");
      static_cast<void>(peer.wait_for_end());
    });
    const Attempt attempt = attempt_at(server.url("ws"), {.hello_timeout = 150ms});
    answers.join();
    CHECK(attempt.ec == errc::timeout);
  }
}

TEST_CASE("a server that knows no tidings.v1, or no WebSocket, is no server", "[clients][ws_client]") {
  {
    RawServer server;
    std::thread answers([&] { shaken(server); });
    const Attempt attempt = attempt_at(server.url("ws"), {});
    answers.join();
    CHECK(attempt.ec == errc::not_supported);
  }
  RawServer server;
  std::thread answers([&] {
    RawClient peer = server.next();
    peer.read_until("\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  const Attempt attempt = attempt_at(server.url("ws"), {});
  answers.join();
  CHECK(attempt.ec == errc::handshake_failed);
  CHECK(attempt.status.http_status == 200);
}

TEST_CASE("a connection goes through a proxy's tunnel", "[clients][proxy]") {
  fixture::Pushed server;
  TunnelProxy proxy(server.listener.port(), "HTTP/1.1 200 Connection established\r\n\r\n");
  fixture::Runner runner;
  WsClient client(runner.executor(), "ws://a.example:81/push",
                  {.proxy = "http://user:secret@127.0.0.1:" + std::to_string(proxy.port())});
  client.async_connect(net::use_future).get();
  CHECK(proxy.request ==
        "CONNECT a.example:81 HTTP/1.1\r\nHost: a.example:81\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n");
  server.publish("orders", "through");
  CHECK(client.async_receive(net::use_future).get().data == "through");
  client.close();
}

TEST_CASE("a proxy that refuses is told by its status", "[clients][proxy]") {
  const TunnelProxy unknown(0, "HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
  const Attempt refused =
      attempt_at("ws://a.example/", {.proxy = "http://127.0.0.1:" + std::to_string(unknown.port())});
  CHECK(refused.ec == errc::proxy_refused);
  CHECK(refused.status.state == ClientState::stopped);
  CHECK(refused.status.http_status == 407);
  const TunnelProxy mute(0, "");
  const Attempt lost = attempt_at("ws://a.example/", {.proxy = "http://127.0.0.1:" + std::to_string(mute.port())});
  CHECK(lost.ec == errc::connection_lost);
  const TunnelProxy busy(0, "HTTP/1.1 503 Busy\r\nRetry-After: 9\r\n\r\n");
  const Attempt later = attempt_at("ws://a.example/", {.proxy = "http://127.0.0.1:" + std::to_string(busy.port())});
  CHECK(later.status.state == ClientState::waiting);
  CHECK(later.status.retry_in >= 9s);
}

TEST_CASE("every frame has a mask of its own", "[clients][ws_client]") {
  constexpr std::size_t count = 300;
  RawServer server;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url("ws"), {.raw = true});
  client.connect();
  RawClient peer = shaken(server);
  REQUIRE(support::eventually([&] { return client.state() == ClientState::open; }));
  std::set<std::string> masks;
  for (std::size_t i = 0; i < count; ++i) {
    client.send(WsMessage("hello"));
    const Frame frame = next_frame(peer);
    CHECK(frame.payload == "hello");
    masks.insert(frame.mask);
  }
  // Two of 300 are the same once in 96,000 runs.
  CHECK(masks.size() >= count - 1);
}

TEST_CASE("two connections have two keys", "[clients][ws_client]") {
  RawServer server;
  fixture::Runner runner;
  std::set<std::string> keys;
  for (int i = 0; i < 2; ++i) {
    WsClient client(runner.executor(), server.url("ws"), {.raw = true});
    client.connect();
    RawClient peer = server.next();
    keys.insert(fixture::key_of(peer.read_until("\r\n\r\n")));
  }
  CHECK(keys.size() == 2);
}

TEST_CASE("a silent server is pinged, and without an answer it is dead", "[clients][ws_client][deadline]") {
  RawServer server;
  fixture::Runner runner;
  support::Mailbox<ClientStatus> waiting;
  ClientOptions options{.raw = true};
  options.pong_wait = 400ms;
  options.on_state = [&](const ClientStatus& status) {
    if (status.state == ClientState::waiting) waiting.put(status);
  };
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  RawClient peer = shaken(server);
  const auto began = support::Clock::now();
  CHECK(next_frame(peer).opcode == 0x9);
  CHECK(support::Clock::now() - began >= 340ms);
  // It lives.
  peer.send(std::string("\x8A\x00", 2));
  CHECK(next_frame(peer).opcode == 0x9);
  CHECK(waiting.expect().error == errc::timeout);
  CHECK(support::Clock::now() - began >= 740ms);
}

TEST_CASE("pings are answered with what they carry", "[clients][ws_client]") {
  RawServer server;
  fixture::Runner runner;
  WsClient client(runner.executor(), server.url("ws"), {.raw = true});
  client.connect();
  RawClient peer = shaken(server);
  peer.send(std::string("\x89\x04ping", 6));
  const Frame pong = next_frame(peer);
  CHECK(pong.opcode == 0xA);
  CHECK(pong.payload == "ping");
}

TEST_CASE("a server that breaks the protocol is told so, and come back to", "[clients][ws_client]") {
  RawServer server;
  fixture::Runner runner;
  ClientOptions options = fixture::quick();
  options.raw = true;
  WsClient client(runner.executor(), server.url("ws"), std::move(options));
  client.connect();
  {
    RawClient peer = shaken(server);
    peer.send(std::string("\x81\x82mask..", 8));  // a server does not mask
    const Frame close = next_frame(peer);
    CHECK(close.opcode == 0x8);
    CHECK(close.payload.substr(0, 2) == std::string("\x03\xEA", 2));
  }
  shaken(server);
}
