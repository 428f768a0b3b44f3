// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CLIENTS_CUTS_HPP
#define TIDINGS_TESTS_CLIENTS_CUTS_HPP

#include "support/cutting_relay.hpp"

#include TIDINGS_ASIO_HEADER(steady_timer.hpp)

#include <catch2/catch_test_macros.hpp>

#include "clients/client_fixture.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace fixture {

namespace net = tidings::net;
using tidings::net_error_code;

/// How the application takes its messages.
enum class Takes {
  /// In a callback: done with each before the next is looked at.
  called,
  /// By asking, and slowly: cuts come while some wait, which the server sends again.
  asking,
};

/// What came of a client whose connections were cut.
struct CutResult {
  std::uint32_t seed = 0;
  std::size_t cuts = 0;
  std::size_t links = 0;
  std::size_t messages = 0;
  std::size_t lost = 0;
  std::size_t twice = 0;
  std::size_t gaps = 0;
  double seconds = 0;
};

/// Counts what is missing and what comes again, by the number that each message of a topic carries.
class Numbers {
 public:
  void on_received(const tidings::Received& received) {
    const std::lock_guard lock(mutex_);
    if (received.kind == tidings::Received::Kind::gap) {
      ++gaps_;
      return;
    }
    const std::size_t number = std::stoul(received.data);
    std::size_t& next = next_[received.topic];
    if (number < next) ++twice_;
    if (number > next) lost_ += number - next;
    if (number >= next) next = number + 1;
    ++messages_;
  }
  void tell(CutResult& result) const {
    const std::lock_guard lock(mutex_);
    result.messages = messages_;
    result.lost = lost_;
    result.twice = twice_;
    result.gaps = gaps_;
  }
  std::size_t of(const std::string& topic) const {
    const std::lock_guard lock(mutex_);
    const auto found = next_.find(topic);
    return found == next_.end() ? 0 : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> next_;
  std::size_t messages_ = 0;
  std::size_t lost_ = 0;
  std::size_t twice_ = 0;
  std::size_t gaps_ = 0;
};

/// Asks for one message after the other, with pauses.
template <class Client>
class Asking {
 public:
  Asking(Client& client, net::io_context& context, Numbers& numbers, std::uint32_t seed)
      : client_(client), timer_(context), numbers_(numbers), random_(seed) {}

  /// Once the client has.
  support::Tally ended;

  void ask() {
    client_.async_receive([this](net_error_code ec, const tidings::Received& received) {
      if (ec) return ended.add();
      numbers_.on_received(received);
      if (random_() % 3 != 0) return ask();
      timer_.expires_after(std::chrono::microseconds(random_() % 3000));
      timer_.async_wait([this](net_error_code) { ask(); });
    });
  }

 private:
  Client& client_;
  net::steady_timer timer_;
  Numbers& numbers_;
  std::mt19937 random_;
};

/// Publishes to three topics, one of them the user's inbox, while each connection is cut after 0 .. 2,500 bytes: in the
/// handshake, in hello, between messages and in their midst.
template <class Client>
CutResult cut_at_random(std::string_view scheme, Takes takes, std::size_t cuts) {
  const auto began = support::Clock::now();
  CutResult result{.seed = std::random_device{}()};
  std::mt19937 random(result.seed);
  std::mutex random_mutex;
  std::atomic<bool> cutting{true};
  Numbers numbers;
  Pushed server;
  support::CuttingRelay relay(server.listener.port(), [&]() -> std::optional<std::size_t> {
    const std::lock_guard lock(random_mutex);
    if (!cutting) return std::nullopt;
    return random() % 2500;
  });
  Runner runner(2);
  tidings::ClientOptions options = quick();
  options.topics = {"news"};
  // The first connection may be cut as well: from the start, then, whatever was published meanwhile.
  options.from = tidings::ClientOptions::From::start;
  if (takes == Takes::called) {
    options.on_received = [&](const tidings::Received& received) { numbers.on_received(received); };
  }
  Client client(runner.executor(), Pushed::url_at(relay.port(), scheme), std::move(options));
  Asking<Client> asking(client, runner.context(), numbers, result.seed + 2);
  if (takes == Takes::asking) asking.ask();
  client.connect();

  const std::string topics[] = {"orders", "news", "@alice"};
  std::map<std::string, std::size_t> published;
  std::mt19937 pace(result.seed + 1);
  const auto limit = began + std::chrono::milliseconds(5000 + cuts * 20 * support::slowness * support::slowness);
  while (relay.cuts() < cuts && support::Clock::now() < limit) {
    const std::string& topic = topics[pace() % 3];
    std::size_t& next = published[topic];
    // The client must stay within the retention, which is not what is looked at here.
    if (next - numbers.of(topic) < 300) server.publish(topic, std::to_string(next++));
    if (pace() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(pace() % 4000));
  }
  cutting = false;
  result.cuts = relay.cuts();
  // The rest comes over a connection that lasts.
  support::eventually([&] {
    bool all = true;
    for (const auto& [topic, count] : published) all = all && numbers.of(topic) >= count;
    return all;
  });
  numbers.tell(result);
  for (const auto& [topic, count] : published) result.lost += count - numbers.of(topic);
  result.links = relay.links();
  client.close();
  if (takes == Takes::asking) asking.ended.reaches(1);
  result.seconds = std::chrono::duration<double>(support::Clock::now() - began).count();
  return result;
}

/// That, and what must come of it.
template <class Client>
void loses_and_doubles_nothing(std::string_view scheme, Takes takes, std::size_t cuts) {
  const CutResult result = cut_at_random<Client>(scheme, takes, cuts);
  INFO("seed " << result.seed << ", " << result.cuts << " cuts, " << result.messages << " messages, " << result.links
               << " connections, " << result.seconds << " s");
  CHECK(result.cuts >= cuts);
  CHECK(result.lost == 0);
  CHECK(result.twice == 0);
  CHECK(result.gaps == 0);
  CHECK(result.messages > cuts / 4);
}

}  // namespace fixture

#endif  // TIDINGS_TESTS_CLIENTS_CUTS_HPP
