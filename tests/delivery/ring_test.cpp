// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/ring.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <random>

using tidings::delivery::Ring;

TEST_CASE("a ring holds what a queue holds", "[delivery][ring]") {
  const unsigned pushes_of_ten = GENERATE(3U, 5U, 6U, 9U);
  std::mt19937 random(pushes_of_ten);
  Ring<int> ring;
  std::deque<int> queue;
  for (int i = 0; i < 5000; ++i) {
    if (random() % 10 < pushes_of_ten) {
      ring.push_back(i);
      queue.push_back(i);
    } else if (!queue.empty()) {
      ring.pop_front();
      queue.pop_front();
    }
    if (random() % 1000 == 0) {
      ring.clear();
      queue.clear();
    }
    REQUIRE(ring.size() == queue.size());
    REQUIRE(ring.empty() == queue.empty());
    if (queue.empty()) continue;
    REQUIRE(ring.front() == queue.front());
    const std::size_t any = random() % queue.size();
    REQUIRE(ring[any] == queue[any]);
    REQUIRE(ring[queue.size() - 1] == queue.back());
  }
}

TEST_CASE("a ring lets go of what is popped at once", "[delivery][ring]") {
  Ring<std::shared_ptr<int>> ring;
  const auto first = std::make_shared<int>(1);
  const auto second = std::make_shared<int>(2);
  ring.push_back(first);
  ring.push_back(second);
  ring.push_back(second);
  ring.pop_front();
  CHECK(first.use_count() == 1);
  CHECK(second.use_count() == 3);
  ring.clear();
  CHECK(second.use_count() == 1);
}

TEST_CASE("an element of a ring can be changed in place", "[delivery][ring]") {
  Ring<int> ring;
  for (int i = 0; i < 5; ++i) ring.push_back(i);
  ring[2] = 20;
  ring.front() = 10;
  ring.push_back(5);
  const Ring<int>& read = ring;
  CHECK(read.front() == 10);
  CHECK(read[2] == 20);
  CHECK(read[5] == 5);
}

TEST_CASE("an element of a ring can be taken out of the middle", "[delivery][ring]") {
  Ring<int> ring;
  for (int i = 0; i < 8; ++i) ring.push_back(i);
  // It goes around the end of its memory.
  for (int i = 0; i < 5; ++i) ring.pop_front();
  for (int i = 8; i < 11; ++i) ring.push_back(i);
  ring.erase(2);
  ring.erase(0);
  REQUIRE(ring.size() == 4);
  CHECK(ring.front() == 6);
  CHECK(ring[1] == 8);
  CHECK(ring[2] == 9);
  CHECK(ring[3] == 10);
  ring.erase(3);
  CHECK(ring[2] == 9);
}
