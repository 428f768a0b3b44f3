// SPDX-License-Identifier: BSL-1.0
//
// Sessions of all transports end in every way that there is, and none is left: what a hub says is open is open.

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include "conformance/http/push_kit.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace conformance;
using namespace std::chrono_literals;
using support::RawClient;
using support::WsClient;

namespace {

using Opcode = WsClient::Opcode;
using Part = WsClient::Part;

/// Begins sessions and ends them, one after the other.
class Visitor {
 public:
  Visitor(const PushKit& kit, unsigned seed) : kit_(kit), user_("u" + std::to_string(seed)), random_(seed) {}

  /// A session that had begun has ended, or is about to.
  bool visit() {
    const unsigned transport = pick(server_facts().upgrades ? 4 : 2);
    std::optional<RawClient> begun = begin(transport);
    if (!begun) return false;
    try {
      if (transport > 1) talk(*begun);
      if (pick(2) == 0) begun->read_now();
      transport > 1 && pick(2) == 0 ? end_in_protocol(*begun) : end(std::move(*begun));
    } catch (const std::exception&) {
      // Disconnected meanwhile; that is an ending too.
    }
    return true;
  }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

  // None: disconnected before it had begun.
  std::optional<RawClient> begin(unsigned transport) {
    const std::string target = "/push?user=" + user_;
    try {
      if (transport > 1) return std::move(WsClient(kit_.port(), target).raw);
      RawClient client(kit_.port());
      if (transport == 1) {
        // Where nobody sees the client leave, a poll is over when its time is.
        client.send(support::get(target + (server_facts().answers.gone_while_idle ? "&wait=20" : "&wait=1")));
        return client;
      }
      client.send(support::get(target, "Accept: text/event-stream\r\n"));
      if (support::read_head(client).status == 200) return client;
    } catch (const std::runtime_error&) {
      // As below.
    }
    return std::nullopt;
  }

  void talk(RawClient& client) {
    if (pick(2) == 0) client.send(WsClient::frame(Opcode::text, R"({"send":{"ref":"1","event":"e"}})"));
    if (pick(4) == 0) client.send(WsClient::frame(Opcode::ping, "p"));
    if (pick(4) == 0) client.send(WsClient::frame(Opcode::text, "{", Part::first));
  }
  void end_in_protocol(RawClient& client) {
    const std::vector<std::string> words{WsClient::frame(Opcode::close, "\x03\xE8"), WsClient::frame(Opcode::close, ""),
                                         "garbage, unmasked", WsClient::frame(Opcode::text, "\xFF"),
                                         WsClient::frame(Opcode::continuation, "x", Part::last)};
    client.send(words[pick(static_cast<unsigned>(words.size()))]);
    if (pick(2) == 0) client.wait_for_end(20ms);
  }
  void end(RawClient client) {
    switch (pick(4)) {
      case 0: client.reset(); break;
      case 1:
        client.finish_sending();
        if (pick(2) == 0) client.wait_for_end(20ms);
        break;
      case 2: kit_.disconnect(user_); break;
      default: break;
    }
  }

  const PushKit& kit_;
  std::string user_;
  std::minstd_rand random_;
};

}  // namespace

TEST_CASE("thousands of sessions end in every way, and none is left", "[conformance][http][endings]") {
  constexpr std::size_t sessions = 10'000 / (support::sanitized ? 20 : 1);
  constexpr unsigned visitors = 4;
  tidings::HubOptions options = PushKit::plain_options();
  options.close_timeout = 500ms;
  const PushKit kit(options);
  std::atomic<std::size_t> ended{0};
  std::atomic<bool> over{false};
  std::thread publishing([&] {
    for (int i = 0; !over; ++i) {
      kit.publish(std::to_string(i));
      std::this_thread::sleep_for(2ms);
    }
  });
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= visitors; ++seed) {
    threads.emplace_back([&, seed] {
      Visitor visitor(kit, seed);
      const auto until = support::Clock::now() + 200s;
      while (ended < sessions && support::Clock::now() < until) ended += visitor.visit() ? 1U : 0U;
    });
  }
  for (std::thread& each : threads) each.join();
  over = true;
  publishing.join();
  CHECK(ended >= sessions);
  CHECK(support::eventually([&] { return kit.sessions() == 0; }));
  // And somebody who comes now finds a place.
  RawClient late(kit.port());
  late.send(support::get("/push"));
  CHECK(support::read_answer(late).head.status == 200);
}
