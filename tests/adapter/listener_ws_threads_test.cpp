// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/ws_accept.hpp>

#include "support/raw_client.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace tidings;
using support::WsClient;

namespace {

/// The sessions that were ever open; any thread takes one of the latest.
class OpenSessions {
 public:
  void add(WsSession session) {
    const std::lock_guard lock(mutex_);
    latest_[next_++ % latest_.size()] = std::move(session);
  }
  WsSession take(std::size_t which) {
    const std::lock_guard lock(mutex_);
    return latest_[which % latest_.size()];
  }

 private:
  std::mutex mutex_;
  std::vector<WsSession> latest_ = std::vector<WsSession>(16);
  std::size_t next_ = 0;
};

class CountingHandler final : public WsHandler {
 public:
  CountingHandler(OpenSessions& sessions, support::Tally& opened, support::Tally& closed)
      : sessions_(sessions), opened_(opened), closed_(closed) {}
  void on_open(WsSession& session) override {
    opened_.add();
    sessions_.add(session);
  }
  void on_message(WsSession& session, PayloadKind kind, std::string_view data) override {
    session.send({std::string(data), kind});
  }
  void on_closed(WsSession&, const CloseInfo&) override { closed_.add(); }

 private:
  OpenSessions& sessions_;
  support::Tally& opened_;
  support::Tally& closed_;
};

}  // namespace

TEST_CASE("eight threads send to sessions of two loops that open and close", "[adapter][ws_session]") {
  constexpr int visits = 200 / support::slowness;
  OpenSessions sessions;
  support::Tally opened;
  support::Tally closed;
  std::atomic<std::size_t> answered{0};
  std::atomic<std::size_t> sent{0};
  {
    const Hub hub{2};
    adapter::Listener listener(hub);
    const Mount mount = listener.handle("/ws", [&](RequestSnapshot request, adapter::Exchange exchange) {
      accept_ws(hub.loop(), std::move(request), std::move(exchange).stream(),
                std::make_unique<CountingHandler>(sessions, opened, closed));
    });
    std::atomic<bool> over{false};
    std::vector<std::thread> senders;
    for (unsigned seed = 1; seed <= 8; ++seed) {
      senders.emplace_back([&, seed] {
        std::minstd_rand random(seed);
        while (!over) {
          const WsSession session = sessions.take(random());
          ++sent;
          session.send({std::string(random() % 300, 'x')}, [&answered](std::error_code) { ++answered; });
          if (random() % 50 == 0) session.close(CloseCode::normal, "enough");
          if (random() % 20 == 0) std::this_thread::yield();
        }
      });
    }
    std::vector<std::thread> visitors;
    for (unsigned seed = 1; seed <= 2; ++seed) {
      visitors.emplace_back([&, seed] {
        std::minstd_rand random(seed);
        for (int i = 0; i < visits; ++i) {
          try {
            WsClient client(listener.port(), "/ws", "", "");
            client.send("hello");
            client.next();
            if (random() % 3 == 0) client.raw.reset();
            if (random() % 3 == 1) client.close(CloseCode::going_away);
          } catch (const std::runtime_error&) {
            // Closed by a sender, with a reset of what was not read.
          }
        }
      });
    }
    for (std::thread& each : visitors) each.join();
    over = true;
    for (std::thread& each : senders) each.join();
    CHECK(opened.count() > visits);
    CHECK(closed.reaches(opened.count()));
  }
  CHECK(closed.count() == opened.count());
  CHECK(answered == sent);
}
