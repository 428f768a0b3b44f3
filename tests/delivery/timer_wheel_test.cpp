// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/timer_wheel.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <vector>

using namespace tidings::delivery;

namespace {

struct Entry : WheelEntry {
  explicit Entry(int n) : number(n) {}
  int number;
};

std::vector<int> fired(TimerWheel& wheel, std::uint32_t tick) {
  std::vector<int> numbers;
  wheel.advance(tick, [&](WheelEntry& entry) { numbers.push_back(static_cast<Entry&>(entry).number); });
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

using Numbers = std::vector<int>;

// The wheel beside a sorted list of what it should do. What fires does something to the others, at random.
class Model {
 public:
  Model(std::uint32_t seed, std::uint32_t reach) : random_(seed), reach_(reach) {
    for (int i = 0; i < 60; ++i) entries_.push_back(std::make_unique<Entry>(i));
  }
  ~Model() {
    for (const auto& entry : entries_) {
      if (entry) wheel_.cancel(*entry);
    }
  }

  void step() {
    const int dice = pick(10);
    if (dice < 5) schedule(pick_entry(), wheel_.now() + static_cast<std::uint32_t>(pick(static_cast<int>(reach_))));
    if (dice == 5) cancel(pick_entry());
    if (dice == 6) replace(pick_entry());
    if (dice > 6) advance(wheel_.now() + static_cast<std::uint32_t>(dice == 9 ? pick(2000) : pick(4)));
  }

  bool good() const { return good_; }
  int fired() const { return fired_; }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<std::uint32_t>(below)); }
  std::size_t pick_entry() { return static_cast<std::size_t>(pick(static_cast<int>(entries_.size()))); }

  void schedule(std::size_t which, std::uint32_t due) {
    forget(which);
    due_.emplace(std::max(due, wheel_.now() + 1), which);
    wheel_.schedule(*entries_[which], due);
  }
  void cancel(std::size_t which) {
    forget(which);
    wheel_.cancel(*entries_[which]);
  }
  void replace(std::size_t which) {
    cancel(which);
    entries_[which] = std::make_unique<Entry>(static_cast<int>(which));
  }
  void forget(std::size_t which) {
    std::erase_if(due_, [&](const auto& each) { return each.second == which; });
  }

  void advance(std::uint32_t tick) {
    wheel_.advance(tick,
                   [&](WheelEntry& entry) { fire(static_cast<std::size_t>(static_cast<Entry&>(entry).number), tick); });
    expect(wheel_.now() >= tick);
    expect(due_.empty() || due_.begin()->first > tick);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const bool waits = std::any_of(due_.begin(), due_.end(), [&](const auto& each) { return each.second == i; });
      expect(entries_[i]->waiting() == waits);
    }
  }

  void fire(std::size_t which, std::uint32_t tick) {
    ++fired_;
    const auto found = std::find_if(due_.begin(), due_.end(), [&](const auto& each) { return each.second == which; });
    expect(found != due_.end() && found->first <= tick);
    expect(!entries_[which]->waiting());
    if (found != due_.end()) due_.erase(found);
    switch (pick(6)) {
      case 0: schedule(which, wheel_.now() + 1 + static_cast<std::uint32_t>(pick(static_cast<int>(reach_)))); break;
      case 1: schedule(pick_entry(), wheel_.now() + static_cast<std::uint32_t>(pick(600))); break;
      case 2: cancel(pick_entry()); break;
      case 3: replace(pick_entry()); break;
      case 4: replace(which); break;
      default: break;
    }
  }

  void expect(bool truth) { good_ = good_ && truth; }

  TimerWheel wheel_;
  std::mt19937 random_;
  std::uint32_t reach_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::multimap<std::uint32_t, std::size_t> due_;
  bool good_ = true;
  int fired_ = 0;
};

}  // namespace

TEST_CASE("an entry fires once, at its tick and not before", "[delivery][wheel]") {
  const std::uint32_t due = GENERATE(1U, 2U, 511U, 512U, 513U, 1023U, 1024U, 1025U, 100'000U);
  TimerWheel wheel;
  Entry entry(1);
  wheel.schedule(entry, due);
  CHECK(entry.waiting());
  CHECK(fired(wheel, due - 1).empty());
  CHECK(entry.waiting());
  CHECK(fired(wheel, due) == Numbers{1});
  CHECK_FALSE(entry.waiting());
  CHECK(fired(wheel, due + 2000).empty());
  CHECK(wheel.now() == due + 2000);
}

TEST_CASE("tick by tick, an entry several turns away fires at its tick", "[delivery][wheel]") {
  TimerWheel wheel;
  Entry entry(1);
  wheel.schedule(entry, 1700);
  for (std::uint32_t tick = 1; tick < 1700; ++tick) REQUIRE(fired(wheel, tick).empty());
  CHECK(fired(wheel, 1700) == Numbers{1});
}

TEST_CASE("what is due already fires at the next tick", "[delivery][wheel]") {
  TimerWheel wheel;
  CHECK(fired(wheel, 100).empty());
  Entry past(1);
  Entry now(2);
  wheel.schedule(past, 3);
  wheel.schedule(now, 100);
  CHECK(fired(wheel, 100).empty());
  CHECK(fired(wheel, 101) == Numbers{1, 2});
}

TEST_CASE("scheduling again moves an entry", "[delivery][wheel]") {
  TimerWheel wheel;
  Entry entry(1);
  wheel.schedule(entry, 5);
  wheel.schedule(entry, 700);
  CHECK(fired(wheel, 699).empty());
  wheel.schedule(entry, 701);
  CHECK(fired(wheel, 700).empty());
  CHECK(fired(wheel, 701) == Numbers{1});
}

TEST_CASE("a cancelled entry does not fire, and cancelling twice is harmless", "[delivery][wheel]") {
  TimerWheel wheel;
  Entry entry(1);
  wheel.cancel(entry);
  wheel.schedule(entry, 5);
  wheel.cancel(entry);
  wheel.cancel(entry);
  CHECK_FALSE(entry.waiting());
  CHECK(fired(wheel, 10).empty());
}

TEST_CASE("time that stands still or goes back fires nothing", "[delivery][wheel]") {
  TimerWheel wheel;
  CHECK(fired(wheel, 50).empty());
  Entry entry(1);
  wheel.schedule(entry, 51);
  CHECK(fired(wheel, 50).empty());
  CHECK(fired(wheel, 10).empty());
  CHECK(wheel.now() == 50);
  CHECK(fired(wheel, 51) == Numbers{1});
}

TEST_CASE("a jump beyond one turn fires everything that it passed, and nothing later", "[delivery][wheel]") {
  const std::uint32_t jump = GENERATE(512U, 513U, 1000U, 1024U, 5000U, 4'000'000'000U);
  TimerWheel wheel;
  std::vector<std::unique_ptr<Entry>> entries;
  Numbers passed;
  for (int i = 0; i < 3000; ++i) {
    entries.push_back(std::make_unique<Entry>(i));
    wheel.schedule(*entries.back(), static_cast<std::uint32_t>(i + 1));
    if (static_cast<std::uint32_t>(i + 1) <= jump) passed.push_back(i);
  }
  CHECK(fired(wheel, jump) == passed);
  CHECK(wheel.now() == jump);
  Entry after(-1);
  wheel.schedule(after, jump + 1);
  const Numbers next = fired(wheel, jump + 1);
  CHECK(std::find(next.begin(), next.end(), -1) != next.end());
  for (const auto& entry : entries) wheel.cancel(*entry);
}

TEST_CASE("an entry may schedule itself from inside, also for the tick that is firing", "[delivery][wheel]") {
  TimerWheel wheel;
  Entry entry(1);
  wheel.schedule(entry, 1);
  std::vector<std::uint32_t> at;
  const auto again = [&](WheelEntry& due) {
    at.push_back(wheel.now());
    wheel.schedule(due, wheel.now());
  };
  wheel.advance(1, again);
  CHECK(at == std::vector<std::uint32_t>{1});
  wheel.advance(4, again);
  CHECK(at == std::vector<std::uint32_t>{1, 2, 3, 4});
  wheel.cancel(entry);
}

TEST_CASE("an entry one turn ahead in the firing slot is not fired twice", "[delivery][wheel]") {
  TimerWheel wheel;
  Entry entry(1);
  wheel.schedule(entry, 5);
  int count = 0;
  const auto again = [&](WheelEntry& due) {
    ++count;
    wheel.schedule(due, wheel.now() + 512);
  };
  wheel.advance(5, again);
  wheel.advance(516, again);
  CHECK(count == 1);
  wheel.advance(517, again);
  CHECK(count == 2);
  wheel.cancel(entry);
}

TEST_CASE("an entry may cancel and destroy the others that are due in the same slot", "[delivery][wheel]") {
  const std::size_t first = GENERATE(0U, 1U, 2U);
  TimerWheel wheel;
  std::vector<std::unique_ptr<Entry>> entries;
  for (int i = 0; i < 3; ++i) entries.push_back(std::make_unique<Entry>(i));
  for (std::size_t i = 0; i < 3; ++i) wheel.schedule(*entries[(first + i) % 3], 7);
  int count = 0;
  wheel.advance(7, [&](WheelEntry&) {
    ++count;
    for (auto& each : entries) {
      wheel.cancel(*each);
      each.reset();
    }
    entries.clear();
  });
  CHECK(count == 1);
}

TEST_CASE("the wheel does what a sorted list does", "[delivery][wheel][property]") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U);
  // Within one turn, around it, and several away.
  const std::uint32_t reach = GENERATE(20U, 520U, 3000U);
  CAPTURE(seed, reach);
  Model model(seed, reach);
  for (int i = 0; i < 4000; ++i) {
    model.step();
    REQUIRE(model.good());
  }
  CHECK(model.fired() > 500);
}
