// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat/circuit_breaker.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>

using namespace tidings;
using namespace tidings::wechat;
using namespace std::chrono_literals;

namespace {

using State = CircuitBreaker::State;

constexpr steady_time breaker_begin{std::chrono::hours(1000)};
constexpr CircuitBreaker::Options three{
    .failures = 3, .window = 10s, .open = 5s, .longest = 15s, .probe_patience = 30s};

void fail(CircuitBreaker& breaker, int times, steady_time now) {
  for (int i = 0; i < times; ++i) breaker.on_failure(breaker.ask(now), now);
}

}  // namespace

TEST_CASE("a circuit opens after so many failures in a row within its window", "[wechat][circuit]") {
  CircuitBreaker breaker(three);
  fail(breaker, 2, breaker_begin);
  CHECK(breaker.state() == State::closed);
  fail(breaker, 1, breaker_begin + 10s);
  CHECK(breaker.state() == State::open);
  CHECK_FALSE(breaker.ask(breaker_begin + 10s));
  CHECK(breaker.opens_next() == breaker_begin + 15s);
}

TEST_CASE("failures that lie apart do not open it", "[wechat][circuit]") {
  CircuitBreaker breaker(three);
  for (int i = 0; i < 20; ++i) fail(breaker, 1, breaker_begin + i * 6s);
  CHECK(breaker.state() == State::closed);
}

TEST_CASE("a success in between forgets the failures before it", "[wechat][circuit]") {
  CircuitBreaker breaker(three);
  for (int i = 0; i < 20; ++i) {
    fail(breaker, 2, breaker_begin);
    breaker.on_success(breaker.ask(breaker_begin));
  }
  CHECK(breaker.state() == State::closed);
}

TEST_CASE("an open circuit lets one probe through, whose success closes it", "[wechat][circuit]") {
  CircuitBreaker breaker(three);
  fail(breaker, 3, breaker_begin);
  CHECK_FALSE(breaker.ask(breaker_begin + 4999ms));
  const CircuitBreaker::Pass probe = breaker.ask(breaker_begin + 5s);
  REQUIRE(probe);
  CHECK(breaker.state() == State::half_open);
  CHECK_FALSE(breaker.ask(breaker_begin + 5s));
  breaker.on_success(probe);
  CHECK(breaker.state() == State::closed);
  CHECK(breaker.ask(breaker_begin + 5s));
  // Nothing of before counts.
  fail(breaker, 2, breaker_begin + 5s);
  CHECK(breaker.state() == State::closed);
}

TEST_CASE("each probe that fails doubles the time, up to the longest", "[wechat][circuit]") {
  CircuitBreaker breaker(three);
  fail(breaker, 3, breaker_begin);
  steady_time now = breaker_begin;
  for (const auto wait : {5s, 10s, 15s, 15s}) {
    CHECK(breaker.opens_next() - now == wait);
    now = breaker.opens_next();
    fail(breaker, 1, now);
    CHECK(breaker.state() == State::open);
  }
  now = breaker.opens_next();
  breaker.on_success(breaker.ask(now));
  fail(breaker, 3, now);
  CHECK(breaker.opens_next() == now + 5s);
}

TEST_CASE("calls of before the circuit opened say nothing about it any more", "[wechat][circuit]") {
  CircuitBreaker breaker(three);
  const CircuitBreaker::Pass early = breaker.ask(breaker_begin);
  fail(breaker, 3, breaker_begin);
  breaker.on_success(early);
  CHECK(breaker.state() == State::open);
  const CircuitBreaker::Pass probe = breaker.ask(breaker_begin + 5s);
  breaker.on_failure(early, breaker_begin + 5s);
  CHECK(breaker.state() == State::half_open);
  breaker.on_success(probe);
  for (int i = 0; i < 5; ++i) breaker.on_failure(early, breaker_begin + 5s);
  CHECK(breaker.state() == State::closed);
}

TEST_CASE("a probe of which nothing is heard is followed by another, and is late itself", "[wechat][circuit]") {
  CircuitBreaker breaker(three);
  fail(breaker, 3, breaker_begin);
  const CircuitBreaker::Pass lost = breaker.ask(breaker_begin + 5s);
  CHECK_FALSE(breaker.ask(breaker_begin + 34'999ms));
  const CircuitBreaker::Pass second = breaker.ask(breaker_begin + 35s);
  REQUIRE(second);
  breaker.on_success(lost);
  CHECK(breaker.state() == State::half_open);
  breaker.on_success(second);
  CHECK(breaker.state() == State::closed);
}

TEST_CASE("one answer can open it at once, for a time of its own", "[wechat][circuit]") {
  CircuitBreaker breaker(three);
  breaker.trip(breaker_begin, 30min);
  CHECK(breaker.state() == State::open);
  CHECK_FALSE(breaker.ask(breaker_begin + 30min - 1ms));
  CHECK(breaker.ask(breaker_begin + 30min));
  breaker.trip(breaker_begin + 31min);
  CHECK(breaker.opens_next() == breaker_begin + 31min + 15s);
}
