// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/random.hpp>
#include <tidings/wechat/china_time.hpp>
#include <tidings/wechat/decider.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "wechat/decision_table.hpp"
#include "wechat/send_world.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <set>
#include <string>

using namespace tidings;
using namespace tidings::wechat;
using namespace std::chrono_literals;

namespace {

namespace decisions = decision_table;
using Act = Decision::Act;

constexpr double almost_one = 0x1.fffffffffffffp-1;

}  // namespace

TEST_CASE("every end of a try is followed by what its class asks for", "[wechat][decision]") {
  CHECK(decisions::first_wrong(Decider(), decisions::rows()).empty());
}

TEST_CASE("rows of the decision table have names of their own, and all classes and acts occur", "[wechat][decision]") {
  std::set<std::string> names;
  std::set<ErrorClass> classes;
  std::set<Act> acts;
  for (const decisions::Row& row : decisions::rows()) {
    CHECK(names.insert(row.name).second);
    classes.insert(row.error_class);
    acts.insert(row.act);
  }
  CHECK(classes.size() == error_class_count);
  CHECK(acts.size() == 11);
  for (const Act each : acts) CHECK(std::string(to_string(each)) != "none");
}

TEST_CASE("nothing is sent twice, refreshed twice or called what it is not", "[wechat][decision][property]") {
  CHECK(send_world::run(20'000) == "");
}

TEST_CASE("every class has a policy with tries, and a cap that is not below its base", "[wechat][decision]") {
  const ClassPolicies policies;
  for (std::size_t i = 0; i < error_class_count; ++i) {
    const ClassPolicy& policy = policies[static_cast<ErrorClass>(i)];
    CAPTURE(to_string(static_cast<ErrorClass>(i)));
    CHECK(policy.tries >= 1);
    CHECK(policy.base >= 0ms);
    CHECK(policy.cap >= policy.base);
  }
}

TEST_CASE("the policy of a class can be replaced, and leaves the others alone", "[wechat][decision]") {
  Decider::Options options;
  options.policies[ErrorClass::busy] = {.tries = 2, .base = 10s, .cap = 10s};
  const Decider decider(options);
  const AttemptFacts busy = decisions::answered(-1);
  CHECK(decider.decide(busy).at == decisions::now + 5s);
  CHECK(decider.decide(decisions::after(busy, ErrorClass::busy, 1)).act == Act::dead_letter);
  const AttemptFacts silent = decisions::with_key(decisions::facts(AttemptResult::no_answer()));
  CHECK(decider.decide(decisions::after(silent, ErrorClass::unknown_outcome, 2)).act == Act::wait);
  options.policies[ErrorClass::token_stale].tries = 1;
  CHECK(Decider(options).decide(decisions::reread(decisions::answered(40001), false)).act == Act::stop_account);
}

TEST_CASE("waits have full jitter, and never pass the cap", "[wechat][decision]") {
  const AttemptFacts busy = decisions::answered(-1);
  Decider::Options options;
  options.policies[ErrorClass::busy].tries = 100;
  const Decider decider(options);
  for (int before = 0; before < 40; ++before) {
    AttemptFacts known = decisions::after(busy, ErrorClass::busy, before);
    known.jitter = 0;
    CHECK(decider.decide(known).at == decisions::now);
    known.jitter = almost_one;
    const auto most = std::min<std::chrono::milliseconds>(30s, before < 5 ? 1s * (1 << before) : 30s);
    CHECK(decider.decide(known).at == decisions::now + most - 1ms);
  }
}

TEST_CASE("a try is counted for its class once, not when only the token was looked at", "[wechat][decision]") {
  const Decider decider;
  AttemptFacts known = decisions::answered(40001);
  Decision next = decider.decide(known);
  CHECK(next.effort == Effort());
  known.effort = next.effort;
  known.stored_token_differs = false;
  next = decider.decide(known);
  CHECK(next.effort.count(ErrorClass::token_stale) == 1);
  CHECK(next.effort.refreshes == 1);
  CHECK(next.effort.rereads == 0);
  CHECK(decider.decide(decisions::answered(0)).effort.count(ErrorClass::success) == 1);
}

TEST_CASE("counts of tries stop at their end instead of starting anew", "[wechat][decision]") {
  Effort effort;
  for (int i = 0; i < 70'000; ++i) effort.add(ErrorClass::rate_limit);
  CHECK(effort.count(ErrorClass::rate_limit) == 65'535);
}

TEST_CASE("an unknown outcome is remembered, and asks for a key before every later try", "[wechat][decision]") {
  const Decider decider;
  const Decision next = decider.decide(decisions::with_key(decisions::facts(AttemptResult::no_answer())));
  REQUIRE(next.effort.maybe_sent);
  const wall_time key_until = decisions::now + 10min;
  CHECK(decider.may_send(next.effort, key_until, decisions::now));
  CHECK(decider.may_send(next.effort, key_until, key_until - 30'001ms));
  CHECK_FALSE(decider.may_send(next.effort, key_until, key_until - 30s));
  CHECK_FALSE(decider.may_send(next.effort, {}, decisions::now));
  CHECK(decider.may_send(Effort(), {}, decisions::now));
  CHECK_FALSE(decider.decide(decisions::answered(-1)).effort.maybe_sent);
}

TEST_CASE("any number and any status is decided, with a wait that is not in the past", "[wechat][decision]") {
  delivery::Random random(7);
  const Decider decider;
  for (int i = 0; i < 20'000; ++i) {
    AttemptFacts known = decisions::facts({});
    known.platform = all_platforms[random() % 3];
    known.result = {static_cast<AttemptResult::Kind>(random() % 5), static_cast<std::int32_t>(random()),
                    static_cast<int>(random() % 700)};
    known.jitter = random.uniform();
    known.limits_before = static_cast<int>(random() % 5);
    for (std::uint16_t& each : known.effort.ended) each = static_cast<std::uint16_t>(random() % 12);
    const Decision next = decider.decide(known);
    const bool timed = next.act == Act::wait || next.act == Act::open_circuit;
    REQUIRE((!timed || next.at >= known.now));
    REQUIRE((next.act == Act::done) ==
            (next.error_class == ErrorClass::success || next.error_class == ErrorClass::duplicate));
  }
}

TEST_CASE("days there begin at midnight +08:00", "[wechat][time]") {
  // 2023-11-15 23:59:59.999 +08:00.
  constexpr wall_time last{1'700'063'999'999};
  CHECK(next_china_day(last) == decisions::midnight);
  CHECK(next_china_day(decisions::midnight) == decisions::midnight + 24h);
  CHECK(china_day(last) + 1 == china_day(decisions::midnight));
  CHECK(china_day_begin(china_day(decisions::midnight)) == decisions::midnight);
  CHECK(china_day({0}) == 0);
  CHECK(next_china_day({0}) == wall_time{16 * 3'600'000});
  CHECK(china_day({-8 * 3'600'000 - 1}) == -1);
  CHECK(next_minute({59'999}) == wall_time{60'000});
  CHECK(next_minute({60'000}) == wall_time{120'000});
  CHECK(next_minute({-1}) == wall_time{0});
}
