// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_STORE_LAWS_APPEND_LAWS_HPP
#define TIDINGS_TESTS_SUPPORT_STORE_LAWS_APPEND_LAWS_HPP

#include "support/store_laws/common.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace support::conformance {

// ---- idempotency ----

template <class Factory>
void the_same_idempotency_key_is_appended_once() {
  StoreUnderTest<Factory> store;
  const Appended first = store.append_once("t", "pay-1", "data");
  store.append("t", "between");
  const Appended again = store.append_once("t", "pay-1", "other data");
  CHECK(again.duplicate);
  CHECK(again.id == first.id);
  CHECK(again.position == first.position);
  CHECK(store.read("t", 0).state.top == 2);
  CHECK(store.announced("t").size() == 2);
  CHECK_FALSE(store.append_once("t", "pay-2", "data").duplicate);
  CHECK_FALSE(store.append_once("u", "pay-1", "data").duplicate);
  CHECK_FALSE(store.append_once("tp", "ay-1", "data").duplicate);
  // Also after the message itself is gone.
  store.trim("t", 0);
  CHECK(store.append_once("t", "pay-1", "data").position == first.position);
}

template <class Factory>
void an_idempotency_key_is_forgotten_in_time() {
  StoreUnderTest<Factory> store({.idempotency_age = 60s});
  const Appended first = store.append_once("t", "k", "data");
  store.advance(59'999ms);
  CHECK(store.append_once("t", "k", "data").position == first.position);
  store.advance(1ms);
  const Appended later = store.append_once("t", "k", "data");
  CHECK_FALSE(later.duplicate);
  CHECK(later.position.offset == 2);
  store.advance(59'999ms);
  CHECK(store.append_once("t", "k", "data").position == later.position);
}

// DESIGN 1: a message's id is also the default idempotency key.
template <class Factory>
void the_same_id_is_appended_once() {
  StoreUnderTest<Factory> store;
  const tidings::AppendRequest request = store.request("t", "data");
  const Appended first = store.append(request);
  store.append("t", "between");
  const Appended again = store.append(request);
  CHECK(again.duplicate);
  CHECK(again.id == first.id);
  CHECK(again.position == first.position);
  CHECK(store.read("t", 0).state.top == 2);
  CHECK(store.announced("t").size() == 2);
  // One id goes to many inboxes.
  tidings::AppendRequest elsewhere = request;
  elsewhere.message.topic = "u";
  CHECK_FALSE(store.append(elsewhere).duplicate);
}

// Two threads publish at once: the ids are made in one order and appended in the other.
template <class Factory>
void an_id_is_found_behind_a_smaller_one() {
  StoreUnderTest<Factory> store;
  const tidings::AppendRequest earlier = store.request("t", "earlier");
  const tidings::AppendRequest later = store.request("t", "later");
  const Appended first = store.append(later);
  store.append(earlier);
  CHECK(store.append(later).duplicate);
  CHECK(store.append(later).position == first.position);
  CHECK(store.append(earlier).duplicate);
  CHECK(store.read("t", 0).state.top == 2);
}

// The answer to a publication was lost, a newer one took its place, then it is tried again: the old value must not come
// back.
template <class Factory>
void a_superseded_message_is_not_appended_again() {
  StoreUnderTest<Factory> store;
  tidings::AppendRequest old_price = store.request("t", "10");
  old_price.message.key = "price";
  store.append(old_price);
  store.append_keyed("t", "price");
  CHECK(store.append(old_price).duplicate);
  CHECK(store.read("t", 0).state.top == 2);
  CHECK(offsets_of(store.read("t", 0).messages) == Offsets{2});
}

// ---- announcements ----

template <class Factory>
void every_append_is_announced_once_and_in_order() {
  StoreUnderTest<Factory> store;
  for (int i = 0; i < 20; ++i) store.append(i % 3 == 0 ? "a" : "b", std::to_string(i));
  if (Factory::Store::lossy_announcements) return;
  for (const char* topic : {"a", "b"}) {
    std::uint64_t next = 1;
    for (const StoredMessagePtr& each : store.announced(topic)) CHECK(each->position.offset == next++);
    CHECK(next == store.read(topic, 0).state.top + 1);
  }
}

template <class Factory>
void nothing_is_announced_after_detaching() {
  StoreUnderTest<Factory> store;
  store.append("t", "before");
  store.detach();
  store.append("t", "after");
  CHECK(store.announced("t").size() == 1);
}

template <class Factory>
void threads_append_in_one_order_for_each_topic() {
  StoreUnderTest<Factory> store({.max_messages = 10'000});
  std::vector<std::vector<Appended>> appended(4);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&store, &appended, thread] {
      for (int i = 0; i < 300; ++i) appended[thread].push_back(store.append("t" + std::to_string(i % 3), "m"));
    });
  }
  for (std::thread& each : threads) each.join();
  std::map<std::uint64_t, int> given;
  for (const auto& list : appended) {
    // Every third goes to the same topic: its offsets grow for each thread too.
    for (std::size_t i = 3; i < list.size(); ++i) CHECK(list[i].position.offset > list[i - 3].position.offset);
    for (const Appended& each : list) ++given[each.position.offset];
  }
  CHECK(given.size() == 400);
  for (const auto& [offset, times] : given) CHECK(times == 3);
  for (const std::string topic : {"t0", "t1", "t2"}) {
    CHECK(store.read(topic, 0).state.top == 400);
    if (Factory::Store::lossy_announcements) continue;
    std::uint64_t next = 1;
    for (const StoredMessagePtr& each : store.announced(topic)) CHECK(each->position.offset == next++);
    CHECK(next == 401);
  }
}

}  // namespace support::conformance

#endif  // TIDINGS_TESTS_SUPPORT_STORE_LAWS_APPEND_LAWS_HPP
