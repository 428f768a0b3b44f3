// SPDX-License-Identifier: BSL-1.0

#include <tidings/impl/curl_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;
using Calls = detail::CurlCalls<int>;

namespace {

steady_time after(std::chrono::milliseconds time) { return steady_time(1h) + time; }

}  // namespace

TEST_CASE("calls begin in the order in which they came, so many at a time", "[curl]") {
  Calls calls(10, 2, 2);
  for (int i = 1; i <= 4; ++i) calls.add(i % 2 == 0 ? "b" : "a", after(1s), i);
  CHECK(calls.begin() == 1);
  CHECK(calls.begin() == 2);
  CHECK_FALSE(calls.begin());
  calls.ended("b");
  CHECK(calls.begin() == 3);
  CHECK_FALSE(calls.begin());
}

TEST_CASE("a server that is busy holds up nobody else's calls", "[curl]") {
  Calls calls(10, 4, 1);
  calls.add("a", after(1s), 1);
  calls.add("a", after(1s), 2);
  calls.add("b", after(1s), 3);
  CHECK(calls.begin() == 1);
  CHECK(calls.begin() == 3);
  CHECK_FALSE(calls.begin());
  calls.ended("b");
  CHECK_FALSE(calls.begin());
  calls.ended("a");
  CHECK(calls.begin() == 2);
}

TEST_CASE("calls are full with those under way and those that wait", "[curl]") {
  Calls calls(2, 1, 1);
  calls.add("a", after(1s), 1);
  CHECK_FALSE(calls.full());
  CHECK(calls.begin() == 1);
  calls.add("a", after(1s), 2);
  CHECK(calls.full());
  calls.ended("a");
  CHECK_FALSE(calls.full());
}

TEST_CASE("a call that waits for too long is given up, whatever its place", "[curl]") {
  Calls calls(10, 1, 1);
  calls.add("a", after(30ms), 1);
  calls.add("a", after(10ms), 2);
  calls.add("b", after(20ms), 3);
  CHECK(calls.next_expiry() == after(10ms));
  CHECK(calls.expire(after(9ms)).empty());
  CHECK(calls.expire(after(20ms)) == std::vector{2, 3});
  CHECK(calls.next_expiry() == after(30ms));
  // One that is under way is no longer its business.
  CHECK(calls.begin() == 1);
  CHECK_FALSE(calls.next_expiry());
  CHECK(calls.expire(after(1h)).empty());
}

TEST_CASE("what waits is drained in its order", "[curl]") {
  Calls calls(10, 1, 1);
  for (int i = 1; i <= 3; ++i) calls.add("a", after(1s - i * 1ms), i);
  CHECK(calls.begin() == 1);
  CHECK(calls.drain() == std::vector{2, 3});
  CHECK(calls.drain().empty());
  calls.ended("a");
  calls.add("a", after(1s), 4);
  CHECK(calls.begin() == 4);
}
