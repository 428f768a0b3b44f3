// SPDX-License-Identifier: BSL-1.0

#include <tidings/store/memory_store.hpp>

#include "support/store_conformance.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;

namespace {

MemoryStoreOptions options_of(const support::StoreSetup& setup) {
  MemoryStoreOptions options;
  options.max_messages = setup.max_messages;
  options.max_bytes = setup.max_bytes;
  options.max_age = setup.max_age;
  options.idempotency_age = setup.idempotency_age;
  options.clock = setup.clock;
  options.seed = 42;
  return options;
}

struct MemoryFactory {
  using Store = MemoryStore;
  static Store make(const support::StoreSetup& setup) { return Store(options_of(setup)); }
};

using TestStore = support::StoreUnderTest<MemoryFactory>;

// Bounds that only the memory store has.
struct Bounds {
  std::size_t total_bytes = 100'000'000;
  std::size_t topics = 1'000'000;
  std::chrono::milliseconds metadata_age = std::chrono::hours(24 * 30);
  std::size_t idempotency_keys = 100'000;
};

TestStore bounded(const Bounds& bounds, const support::StoreSetup& setup = {}) {
  return TestStore(setup, [&bounds](const support::StoreSetup& with_clock) {
    MemoryStoreOptions options = options_of(with_clock);
    options.max_total_bytes = bounds.total_bytes;
    options.max_topics = bounds.topics;
    options.metadata_age = bounds.metadata_age;
    options.max_idempotency_keys = bounds.idempotency_keys;
    return MemoryStore(options);
  });
}

std::string name(int number) { return "topic/" + std::to_string(number); }

// Appends to many other topics, so that the store comes around to look at all of its topics.
void busy_elsewhere(TestStore& store) {
  for (int i = 0; i < 3000; ++i) store.append("busy/" + std::to_string(i % 150), "x");
}

std::uint64_t epoch_of(TestStore& store, const std::string& topic) { return store.read(topic, 0, 0).state.epoch; }

}  // namespace

TEST_CASE("the memory store keeps the laws of a store", "[store][memory][conformance]") {
  for (const auto& [law, check] : support::store_laws<MemoryFactory>()) {
    DYNAMIC_SECTION(law) { check(); }
  }
}

// ---- epochs ----

TEST_CASE("of five former epochs the last four are remembered", "[store][memory][epoch]") {
  TestStore store;
  std::vector<Position> tops;
  for (int i = 0; i < 6; ++i) {
    tops.push_back(store.append("t", "m").position);
    if (i < 5) store.store().begin_epoch("t");
  }
  const TopicState state = store.read("t", 0).state;
  CHECK(state.top == 6);
  CHECK(state.epoch == tops[5].epoch);
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    CHECK(state.lineage[i].epoch == tops[4 - i].epoch);
    CHECK(state.lineage[i].survived == tops[4 - i].offset);
  }
  std::set<std::uint64_t> epochs;
  for (const Position& each : tops) epochs.insert(each.epoch);
  CHECK(epochs.size() == 6);
}

TEST_CASE("a copy is the same store, and two stores have different epochs", "[store][memory][epoch]") {
  TestStore store;
  MemoryStore copy = store.store();
  copy.append(store.request("t", "m"), [](std::error_code, Appended) {});
  CHECK(store.read("t", 0).state.top == 1);
  MemoryStore a;
  MemoryStore b;
  std::set<std::uint64_t> epochs;
  for (MemoryStore* each : {&a, &b}) {
    for (int i = 0; i < 100; ++i) {
      each->read(name(i), 0, 0, [&](std::error_code, const ReadResult& result) { epochs.insert(result.state.epoch); });
    }
  }
  CHECK(epochs.size() == 200);
}

// ---- bounds of the whole store ----

TEST_CASE("all topics together stay under the bound, and the largest give way", "[store][memory][bounds]") {
  TestStore store = bounded({.total_bytes = 200'000});
  for (int i = 0; i < 20; ++i) store.append("small/" + std::to_string(i), std::string(500, 'x'));
  for (int i = 0; i < 2000; ++i) {
    store.append("large", std::string(1000, 'x'));
    REQUIRE(store.store().bytes() <= 200'000);
  }
  for (int i = 0; i < 20; ++i) CHECK(store.read("small/" + std::to_string(i), 0).messages.size() == 1);
  CHECK(store.read("large", 0).state.top == 2000);
  CHECK(store.read("large", 0).state.floor > 1000);
}

TEST_CASE("one message larger than the whole store is appended and gone", "[store][memory][bounds]") {
  TestStore store = bounded({.total_bytes = 10'000});
  CHECK(store.append("t", std::string(50'000, 'x')).position.offset == 1);
  CHECK(store.store().bytes() <= 10'000);
  CHECK(store.read("t", 1).state.floor == 1);
}

// Topics that were only read are metadata; the bound in bytes has to find the few that hold something.
TEST_CASE("the bound in bytes holds among many empty topics", "[store][memory][bounds]") {
  TestStore store = bounded({.total_bytes = 100'000});
  for (int i = 0; i < 50'000; ++i) store.read("empty/" + std::to_string(i), 0, 0);
  std::size_t highest = 0;
  for (int i = 0; i < 400; ++i) {
    store.append(name(i), std::string(1000, 'x'));
    highest = std::max(highest, store.store().bytes());
  }
  CHECK(highest <= 100'000);
}

TEST_CASE("the bytes held are given back", "[store][memory][bounds]") {
  TestStore store({.max_messages = 50, .max_age = 60s});
  CHECK(store.store().bytes() == 0);
  for (int i = 0; i < 500; ++i) {
    if (i % 3 == 0) store.append_keyed(name(i % 7), std::to_string(i % 5));
    store.append(name(i % 7), std::string(static_cast<std::size_t>(i), 'x'));
  }
  CHECK(store.store().bytes() > 0);
  for (int i = 0; i < 6; ++i) store.trim(name(i), 0);
  store.advance(61s);
  store.read(name(6), 0);
  CHECK(store.store().bytes() == 0);
}

TEST_CASE("a hole for ever does not make a log grow for ever", "[store][memory][bounds]") {
  TestStore store({.max_messages = 10});
  store.append("t", "stays");
  for (int i = 0; i < 10'000; ++i) store.append_keyed("t", "changes");
  const ReadResult result = store.read("t", 0);
  CHECK(result.state.top == 10'001);
  // The one message that stayed is given up at some time, so that the holes behind it can go.
  CHECK(result.state.floor == 1);
  CHECK(store.read("t", 1).messages.size() == 1);
  CHECK(store.read("t", 1).through == 10'001);
}

// ---- topics and their metadata ----

TEST_CASE("positions outlive the messages by the metadata's age", "[store][memory][metadata]") {
  TestStore store = bounded({.metadata_age = std::chrono::hours(24 * 30)}, {.max_age = 24h});
  const Position last = store.append("quiet", "m").position;
  const bool long_after = GENERATE(false, true);
  store.advance(24h * 29);
  busy_elsewhere(store);
  if (long_after) {
    store.advance(24h * 2);
    busy_elsewhere(store);
  }
  const TopicState state = store.read("quiet", 0, 0).state;
  if (long_after) {
    CHECK(state.epoch != last.epoch);
    CHECK(state.top == 0);
  } else {
    CHECK(state.epoch == last.epoch);
    CHECK(state.top == 1);
    CHECK(state.floor == 1);
  }
}

TEST_CASE("a topic with a member is not forgotten", "[store][memory][metadata]") {
  TestStore store = bounded({.metadata_age = 1h}, {.max_age = 60s});
  store.add_member("t", "alice");
  const std::uint64_t epoch = epoch_of(store, "t");
  store.advance(24h);
  busy_elsewhere(store);
  CHECK(epoch_of(store, "t") == epoch);
  CHECK(store.positions("alice", {"t"})[0].member);
}

// Topic metadata outlives the messages 30 days (DESIGN 4): everyone is member of the own inbox, so membership alone
// cannot keep an inbox for ever.
TEST_CASE("an inbox that nobody uses any more is forgotten like any topic", "[store][memory][metadata]") {
  TestStore store = bounded({.metadata_age = 1h}, {.max_age = 60s});
  store.append("@alice", "m");
  store.positions("alice", {"@alice"});
  const std::uint64_t epoch = epoch_of(store, "@alice");
  store.advance(24h);
  busy_elsewhere(store);
  CHECK(epoch_of(store, "@alice") != epoch);
}

TEST_CASE("a topic whose members have all left is forgotten like any topic", "[store][memory][metadata]") {
  TestStore store = bounded({.metadata_age = 1h}, {.max_age = 60s});
  store.add_member("t", "alice");
  store.remove_member("t", "alice");
  const std::uint64_t epoch = epoch_of(store, "t");
  store.advance(24h);
  busy_elsewhere(store);
  CHECK(epoch_of(store, "t") != epoch);
}

namespace {

// How many of the topics still have the epoch that they had.
std::size_t remembered(TestStore& store, const std::vector<std::uint64_t>& epochs) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    if (epoch_of(store, name(static_cast<int>(i))) == epochs[i]) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("beyond the number of topics those without messages are forgotten", "[store][memory][metadata]") {
  TestStore store = bounded({.topics = 100});
  std::vector<std::uint64_t> epochs;
  for (int i = 0; i < 3000; ++i) {
    epochs.push_back(store.append(name(i), "m").position.epoch);
    store.trim(name(i), 0);
    store.advance(1ms);
  }
  CHECK(remembered(store, epochs) <= 300);
}

// A client may ask for any name that `may_subscribe` allows: reads alone must not make the store grow.
TEST_CASE("topics that are only read are bounded too", "[store][memory][metadata]") {
  TestStore store = bounded({.topics = 100});
  std::vector<std::uint64_t> epochs;
  for (int i = 0; i < 3000; ++i) {
    epochs.push_back(epoch_of(store, name(i)));
    store.advance(1ms);
  }
  CHECK(remembered(store, epochs) <= 300);
}

// ---- idempotency keys ----

TEST_CASE("as many idempotency keys are remembered as the option says", "[store][memory][idempotency]") {
  TestStore store = bounded({.idempotency_keys = 1000}, {.max_messages = 10'000});
  for (int i = 0; i < 1000; ++i) store.append_once("t", "key/" + std::to_string(i), "m");
  int known = 0;
  for (int i = 0; i < 1000; ++i) known += store.append_once("t", "key/" + std::to_string(i), "m").duplicate ? 1 : 0;
  CHECK(known >= 900);
}

TEST_CASE("no more idempotency keys are remembered than the option says", "[store][memory][idempotency]") {
  TestStore store = bounded({.idempotency_keys = 64});
  for (int i = 0; i < 2000; ++i) store.append_once(name(i % 200), "key/" + std::to_string(i), "m");
  int known = 0;
  for (int i = 1999; i >= 1500; --i)
    known += store.append_once(name(i % 200), "key/" + std::to_string(i), "m").duplicate ? 1 : 0;
  // Kept in 16 parts with a lock each, and each may keep one.
  CHECK(known <= 64 + 16);
}

TEST_CASE("a clock that jumps back forgets no key too early and keeps none for ever", "[store][memory][idempotency]") {
  TestStore store({.idempotency_age = 60s});
  store.append_once("t", "before", "m");
  store.advance(-1h);
  store.append_once("t", "after", "m");
  store.advance(59s);
  CHECK(store.append_once("t", "after", "m").duplicate);
  store.advance(2s);
  CHECK_FALSE(store.append_once("t", "after", "m").duplicate);
}

// ---- detach ----

// The concept: no call back after `done`. An append that has begun on another thread must be waited for.
TEST_CASE("an append under way announces nothing after detach is done", "[store][memory][detach]") {
  std::atomic<bool> in_append{false};
  std::atomic<bool> detached{false};
  std::atomic<int> late{0};
  MemoryStoreOptions options;
  // The store asks for the time in the middle of an append: the other thread gets its chance there.
  options.clock = [&] {
    in_append = true;
    for (int turns = 0; turns < 20'000 && !detached; ++turns) std::this_thread::yield();
    return wall_time{1'700'000'000'000};
  };
  MemoryStore store(options);
  store.attach([&](const StoredMessagePtr&) { late += detached ? 1 : 0; }, [](std::error_code) {});
  std::thread other([&] {
    while (!in_append) std::this_thread::yield();
    store.detach([&](std::error_code) { detached = true; });
  });
  AppendRequest request;
  request.id = {1, 1};
  request.message.topic = "t";
  store.append(request, [](std::error_code, Appended) {});
  other.join();
  CHECK(late == 0);
}
