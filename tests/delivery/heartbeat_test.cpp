// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/heartbeat.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

using namespace tidings;
using namespace tidings::delivery;
using namespace std::chrono_literals;

namespace {

constexpr steady_time connected{std::chrono::hours(1000)};

// Out of line: g++ 12 sees an uninitialized member in the inlined optional that is none (GCC bug 80635).
[[gnu::noinline]] Heartbeat::Action timer(Heartbeat& heartbeat, steady_time now) { return heartbeat.on_timer(now); }

// A silence up to the ping, and the answer a second later.
Heartbeat answered(std::chrono::milliseconds pong_wait) {
  Heartbeat heartbeat(pong_wait);
  heartbeat.start(connected);
  CHECK(timer(heartbeat, connected + heartbeat.period()).verdict == Heartbeat::Verdict::ping);
  heartbeat.on_traffic(connected + heartbeat.period() + 1s);
  return heartbeat;
}

bool is(Heartbeat::Action action, Heartbeat::Verdict verdict, steady_time due) {
  return action.verdict == verdict && action.due == due;
}

// A peer that talks for a while and then is gone, and timers that are late at times. The pong wait is 10 s.
class Dialogue {
 public:
  explicit Dialogue(std::mt19937& random) : random_(random), due_(heartbeat_.start(connected).due) {}

  void step(bool peer_alive) {
    if (peer_alive && random_() % 3 != 0) {
      now_ += std::chrono::milliseconds(random_() % 3000);
      heartbeat_.on_traffic(now_);
      heard_ = now_;
      asked_ = steady_time::max();
      lateness_ = 0ms;
    }
    const std::chrono::milliseconds late{random_() % 4 == 0 ? random_() % 20'000 : 0};
    lateness_ += late;
    now_ = std::max(now_, due_) + late;
    const Heartbeat::Action action = timer(heartbeat_, now_);
    if (action.verdict == Heartbeat::Verdict::ping) asked_ = now_;
    dead_ = action.verdict == Heartbeat::Verdict::dead;
    due_ = action.due;
    CHECK((dead_ || due_ > now_));
  }

  bool dead() const { return dead_; }
  std::chrono::nanoseconds silence() const { return now_ - heard_; }
  std::chrono::nanoseconds unanswered() const { return now_ - asked_; }
  std::chrono::milliseconds lateness() const { return lateness_; }

 private:
  std::mt19937& random_;
  Heartbeat heartbeat_{10s};
  steady_time now_ = connected;
  steady_time heard_ = connected;
  steady_time asked_ = steady_time::max();
  steady_time due_;
  std::chrono::milliseconds lateness_{0};
  bool dead_ = false;
};

}  // namespace

// Found by the probe on a loaded machine: a timer that fires late found the peer "silent for pong_wait" although nobody
// had asked it.
TEST_CASE("a timer that fires late asks before it judges", "[delivery][heartbeat]") {
  const std::chrono::milliseconds late = GENERATE(0ms, 1ms, 1s, 5s, 60s, 1h);
  Heartbeat heartbeat(50s);
  heartbeat.start(connected);
  const steady_time fires = connected + 50s + late;
  const Heartbeat::Action asked = timer(heartbeat, fires);
  CHECK(is(asked, Heartbeat::Verdict::ping, fires + 5s));
  CHECK(is(timer(heartbeat, fires + 5s - 1ms), Heartbeat::Verdict::wait, fires + 5s));
  CHECK(is(timer(heartbeat, fires + 5s), Heartbeat::Verdict::dead, fires + 5s));
}

// DESIGN 3.5: ping period = 9/10 of the pong wait, the verdict counts from the last byte received.
TEST_CASE("a silent peer is asked at nine tenths and given up at the pong wait", "[delivery][heartbeat]") {
  const std::chrono::milliseconds pong_wait = GENERATE(10ms, 100ms, 25s, 50s, 600s);
  Heartbeat heartbeat(pong_wait);
  CHECK(heartbeat.period() == pong_wait * 9 / 10);
  CHECK(heartbeat.pong_wait() == pong_wait);
  const steady_time ask_at = connected + pong_wait * 9 / 10;
  CHECK(is(heartbeat.start(connected), Heartbeat::Verdict::wait, ask_at));
  CHECK(is(timer(heartbeat, ask_at - 1ms), Heartbeat::Verdict::wait, ask_at));
  CHECK(is(timer(heartbeat, ask_at), Heartbeat::Verdict::ping, connected + pong_wait));
  CHECK(is(timer(heartbeat, connected + pong_wait - 1ns), Heartbeat::Verdict::wait, connected + pong_wait));
  CHECK(is(timer(heartbeat, connected + pong_wait), Heartbeat::Verdict::dead, connected + pong_wait));
}

TEST_CASE("any byte from the peer begins the silence anew", "[delivery][heartbeat]") {
  Heartbeat heartbeat(50s);
  heartbeat.start(connected);
  heartbeat.on_traffic(connected + 44s);
  CHECK(is(timer(heartbeat, connected + 45s), Heartbeat::Verdict::wait, connected + 44s + 45s));
  CHECK(is(timer(heartbeat, connected + 89s), Heartbeat::Verdict::ping, connected + 94s));
  heartbeat.on_traffic(connected + 93s);
  CHECK(is(timer(heartbeat, connected + 94s), Heartbeat::Verdict::wait, connected + 93s + 45s));
  CHECK(is(timer(heartbeat, connected + 138s), Heartbeat::Verdict::ping, connected + 143s));
}

TEST_CASE("an answered ping says nothing about the next silence", "[delivery][heartbeat]") {
  Heartbeat heartbeat = answered(50s);
  // The next timer is a minute late: the answered ping is no evidence, so a new one is asked.
  const Heartbeat::Action action = timer(heartbeat, connected + 200s);
  CHECK(is(action, Heartbeat::Verdict::ping, connected + 205s));
}

TEST_CASE("a ping sent late gets its tenth of the pong wait for the answer", "[delivery][heartbeat]") {
  Heartbeat heartbeat(50s);
  heartbeat.start(connected);
  CHECK(is(timer(heartbeat, connected + 48s), Heartbeat::Verdict::ping, connected + 53s));
  CHECK(timer(heartbeat, connected + 50s).verdict == Heartbeat::Verdict::wait);
  CHECK(timer(heartbeat, connected + 53s).verdict == Heartbeat::Verdict::dead);
}

TEST_CASE("starting again forgets an old ping", "[delivery][heartbeat]") {
  Heartbeat heartbeat(50s);
  heartbeat.start(connected);
  timer(heartbeat, connected + 45s);
  heartbeat.start(connected + 1000s);
  CHECK(is(timer(heartbeat, connected + 1045s), Heartbeat::Verdict::ping, connected + 1050s));
}

// The two promises at once: never guilty without an unanswered ping of at least a tenth, never alive for longer than
// the pong wait and what the timers were late.
TEST_CASE("a verdict is never too early, and a dead peer is always found", "[delivery][heartbeat][property]") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U, 4U);
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    Dialogue dialogue(random);
    const int alive = static_cast<int>(random() % 20);
    for (int step = 0; step < alive && !dialogue.dead(); ++step) dialogue.step(true);
    for (int step = 0; step < 10 && !dialogue.dead(); ++step) dialogue.step(false);
    REQUIRE(dialogue.dead());
    CHECK(dialogue.silence() >= 10s);
    CHECK(dialogue.unanswered() >= 1s);
    // At most one period, one wait and one tenth lie between the last byte and the verdict, and the lateness.
    CHECK(dialogue.silence() <= 10s + 9s + 1s + dialogue.lateness());
  }
}
