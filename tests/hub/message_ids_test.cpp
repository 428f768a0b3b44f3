// SPDX-License-Identifier: BSL-1.0

#include <tidings/hub/message_ids.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <random>
#include <set>
#include <thread>
#include <vector>

using namespace tidings;
using tidings::hub::MessageIds;

namespace {

constexpr std::int64_t first_ms = 1'700'000'000'000;

std::uint64_t ms_of(const MessageId& id) { return id.high >> 16U; }

}  // namespace

TEST_CASE("an id begins with the time of its making", "[hub][message_ids]") {
  const std::int64_t ms = GENERATE(std::int64_t{1}, first_ms, (std::int64_t{1} << 48U) - 1);
  MessageIds ids(5);
  const MessageId id = ids.next({ms});
  CHECK(ms_of(id) == static_cast<std::uint64_t>(ms));
  CHECK(static_cast<bool>(id));
}

TEST_CASE("ids of one millisecond are counted up", "[hub][message_ids]") {
  MessageIds ids(5);
  MessageId last = ids.next({first_ms});
  for (int i = 0; i < 10'000; ++i) {
    const MessageId id = ids.next({first_ms});
    CHECK(last < id);
    CHECK(ms_of(id) == static_cast<std::uint64_t>(first_ms));
    last = id;
  }
}

TEST_CASE("ids grow and never repeat, however the clock jumps", "[hub][message_ids][property]") {
  const std::uint64_t seed = GENERATE(0U, 1U, 2U, 0xFFFFFFFFU);
  std::mt19937_64 random(7);
  MessageIds ids(seed);
  std::int64_t now = first_ms;
  MessageId last;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<std::int64_t>(random() % 7) - 3;
    if (random() % 1000 == 0) now -= 3'600'000;
    if (random() % 1000 == 0) now += 3'600'000;
    const MessageId id = ids.next({now});
    REQUIRE(last < id);
    last = id;
  }
}

TEST_CASE("a clock before 1970 does not stop the ids for ever", "[hub][message_ids]") {
  const std::int64_t wrong = GENERATE(std::int64_t{0}, std::int64_t{-1}, std::int64_t{-3'600'000});
  MessageIds ids(5);
  const MessageId early = ids.next({wrong});
  CHECK(static_cast<bool>(early));
  const MessageId id = ids.next({first_ms});
  CHECK(early < id);
  CHECK(ms_of(id) == static_cast<std::uint64_t>(first_ms));
}

TEST_CASE("two hubs make different ids in the same millisecond", "[hub][message_ids]") {
  std::set<MessageId> all;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    MessageIds ids(seed);
    for (int i = 0; i < 5; ++i) all.insert(ids.next({first_ms}));
  }
  CHECK(all.size() == 1000);
}

TEST_CASE("threads never make the same id", "[hub][message_ids]") {
  MessageIds ids(5);
  std::vector<std::vector<MessageId>> made(4);
  std::vector<std::thread> threads;
  for (auto& list : made) {
    threads.emplace_back([&ids, &list] {
      for (int i = 0; i < 2000; ++i) list.push_back(ids.next({first_ms + i / 50}));
    });
  }
  for (std::thread& each : threads) each.join();
  std::set<MessageId> all;
  for (const auto& list : made) {
    CHECK(std::is_sorted(list.begin(), list.end()));
    all.insert(list.begin(), list.end());
  }
  CHECK(all.size() == 8000);
}

TEST_CASE("a session's name is random and never 0", "[hub][message_ids]") {
  MessageIds ids(5);
  std::set<std::uint64_t> names;
  for (int i = 0; i < 1000; ++i) names.insert(ids.session());
  CHECK(names.size() == 1000);
  CHECK_FALSE(names.contains(0));
  // Neighbours tell nothing of each other: they differ in their upper halves too.
  CHECK(*names.begin() >> 32U != *std::next(names.begin()) >> 32U);
}
