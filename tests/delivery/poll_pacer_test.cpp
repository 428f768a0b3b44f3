// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/poll_pacer.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <random>
#include <vector>

using namespace tidings;
using namespace tidings::delivery;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// Far from zero: a steady clock counts from boot, or from anywhere.
constexpr steady_time first_poll{std::chrono::hours(20'000)};

// Clients that poll when they were told to, on a simulated clock.
class Crowd {
 public:
  explicit Crowd(PollPacerOptions options, steady_time start = first_poll)
      : pacer_(options), interval_(options.interval), start_(start), now_(start) {}

  /// So many new clients; their first polls fall within `span`.
  void arrive(std::size_t count, milliseconds span) {
    for (std::size_t i = 0; i < count; ++i) {
      queue_.push({now_ + milliseconds(static_cast<std::int64_t>(fraction() * static_cast<double>(span.count()))), {}});
    }
  }
  /// Clients that were there already, as a restarted server sees them: it promised them nothing.
  void restart() {
    std::priority_queue<Client> all;
    pacer_ = PollPacer({interval_, 0});
    for (; !queue_.empty(); queue_.pop())
      all.push({now_ + milliseconds(static_cast<std::int64_t>(fraction() * 1000)), {}});
    queue_ = std::move(all);
  }
  /// Keeps so many clients.
  void leave_but(std::size_t count) {
    std::priority_queue<Client> rest;
    std::vector<Client> all;
    for (; !queue_.empty(); queue_.pop()) all.push_back(queue_.top());
    std::shuffle(all.begin(), all.end(), random_);
    for (std::size_t i = 0; i < std::min(count, all.size()); ++i) rest.push(all[i]);
    queue_ = std::move(rest);
  }

  void run_for(milliseconds span) {
    const steady_time until = now_ + span;
    while (!queue_.empty() && queue_.top().at < until) {
      const Client client = queue_.top();
      queue_.pop();
      poll(client);
    }
    now_ = until;
  }

  /// Polls in each second of the span.
  std::vector<std::size_t> per_second(milliseconds from, milliseconds to) const {
    const auto first = static_cast<std::ptrdiff_t>(from / 1s);
    std::vector<std::size_t> counts(polls_.begin() + first, polls_.begin() + static_cast<std::ptrdiff_t>(to / 1s));
    return counts;
  }
  /// The mean distance of the promises made in the last `span`.
  double mean_wait(milliseconds span) const {
    double sum = 0;
    std::size_t count = 0;
    for (const auto& [at, wait] : waits_) {
      if (at < now_ - span) continue;
      sum += static_cast<double>(wait.count());
      ++count;
    }
    return sum / static_cast<double>(count);
  }
  /// Since the start.
  milliseconds now() const { return std::chrono::duration_cast<milliseconds>(now_ - start_); }
  std::size_t throttled() const { return throttled_; }
  PollPacer& pacer() { return pacer_; }

 private:
  struct Client {
    steady_time at;
    std::optional<steady_time> promised;
    friend bool operator<(const Client& a, const Client& b) { return a.at > b.at; }
  };

  double fraction() { return static_cast<double>(random_() >> 11U) * 0x1.0p-53; }

  void poll(const Client& client) {
    const PollPacer::Decision decision = pacer_.on_poll(client.at, client.promised);
    if (decision.throttled) {
      ++throttled_;
      queue_.push({client.at + decision.retry_after, client.promised});
      return;
    }
    const auto second = static_cast<std::size_t>((client.at - start_) / 1s);
    if (polls_.size() <= second + 1) polls_.resize(second + 1000);
    ++polls_[second];
    const milliseconds wait = pacer_.next(client.at, fraction());
    waits_.emplace_back(client.at, wait);
    queue_.push({client.at + wait, client.at + wait});
  }

  PollPacer pacer_;
  milliseconds interval_;
  steady_time start_;
  steady_time now_;
  std::mt19937_64 random_{1};
  std::priority_queue<Client> queue_;
  std::vector<std::size_t> polls_ = std::vector<std::size_t>(1000);
  std::vector<std::pair<steady_time, milliseconds>> waits_;
  std::size_t throttled_ = 0;
};

std::size_t most(const std::vector<std::size_t>& counts) { return *std::max_element(counts.begin(), counts.end()); }
double mean(const std::vector<std::size_t>& counts) {
  double sum = 0;
  for (const std::size_t each : counts) sum += static_cast<double>(each);
  return sum / static_cast<double>(counts.size());
}

}  // namespace

TEST_CASE("20,000 pollers that come over one interval stay spread", "[delivery][pacer]") {
  Crowd crowd({.interval = 30s});
  crowd.arrive(20'000, 30s);
  crowd.run_for(300s);
  const auto counts = crowd.per_second(30s, 300s);
  CHECK(static_cast<double>(most(counts)) <= 1.3 * mean(counts));
  CHECK(crowd.throttled() == 0);
}

TEST_CASE("20,000 pollers that come in one second are spread after one interval", "[delivery][pacer]") {
  Crowd crowd({.interval = 30s});
  crowd.arrive(20'000, 1s);
  crowd.run_for(300s);
  const auto counts = crowd.per_second(30s, 300s);
  CHECK(static_cast<double>(most(counts)) <= 1.3 * mean(counts));
  // Already their second polls do not come together.
  CHECK(most(crowd.per_second(2s, 60s)) <= 1000);
}

TEST_CASE("a restart that everyone notices at once is spread again", "[delivery][pacer]") {
  Crowd crowd({.interval = 30s});
  crowd.arrive(20'000, 30s);
  crowd.run_for(100s);
  crowd.restart();
  crowd.run_for(300s);
  const auto counts = crowd.per_second(130s, 400s);
  CHECK(static_cast<double>(most(counts)) <= 1.3 * mean(counts));
}

// PollPacerOptions: what a client waits between two polls when there is room.
TEST_CASE("with room, a client waits the set interval on average", "[delivery][pacer]") {
  const std::size_t clients = GENERATE(1U, 20U, 300U, 20'000U);
  CAPTURE(clients);
  Crowd crowd({.interval = 30s});
  crowd.arrive(clients, 30s);
  crowd.run_for(900s);
  CHECK(crowd.mean_wait(600s) > 26'000);
  CHECK(crowd.mean_wait(600s) < 34'000);
}

TEST_CASE("no wait is shorter than half the interval or longer than one and a half", "[delivery][pacer]") {
  const milliseconds interval = GENERATE(as<milliseconds>{}, 500ms, 1s, 7s, 30s, 600s);
  PollPacer pacer({.interval = interval});
  std::mt19937_64 random(2);
  steady_time now = first_poll;
  // One slot is a thirtieth; the window is in whole ones.
  const milliseconds slack = interval / 15 + 1ms;
  for (int i = 0; i < 2000; ++i) {
    now += milliseconds(random() % 200);
    const milliseconds wait = pacer.next(now, static_cast<double>(random() >> 11U) * 0x1.0p-53);
    CHECK(wait >= interval / 2 - slack);
    CHECK(wait <= interval * 3 / 2 + slack);
  }
  CHECK(pacer.interval() == interval);
}

TEST_CASE("a small interval is spread like a long one", "[delivery][pacer]") {
  Crowd crowd({.interval = 500ms});
  crowd.arrive(500, 1s);
  crowd.run_for(60s);
  const auto counts = crowd.per_second(2s, 60s);
  CHECK(static_cast<double>(most(counts)) <= 1.3 * mean(counts));
  // 500 clients twice a second.
  CHECK(mean(counts) > 850);
}

TEST_CASE("with a limit the interval grows until the rate stays under it", "[delivery][pacer]") {
  Crowd crowd({.interval = 30s, .max_polls_per_second = 400});
  crowd.arrive(20'000, 1s);
  crowd.run_for(400s);
  // 20,000 clients at 400 a second are 50 s.
  CHECK(crowd.pacer().interval() >= 48s);
  CHECK(crowd.pacer().interval() <= 55s);
  const auto counts = crowd.per_second(60s, 400s);
  CHECK(most(counts) <= 420);
  CHECK(mean(counts) >= 360);
  CHECK(crowd.throttled() == 0);
}

TEST_CASE("the interval falls back within two intervals after the load", "[delivery][pacer]") {
  Crowd crowd({.interval = 30s, .max_polls_per_second = 400});
  crowd.arrive(20'000, 1s);
  crowd.run_for(200s);
  CHECK(crowd.pacer().interval() >= 48s);
  crowd.leave_but(4'000);
  crowd.run_for(100s);
  CHECK(crowd.pacer().interval() == 30s);
  crowd.run_for(100s);
  CHECK(crowd.mean_wait(60s) <= 45'000);
  CHECK(crowd.throttled() == 0);
}

TEST_CASE("a small limit is kept over the time that it can be counted in", "[delivery][pacer]") {
  Crowd crowd({.interval = 30s, .max_polls_per_second = 0.5});
  crowd.arrive(100, 1s);
  crowd.run_for(2000s);
  // Half a poll a second: 200 s.
  CHECK(mean(crowd.per_second(400s, 2000s)) <= 0.55);
  CHECK(mean(crowd.per_second(400s, 2000s)) >= 0.4);
  CHECK(crowd.throttled() == 0);
}

// The shortest legal interval with the crowd of the target: 20,000 at 400 a second are 50 s, more than its slots reach.
TEST_CASE("a crowd beyond the horizon is not heaped onto one moment", "[delivery][pacer]") {
  Crowd crowd({.interval = 1s, .max_polls_per_second = 400});
  crowd.arrive(20'000, 1s);
  crowd.run_for(400s);
  const auto counts = crowd.per_second(100s, 400s);
  CHECK(static_cast<double>(most(counts)) <= 1.5 * mean(counts));
}

TEST_CASE("who ignores the hint is throttled, who keeps it is not", "[delivery][pacer]") {
  Crowd crowd({.interval = 30s, .max_polls_per_second = 50});
  crowd.arrive(2'000, 30s);  // needs 40 s
  crowd.run_for(120s);
  const steady_time start = first_poll + crowd.now();
  steady_time promised = start + crowd.pacer().next(start, 0.5);
  int answered = 0;
  int refused = 0;
  for (int i = 0; i < 6000; ++i) {
    crowd.run_for(10ms);
    const steady_time now = first_poll + crowd.now();
    const PollPacer::Decision decision = crowd.pacer().on_poll(now, promised);
    if (!decision.throttled) {
      ++answered;
      promised = now + crowd.pacer().next(now, 0.5);
      continue;
    }
    ++refused;
    // It is told when its turn comes.
    CHECK(decision.retry_after > 0ms);
    CHECK(now + decision.retry_after >= promised);
    CHECK(now + decision.retry_after <= promised + 2ms);
  }
  CHECK(refused > 5000);
  CHECK(answered < 600);
  CHECK(crowd.throttled() == 0);
}

TEST_CASE("without a limit nobody is throttled", "[delivery][pacer]") {
  PollPacer pacer({.interval = 30s});
  const steady_time promised = first_poll + pacer.next(first_poll, 0.5);
  for (int i = 0; i < 10'000; ++i) CHECK_FALSE(pacer.on_poll(first_poll, promised).throttled);
}

TEST_CASE("a client that was promised nothing is never throttled", "[delivery][pacer]") {
  PollPacer pacer({.interval = 30s, .max_polls_per_second = 1});
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(pacer.on_poll(first_poll, std::nullopt).throttled);
    pacer.next(first_poll, 0.3);
  }
}

TEST_CASE("who comes a little early, in time or late is not throttled", "[delivery][pacer]") {
  const milliseconds off = GENERATE(as<milliseconds>{}, -3s, -1s, 0ms, 1s, 100s, 24h);
  PollPacer pacer({.interval = 30s, .max_polls_per_second = 1});
  const steady_time promised = first_poll + 40s;
  // A crowd without promises fills the slot.
  for (int i = 0; i < 100; ++i) pacer.on_poll(promised + off, std::nullopt);
  CHECK_FALSE(pacer.on_poll(promised + off, promised).throttled);
  if (off < 0ms) CHECK(pacer.on_poll(promised + off, promised + 10s).throttled);
}

TEST_CASE("the clock may first_poll anywhere", "[delivery][pacer]") {
  const steady_time start = GENERATE(steady_time{}, steady_time{1ms}, first_poll, steady_time{24h * 365 * 200});
  Crowd crowd({.interval = 30s, .max_polls_per_second = 400}, start);
  crowd.arrive(10'000, 1s);
  crowd.run_for(200s);
  const auto counts = crowd.per_second(60s, 200s);
  CHECK(most(counts) <= 420);
  CHECK(mean(counts) >= 180);
}

TEST_CASE("every jitter gives a moment at least 1 ms away", "[delivery][pacer]") {
  const double jitter = GENERATE(0.0, 0x1.0p-53, 0.001, 0.5, 0.999, 0x1.fffffffffffffp-1);
  const milliseconds interval = GENERATE(as<milliseconds>{}, 1ms, 2ms, 29ms, 30ms, 31ms, 1s, 30s, 24h);
  PollPacer pacer({.interval = interval});
  for (int i = 0; i < 100; ++i) {
    const milliseconds wait = pacer.next(first_poll + milliseconds(i), jitter);
    CHECK(wait >= 1ms);
    CHECK(wait <= interval * 2 + 5ms);
  }
}

// Requests read the clock before they come to the pacer's lock, so it may hear of an earlier moment after a later one.
TEST_CASE("a moment heard of late forgets no promise", "[delivery][pacer]") {
  PollPacer pacer({.interval = 30s, .max_polls_per_second = 1});
  // Fills the minutes to come.
  for (int i = 0; i < 300; ++i) pacer.next(first_poll, 0.5);
  const milliseconds longest = pacer.interval();
  CHECK(longest > 200s);
  pacer.next(first_poll + 100s, 0.5);
  pacer.on_poll(first_poll + 100s - 9s, std::nullopt);
  const milliseconds after = pacer.next(first_poll + 100s, 0.5);
  CHECK(after > 150s);
}

// The slots are a ring: after some turns a promise that is over must not be held against later ones.
TEST_CASE("promises that are over take no room", "[delivery][pacer]") {
  Crowd crowd({.interval = 1s, .max_polls_per_second = 100});
  crowd.arrive(50, 1s);
  crowd.run_for(600s);
  CHECK(crowd.pacer().interval() == 1s);
  CHECK(mean(crowd.per_second(500s, 600s)) > 40);
}

TEST_CASE("a long silence forgets old promises", "[delivery][pacer]") {
  PollPacer pacer({.interval = 30s, .max_polls_per_second = 1});
  for (int i = 0; i < 300; ++i) pacer.next(first_poll, 0.5);
  CHECK(pacer.next(first_poll + 24h, 0.5) <= 50s);
  CHECK(pacer.interval() == 30s);
}
