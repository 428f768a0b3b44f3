// SPDX-License-Identifier: BSL-1.0

#include <tidings/hub/upward_rates.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstddef>
#include <string>

using namespace tidings;
using namespace std::chrono_literals;

namespace {

constexpr steady_time rates_start{1h};
using Rates = hub::BasicUpwardRates<void>;

}  // namespace

TEST_CASE("each sender has a rate of its own", "[hub][rate]") {
  Rates rates;
  CHECK(rates.take("alice", 1, 2, rates_start));
  CHECK(rates.take("alice", 1, 2, rates_start));
  CHECK_FALSE(rates.take("alice", 1, 2, rates_start));
  CHECK(rates.take("bob", 1, 2, rates_start));
  CHECK(rates.take("alice", 1, 2, rates_start + 1100ms));
}

TEST_CASE("senders are forgotten when they may send at once again, and bounded before", "[hub][rate]") {
  Rates rates;
  for (std::size_t i = 0; i < defaults::max_upward_senders; ++i) {
    REQUIRE(rates.take("u" + std::to_string(i), 1, 2, rates_start));
  }
  CHECK_FALSE(rates.take("one more", 1, 2, rates_start));
  CHECK(rates.take("u0", 1, 2, rates_start));
  CHECK(rates.take("one more", 1, 2, rates_start + 5s));
}
