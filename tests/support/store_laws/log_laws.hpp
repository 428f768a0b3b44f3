// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_STORE_LAWS_LOG_LAWS_HPP
#define TIDINGS_TESTS_SUPPORT_STORE_LAWS_LOG_LAWS_HPP

#include "support/store_laws/common.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace support::conformance {

template <class Factory>
void offsets_begin_at_one() {
  StoreUnderTest<Factory> store;
  const ReadResult before = store.read("t", 0);
  CHECK(before.state.top == 0);
  CHECK(before.state.floor == 0);
  CHECK(before.state.epoch != 0);
  CHECK(before.state.epoch >> 60U == 0);
  CHECK(before.messages.empty());
  for (std::uint64_t offset = 1; offset <= 3; ++offset) {
    const Appended appended = store.append("t", "m");
    CHECK(appended.position == Position{before.state.epoch, offset});
    CHECK_FALSE(appended.duplicate);
  }
  CHECK(store.read("t", 0).state.top == 3);
  CHECK(store.read("other", 0).state.top == 0);
}

template <class Factory>
void a_message_comes_back_whole() {
  StoreUnderTest<Factory> store;
  tidings::AppendRequest request = store.request("t", std::string("a\0\xFF", 3));
  request.message.event = "created";
  request.message.key = "k";
  request.message.idempotency_key = "once";
  request.message.json = true;
  request.message.ttl = 5s;
  store.append(request);
  const ReadResult result = store.read("t", 0);
  REQUIRE(result.messages.size() == 1);
  const tidings::StoredMessage& stored = *result.messages[0];
  CHECK(stored.id == request.id);
  CHECK(stored.time == store.now());
  CHECK(stored.expires == store.now() + 5s);
  CHECK(stored.message.topic == "t");
  CHECK(stored.message.event == "created");
  CHECK(stored.message.data == request.message.data);
  CHECK(stored.message.key == "k");
  CHECK(stored.message.json);
  CHECK(store.read("t", 0).messages[0]->position == stored.position);
}

template <class Factory>
void a_read_pages_from_after_to_the_top() {
  StoreUnderTest<Factory> store;
  for (int i = 0; i < 10; ++i) store.append("t", "m");
  CHECK(offsets_of(store.read("t", 0, 3).messages) == Offsets{1, 2, 3});
  CHECK(store.read("t", 0, 3).through == 3);
  CHECK(offsets_of(store.read("t", 7, 100).messages) == Offsets{8, 9, 10});
  CHECK(store.read("t", 7, 100).through == 10);
  CHECK(store.read("t", 10, 5).messages.empty());
  CHECK(store.read("t", 10, 5).through == 10);
  // Limit 0: the state alone.
  CHECK(store.read("t", 4, 0).messages.empty());
  CHECK(store.read("t", 4, 0).state.top == 10);
}

template <class Factory>
void a_keyed_message_supersedes_the_earlier_one() {
  StoreUnderTest<Factory> store;
  store.append_keyed("t", "a");
  store.append("t", "plain");
  store.append_keyed("t", "b");
  store.append_keyed("t", "a");
  store.append_keyed("other", "b");
  const ReadResult result = store.read("t", 0);
  CHECK(offsets_of(result.messages) == Offsets{2, 3, 4});
  CHECK(superseded_of(result) == Offsets{1});
  CHECK(result.through == 4);
  // A hole that supersession left is no loss.
  CHECK(result.state.floor == 0);
  store.append_keyed("t", "b");
  store.append_keyed("t", "a");
  CHECK(offsets_of(store.read("t", 0).messages) == Offsets{2, 5, 6});
  CHECK(superseded_of(store.read("t", 0)) == Offsets{1, 3, 4});
  CHECK(superseded_of(store.read("t", 3)) == Offsets{4});
}

template <class Factory>
void a_message_past_its_time_to_live_is_a_hole() {
  StoreUnderTest<Factory> store;
  store.append("t", "1");
  store.append_for("t", "2", 10s);
  store.append("t", "3");
  store.append_for("t", "4", 1s);
  store.advance(999ms);
  CHECK(offsets_of(store.read("t", 0).messages) == Offsets{1, 2, 3, 4});
  store.advance(1ms);
  CHECK(offsets_of(store.read("t", 0).messages) == Offsets{1, 2, 3});
  CHECK(store.read("t", 0).through == 4);
  store.advance(9s);
  CHECK(offsets_of(store.read("t", 0).messages) == Offsets{1, 3});
  CHECK(superseded_of(store.read("t", 0)).empty());
  CHECK(store.read("t", 3).through == 4);
}

// What the read law allows for one offset: written down by its words.
struct Fate {
  bool given = false;
  bool superseded = false;
};

// The law for one answer; the first violation as text.
template <class Factory>
std::string read_law_violation(StoreUnderTest<Factory>& store, std::uint64_t after, std::size_t limit,
                               const ReadResult& result) {
  const std::vector<StoredMessagePtr>& log = store.announced("t");
  std::map<std::uint64_t, Fate> fates;
  for (const std::uint64_t offset : offsets_of(result.messages)) fates[offset].given = true;
  for (const std::uint64_t offset : superseded_of(result)) fates[offset].superseded = true;
  if (result.messages.size() > limit) return "more than the limit";
  if (result.state.top != log.size() || result.through > result.state.top) return "through or top";
  if (result.through <= after && after < result.state.top) return "no way on from " + std::to_string(after);
  for (const auto& [offset, fate] : fates) {
    if (offset <= after || offset > result.through) return "outside: " + std::to_string(offset);
  }
  for (std::uint64_t offset = std::max(after, result.state.floor) + 1; offset <= result.through; ++offset) {
    const tidings::StoredMessage& message = *log[offset - 1];
    const bool expired = message.expires.ms != 0 && message.expires <= store.now();
    const bool superseded =
        !message.message.key.empty() &&
        std::any_of(log.begin() + static_cast<std::ptrdiff_t>(offset), log.end(),
                    [&](const StoredMessagePtr& later) { return later->message.key == message.message.key; });
    const Fate fate = fates[offset];
    const std::string at = " at " + std::to_string(offset) + " of " + std::to_string(log.size());
    if (fate.given && (expired || superseded || fate.superseded)) return "given although gone" + at;
    if (!fate.given && !expired && !superseded) return "a silent hole" + at;
    if (!fate.given && !expired && !fate.superseded) return "superseded and not said" + at;
    if (fate.superseded && !superseded) return "superseded by nothing" + at;
  }
  return {};
}

template <class Factory>
void random_event(StoreUnderTest<Factory>& store, std::mt19937& random) {
  tidings::AppendRequest request = store.request("t", std::string(random() % 50, 'x'));
  if (random() % 2 == 0) request.message.key = std::string(1, static_cast<char>('a' + random() % 4));
  if (random() % 4 == 0) request.message.ttl = std::chrono::milliseconds(1 + random() % 20'000);
  store.append(std::move(request));
  if (random() % 5 == 0) store.advance(std::chrono::milliseconds(random() % 5000));
  if (random() % 40 == 0) store.trim("t", random() % 10);
}

// DESIGN 4: every offset in (after, through] is in messages, or expired, or superseded; nothing else.
template <class Factory>
void the_read_law_holds_at_random() {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U, 4U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  StoreUnderTest<Factory> store({.max_messages = 20, .max_bytes = 20'000, .max_age = 60s});
  std::uint64_t floor = 0;
  for (int step = 0; step < 300; ++step) {
    random_event(store, random);
    const std::size_t limit = 1 + random() % 12;
    std::uint64_t after = random() % (store.announced("t").size() + 1);
    for (bool more = true; more;) {
      const ReadResult result = store.read("t", after, limit);
      REQUIRE(read_law_violation(store, after, limit, result) == "");
      REQUIRE(result.state.floor >= floor);
      floor = result.state.floor;
      after = std::max(after, result.through);
      more = after < result.state.top;
    }
  }
}

// ---- retention ----

template <class Factory>
void retention_by_count_moves_the_floor() {
  StoreUnderTest<Factory> store({.max_messages = 3});
  for (int i = 0; i < 5; ++i) store.append("t", "m");
  const ReadResult result = store.read("t", 2);
  CHECK(result.state.floor == 2);
  CHECK(result.state.top == 5);
  CHECK(offsets_of(result.messages) == Offsets{3, 4, 5});
}

template <class Factory>
void retention_by_bytes_spares_the_newest() {
  StoreUnderTest<Factory> store({.max_bytes = 10'000});
  for (int i = 0; i < 10; ++i) store.append("t", std::string(3000, 'x'));
  ReadResult result = store.read("t", store.read("t", 0, 0).state.floor);
  CHECK(result.messages.size() >= 1);
  CHECK(result.messages.size() <= 3);
  CHECK(result.state.floor == 10 - result.messages.size());
  store.append("t", std::string(50'000, 'x'));
  result = store.read("t", 10);
  CHECK(offsets_of(result.messages) == Offsets{11});
  CHECK(result.state.floor == 10);
}

template <class Factory>
void retention_by_age_takes_the_old() {
  StoreUnderTest<Factory> store({.max_age = 60s});
  store.append("t", "1");
  store.advance(30s);
  store.append("t", "2");
  store.advance(30s);
  CHECK(offsets_of(store.read("t", 0).messages) == Offsets{1, 2});
  store.advance(1s);
  CHECK(store.read("t", 0).state.floor == 1);
  CHECK(offsets_of(store.read("t", 1).messages) == Offsets{2});
  store.advance(1h);
  const ReadResult result = store.read("t", 2);
  CHECK(result.messages.empty());
  CHECK(result.state.floor == 2);
  CHECK(result.state.top == 2);
  CHECK(store.append("t", "3").position.offset == 3);
}

template <class Factory>
void trimming_keeps_the_newest() {
  StoreUnderTest<Factory> store;
  for (int i = 0; i < 5; ++i) store.append("t", "m");
  store.trim("t", 9);
  CHECK(store.read("t", 0).state.floor == 0);
  store.trim("t", 2);
  CHECK(offsets_of(store.read("t", 3).messages) == Offsets{4, 5});
  CHECK(store.read("t", 3).state.floor == 3);
  store.trim("t", 0);
  CHECK(store.read("t", 5).messages.empty());
  CHECK(store.read("t", 5).state.floor == 5);
  CHECK(store.read("t", 5).state.top == 5);
  CHECK(store.append("t", "m").position.offset == 6);
}

}  // namespace support::conformance

#endif  // TIDINGS_TESTS_SUPPORT_STORE_LAWS_LOG_LAWS_HPP
