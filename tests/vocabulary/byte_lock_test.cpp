// SPDX-License-Identifier: BSL-1.0

#include <tidings/impl/byte_lock.hpp>

#include <catch2/catch_test_macros.hpp>

#include <mutex>
#include <thread>
#include <vector>

TEST_CASE("one thread at a time is inside a lock of one byte, and all come in", "[vocabulary][byte_lock]") {
  static_assert(sizeof(tidings::detail::ByteLock) == 1);
  tidings::detail::ByteLock lock;
  int inside = 0;
  int most_inside = 0;
  int entered = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 5000; ++turn) {
        const std::lock_guard guard(lock);
        most_inside = most_inside < ++inside ? inside : most_inside;
        // Others come while this one is inside.
        if (turn % 100 == 0) std::this_thread::yield();
        ++entered;
        --inside;
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(most_inside == 1);
  CHECK(entered == 20'000);
}
