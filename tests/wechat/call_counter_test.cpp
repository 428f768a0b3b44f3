// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat/call_counter.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

using namespace tidings;
using namespace tidings::wechat;
using namespace std::chrono_literals;

namespace {

using Urgency = CallCounter::Urgency;

/// 2023-11-15 06:13:20 there, and the midnight that follows.
constexpr wall_time counted_at{1'700'000'000'000};
constexpr wall_time counted_until{1'700'064'000'000};
constexpr Endpoint sending = Endpoint::template_message;

CallCounter of_hundred() {
  CallCounter::Options options;
  options.quota[static_cast<std::size_t>(sending)] = 100;
  return CallCounter(options);
}

/// How many calls are allowed, of so many.
int take(CallCounter& counter, int times, Urgency urgency = Urgency::normal, wall_time now = counted_at) {
  int allowed = 0;
  for (int i = 0; i < times; ++i) allowed += counter.take(sending, 1, urgency, now).allowed ? 1 : 0;
  return allowed;
}

}  // namespace

TEST_CASE("the last part of a day's calls is for what is urgent, and nothing goes beyond the whole",
          "[wechat][quota]") {
  CallCounter counter = of_hundred();
  CHECK(take(counter, 200) == 95);
  CHECK(take(counter, 200, Urgency::urgent) == 5);
  CHECK(take(counter, 1, Urgency::urgent) == 0);
  const CallCounter::Verdict verdict = counter.take(sending, 1, Urgency::urgent, counted_at);
  CHECK(verdict.used == 100);
  CHECK(verdict.retry_at == counted_until);
  CHECK_FALSE(verdict.alarm);
}

TEST_CASE("an alarm is raised once a day, with the call that reaches 80 percent", "[wechat][quota]") {
  CallCounter counter = of_hundred();
  int alarms = 0;
  for (int i = 1; i <= 95; ++i) {
    const CallCounter::Verdict verdict = counter.take(sending, 1, Urgency::normal, counted_at);
    CHECK(verdict.used == i);
    CHECK(verdict.alarm == (i == 80));
    alarms += verdict.alarm ? 1 : 0;
  }
  CHECK(alarms == 1);
  CHECK_FALSE(counter.take(sending, 79, Urgency::normal, counted_until).alarm);
  CHECK(counter.take(sending, 1, Urgency::normal, counted_until).alarm);
}

TEST_CASE("counts begin anew at midnight +08:00, each endpoint by itself", "[wechat][quota]") {
  CallCounter counter = of_hundred();
  CHECK(take(counter, 100) == 95);
  CHECK(counter.used(Endpoint::customer_message, counted_at) == 0);
  CHECK(counter.take(Endpoint::customer_message, 1, Urgency::normal, counted_at).allowed);
  CHECK(take(counter, 1, Urgency::normal, counted_until - 1ms) == 0);
  CHECK(take(counter, 100, Urgency::normal, counted_until) == 95);
  CHECK(counter.used(sending, counted_until + 24h) == 0);
}

TEST_CASE("recipients count where each of them does, all or none", "[wechat][quota]") {
  CallCounter counter = of_hundred();
  CHECK(counter.take(sending, 90, Urgency::normal, counted_at).alarm);
  CHECK_FALSE(counter.take(sending, 6, Urgency::normal, counted_at).allowed);
  CHECK(counter.used(sending, counted_at) == 90);
  CHECK(counter.take(sending, 5, Urgency::normal, counted_at).allowed);
  CHECK_FALSE(counter.take(sending, std::int64_t{1} << 62U, Urgency::urgent, counted_at).allowed);
}

TEST_CASE("what the server calls used up is used up, until somebody clears it", "[wechat][quota]") {
  CallCounter counter = of_hundred();
  REQUIRE(take(counter, 10) == 10);
  counter.exhaust(sending, counted_at);
  CHECK(take(counter, 10, Urgency::urgent) == 0);
  counter.clear(sending, counted_at);
  CHECK(take(counter, 200) == 95);
  counter.exhaust(sending, counted_at);
  CHECK(take(counter, 1, Urgency::normal, counted_until) == 1);
}

TEST_CASE("an endpoint without a quota is counted, and refused only if the server says so", "[wechat][quota]") {
  CallCounter counter;
  const Endpoint free = Endpoint::app_message;
  const CallCounter::Verdict verdict = counter.take(free, 1'000'000, Urgency::normal, counted_at);
  CHECK(verdict.allowed);
  CHECK_FALSE(verdict.alarm);
  CHECK(counter.used(free, counted_at) == 1'000'000);
  counter.exhaust(free, counted_at);
  CHECK_FALSE(counter.take(free, 1, Urgency::urgent, counted_at).allowed);
  CHECK(counter.take(free, 1, Urgency::normal, counted_until).allowed);
}

TEST_CASE("the published numbers are the first ones", "[wechat][quota]") {
  auto [endpoint, quota] = GENERATE(table<Endpoint, std::int64_t>({
      {Endpoint::token, 2000},
      {Endpoint::stable_token, 500'000},
      {Endpoint::wecom_token, 0},
      {Endpoint::template_message, 100'000},
      {Endpoint::subscription_notice, 0},
      {Endpoint::customer_message, 500'000},
      {Endpoint::subscribe_message, 0},
      {Endpoint::app_message, 0},
  }));
  CHECK(CallCounter::Options().quota[static_cast<std::size_t>(endpoint)] == quota);
}

TEST_CASE("what was counted before a restart counts, if it was today", "[wechat][quota]") {
  CallCounter counter = of_hundred();
  const std::int64_t day = china_day(counted_at);
  counter.restore(sending, day - 1, 50, counted_at);
  CHECK(counter.used(sending, counted_at) == 0);
  counter.restore(sending, day, 94, counted_at);
  CHECK(take(counter, 10) == 1);
  counter.restore(sending, day, 3, counted_at);
  CHECK(counter.used(sending, counted_at) == 95);
}

TEST_CASE("a clock that is put back gives no calls again, and one that was far ahead is put right", "[wechat][quota]") {
  CallCounter counter = of_hundred();
  REQUIRE(take(counter, 200, Urgency::normal, counted_until) == 95);
  CHECK(take(counter, 1, Urgency::normal, counted_until - 1s) == 0);
  REQUIRE(counter.take(sending, 1, Urgency::normal, counted_until + 24h * 3650).allowed);
  CHECK(counter.used(sending, counted_until) == 0);
  CHECK(take(counter, 200, Urgency::normal, counted_until) == 95);
}
