// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/backoff.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <random>
#include <vector>

using namespace tidings;
using namespace tidings::delivery;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr steady_time begin{std::chrono::hours(1000)};
constexpr double almost_one = 0x1.fffffffffffffp-1;

std::vector<milliseconds> waits(Backoff backoff, int count, double jitter) {
  std::vector<milliseconds> list;
  for (int i = 0; i < count; ++i) list.push_back(backoff.next(jitter));
  return list;
}

}  // namespace

TEST_CASE("the ceiling doubles from the base up to the cap", "[delivery][backoff]") {
  Backoff backoff({.base = 1s, .cap = 10s});
  const std::vector<milliseconds> ceilings = {1s, 2s, 4s, 8s, 10s, 10s};
  for (const milliseconds each : ceilings) {
    CHECK(backoff.ceiling() == each);
    backoff.next(0);
  }
}

// Full jitter: anything from nothing to the ceiling.
TEST_CASE("the wait is the injected share of the ceiling", "[delivery][backoff]") {
  using List = std::vector<milliseconds>;
  CHECK(waits(Backoff({.base = 1s, .cap = 8s}), 5, 0.5) == List{500ms, 1s, 2s, 4s, 4s});
  CHECK(waits(Backoff({.base = 1s, .cap = 8s}), 5, 0.25) == List{250ms, 500ms, 1s, 2s, 2s});
  CHECK(waits(Backoff({.base = 1s, .cap = 8s}), 3, 0) == List{0ms, 0ms, 0ms});
  CHECK(waits(Backoff({.base = 1s, .cap = 8s}), 5, almost_one) == List{999ms, 1999ms, 3999ms, 7999ms, 7999ms});
}

TEST_CASE("a base at the cap never grows, and one beyond an hour does not overflow", "[delivery][backoff]") {
  CHECK(waits(Backoff({.base = 5s, .cap = 5s}), 3, 0.5) == std::vector<milliseconds>{2500ms, 2500ms, 2500ms});
  Backoff patient({.base = 1h, .cap = 24h * 365});
  for (int i = 0; i < 1000; ++i) patient.next(0.5);
  CHECK(patient.ceiling() == 24h * 365);
  CHECK(patient.failures() > 0);
}

TEST_CASE("a hint is the least, with a tenth of jitter above it", "[delivery][backoff]") {
  auto [hint, jitter, wait] = GENERATE(table<milliseconds, double, milliseconds>({
      {30s, 0, 30s},
      {30s, 0.5, 31500ms},
      {30s, almost_one, 33s},
      {1ms, 0, 1ms},
      {0ms, 0.5, 0ms},
      {-5s, 0.5, 0ms},
      {300s, 0, 300s},
      {301s, 0, 300s},
      {milliseconds::max(), 0, 300s},
  }));
  Backoff backoff;
  CHECK(backoff.next(jitter, hint) == wait);
  // A hint counts as a failure like any other.
  CHECK(backoff.failures() == 1);
  CHECK(backoff.ceiling() == 2s);
}

TEST_CASE("only a success that lasted forgets earlier failures", "[delivery][backoff]") {
  auto [lasted, failures] = GENERATE(table<milliseconds, std::uint32_t>({
      {0ms, 3},
      {59'999ms, 3},
      {60s, 0},
      {1h, 0},
  }));
  Backoff backoff;
  for (int i = 0; i < 3; ++i) backoff.next(0);
  backoff.on_success(begin);
  CHECK(backoff.failures() == 3);
  backoff.on_lost(begin + lasted);
  CHECK(backoff.failures() == failures);
  // The same end told twice is not a second success.
  backoff.on_lost(begin + 24h);
  CHECK(backoff.failures() == failures);
}

TEST_CASE("an end without a success before it changes nothing", "[delivery][backoff]") {
  Backoff backoff;
  backoff.next(0);
  backoff.on_lost(begin + 24h);
  CHECK(backoff.failures() == 1);
}

TEST_CASE("a reset begins anew", "[delivery][backoff]") {
  Backoff backoff;
  for (int i = 0; i < 5; ++i) backoff.next(0);
  backoff.on_success(begin);
  backoff.reset();
  CHECK(backoff.failures() == 0);
  CHECK(backoff.ceiling() == 1s);
}

TEST_CASE("no wait is ever negative or above its ceiling", "[delivery][backoff][property]") {
  std::mt19937_64 random(41);
  Backoff backoff({.base = 100ms, .cap = 30s});
  for (int i = 0; i < 10'000; ++i) {
    const milliseconds ceiling = backoff.ceiling();
    const milliseconds wait = backoff.next(static_cast<double>(random() >> 11U) * 0x1.0p-53);
    CHECK(wait >= 0ms);
    CHECK(wait < ceiling);
    CHECK(ceiling <= 30s);
    if (i % 50 == 0) backoff.reset();
  }
}
