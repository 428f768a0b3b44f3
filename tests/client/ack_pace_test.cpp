// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/ack_pace.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

TEST_CASE("an acknowledgement covers a burst, and comes at most once a second", "[client][ack]") {
  constexpr steady_time begin{};
  AckPace pace;
  CHECK(pace.on_taken(begin) == begin + 100ms);
  CHECK_FALSE(pace.on_taken(begin + 50ms));
  CHECK(pace.on_due(begin + 100ms));
  CHECK_FALSE(pace.on_due(begin + 100ms));
  CHECK(pace.on_taken(begin + 200ms) == begin + 1100ms);
  pace.cancel();
  CHECK(pace.on_taken(begin + 5000ms) == begin + 5100ms);
}
