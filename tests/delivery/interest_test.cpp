// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/interest.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

using tidings::delivery::Interest;

TEST_CASE("each loop has its bit, the first and the last too", "[delivery][interest]") {
  Interest interest;
  CHECK(interest.of("orders") == 0);
  interest.add("orders", 0);
  interest.add("orders", 63);
  interest.add("orders", 63);
  CHECK(interest.of("orders") == (std::uint64_t{1} << 63U | 1U));
  CHECK(interest.of("Orders") == 0);
  CHECK(interest.of("") == 0);
  interest.remove("orders", 63);
  CHECK(interest.of("orders") == 1);
  interest.remove("orders", 5);
  interest.remove("orders", 0);
  interest.remove("orders", 0);
  CHECK(interest.of("orders") == 0);
  interest.remove("never", 1);
  CHECK(interest.of("never") == 0);
}

TEST_CASE("interest is a set of loops for each topic", "[delivery][interest][property]") {
  std::mt19937 random(5);
  Interest interest;
  std::map<std::string, std::uint64_t> model;
  for (int round = 0; round < 5000; ++round) {
    const std::string topic = "topic/" + std::to_string(random() % 100);
    const std::uint32_t loop = random() % Interest::max_loops;
    if (random() % 2 == 0) {
      interest.add(topic, loop);
      model[topic] |= std::uint64_t{1} << loop;
    } else {
      interest.remove(topic, loop);
      model[topic] &= ~(std::uint64_t{1} << loop);
    }
    CHECK(interest.of(topic) == model[topic]);
  }
}

TEST_CASE("loops register and leave at the same time", "[delivery][interest]") {
  Interest interest;
  std::vector<std::thread> threads;
  for (std::uint32_t loop = 0; loop < 4; ++loop) {
    threads.emplace_back([&interest, loop] {
      for (int i = 0; i < 2000; ++i) {
        const std::string topic = "topic/" + std::to_string(i % 20);
        interest.add(topic, loop);
        if ((interest.of(topic) >> loop & 1U) == 0) interest.add("broken", loop);
        if (i % 20 != 7) interest.remove(topic, loop);
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(interest.of("broken") == 0);
  CHECK(interest.of("topic/7") == 15);
  CHECK(interest.of("topic/8") == 0);
}
