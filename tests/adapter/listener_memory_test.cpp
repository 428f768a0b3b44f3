// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/victim.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
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
using support::get;
using support::RawClient;

namespace {

constexpr std::size_t attackers = 200;
constexpr std::size_t kib = 1024;
constexpr std::size_t bound = 16 * 1024 * kib + attackers * 64 * kib;
constexpr std::size_t answer_bytes = 60 * kib;

// The child: answers on every path with one body of `answer_bytes`.
std::uint16_t serve(support::Victim::KeepAlive& keep) {
  struct Served {
    tidings::Hub<> hub;
    tidings::adapter::Listener listener{hub, {.header_timeout = 2s, .body_timeout = 4s, .write_timeout = 4s}};
    tidings::Mount mount{};
  };
  auto served = std::make_shared<Served>();
  const auto body = tidings::share_bytes(std::string(answer_bytes, 'x'));
  served->mount =
      served->listener.handle("/", [body](const tidings::RequestSnapshot&, tidings::adapter::Exchange exchange) {
        std::move(exchange).answer().respond({200, {{"Content-Type", "text/plain"}}}, body);
      });
  const std::uint16_t port = served->listener.port();
  keep = served;
  return port;
}

// What it needs for the first requests is not the attackers' doing.
void warm_up(std::uint16_t port) {
  for (std::size_t i = 0; i < 8; ++i) {
    RawClient client(port);
    client.send(get("/"));
    if (support::read_answer(client).head.status != 200) throw std::runtime_error("the server does not serve");
  }
}

class Victim : public support::Victim {
 public:
  Victim() : support::Victim(serve, warm_up) {}
};

std::vector<RawClient> attack(const Victim& victim, const std::string& begin, int receive_buffer = 0) {
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < attackers; ++i) {
    clients.emplace_back(victim.port(), receive_buffer);
    clients.back().try_send(begin);
  }
  return clients;
}

/// Sends the same again and again on all connections, until each has had its answer or sent so much.
void flood(std::vector<RawClient>& clients, const std::string& bytes, std::size_t total) {
  for (std::size_t sent = 0; sent < total; sent += bytes.size()) {
    for (RawClient& each : clients) each.try_send(bytes, 0ms);
  }
}

/// How many got an answer of one of these statuses before the end of their connection; the others were closed without.
/// 503: no room was left for the body; 408: there was room, but its time was over.
std::size_t answered(std::vector<RawClient>& clients, const std::vector<int>& statuses) {
  std::size_t count = 0;
  for (RawClient& each : clients) {
    const std::string got = each.read_to_end();
    if (got.empty()) continue;
    const int status = support::parse_head(got.substr(0, got.find("\r\n\r\n") + 2)).status;
    INFO("an answer " << status);
    CHECK(std::find(statuses.begin(), statuses.end(), status) != statuses.end());
    ++count;
  }
  return count;
}

void check_alive(const Victim& victim) {
  RawClient client(victim.port());
  client.send(get("/"));
  CHECK(support::read_answer(client).head.status == 200);
}

void check_growth(const Victim& victim) {
  INFO("grew by " << victim.growth() / kib << " KiB");
  CHECK(victim.growth() <= bound);
  check_alive(victim);
}

void skip_if_sanitized() {
  if (support::sanitized) SKIP("a sanitizer's own memory would be measured");
}

}  // namespace

TEST_CASE("heads without an end cost little memory", "[adapter][listener][memory]") {
  skip_if_sanitized();
  const Victim victim;
  std::vector<RawClient> clients = attack(victim, "GET / HTTP/1.1\r\nHost: h\r\n");
  flood(clients, "X-" + std::string(2000, 'x') + ": " + std::string(2000, 'y') + "\r\n", 256 * kib);
  CHECK(answered(clients, {431}) > 0);
  check_growth(victim);
}

TEST_CASE("one header line without an end costs little memory", "[adapter][listener][memory]") {
  skip_if_sanitized();
  const Victim victim;
  std::vector<RawClient> clients = attack(victim, "GET / HTTP/1.1\r\nHost: h\r\nX: ");
  flood(clients, std::string(4000, 'y'), 256 * kib);
  CHECK(answered(clients, {431}) > 0);
  check_growth(victim);
}

TEST_CASE("chunked bodies without an end cost little memory", "[adapter][listener][memory]") {
  skip_if_sanitized();
  const Victim victim;
  std::vector<RawClient> clients = attack(victim, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  flood(clients, "1000\r\n" + std::string(0x1000, 'y') + "\r\n", 2048 * kib);
  CHECK(answered(clients, {413, 503, 408}) > 0);
  check_growth(victim);
}

TEST_CASE("lengths that are too large are refused before the body", "[adapter][listener][memory]") {
  skip_if_sanitized();
  const Victim victim;
  std::vector<RawClient> clients =
      attack(victim, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1099511627776\r\n\r\n");
  CHECK(answered(clients, {413}) == attackers);
  check_growth(victim);
}

TEST_CASE("large bodies that come slowly share what there is", "[adapter][listener][memory]") {
  skip_if_sanitized();
  const Victim victim;
  // Allowed each, but not all at once: 200 MiB together.
  std::vector<RawClient> clients =
      attack(victim, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(1024 * kib) + "\r\n\r\n");
  flood(clients, std::string(16 * kib, 'y'), 1008 * kib);
  CHECK(answered(clients, {503, 408}) > 0);
  check_growth(victim);
}

TEST_CASE("answers that nobody reads are not heaped up", "[adapter][listener][memory]") {
  skip_if_sanitized();
  const Victim victim;
  std::string pipelined;
  for (int i = 0; i < 1000; ++i) pipelined += get("/");
  std::vector<RawClient> clients = attack(victim, {}, 4096);
  flood(clients, pipelined, 4 * pipelined.size());
  // Each would have had 240 MB to read; it is cut because it takes nothing.
  for (RawClient& each : clients) {
    CHECK(support::eventually([&] {
      each.try_send("GET", 0ms);
      return each.try_send("x", 0ms) == 0;
    }));
  }
  check_growth(victim);
  for (RawClient& each : clients) CHECK(each.wait_for_end() != RawClient::End::open);
}

TEST_CASE("half a request costs little memory, and not for long", "[adapter][listener][memory]") {
  skip_if_sanitized();
  const Victim victim;
  std::vector<RawClient> clients = attack(victim, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(12'000, 'x'));
  CHECK(answered(clients, {408}) == attackers);
  check_growth(victim);
}
