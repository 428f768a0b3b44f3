// SPDX-License-Identifier: BSL-1.0

// TIDINGS_SCHEDULES sets the number of schedules, TIDINGS_SEED runs a single one.

#include <catch2/catch_test_macros.hpp>

#include "property/schedule.hpp"

#include <cstdlib>
#include <iostream>

#if !defined(TIDINGS_DEFAULT_SCHEDULES)
#define TIDINGS_DEFAULT_SCHEDULES 10'000
#endif

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

TEST_CASE("no schedule loses, repeats, reorders or acknowledges what was not received", "[property][resume]") {
  const std::uint64_t only = from_environment("TIDINGS_SEED", 0);
  const std::uint64_t first = only != 0 ? only : 1;
  const std::uint64_t last = only != 0 ? only : from_environment("TIDINGS_SCHEDULES", TIDINGS_DEFAULT_SCHEDULES);
  std::size_t deliveries = 0;
  std::size_t duplicates = 0;
  std::size_t gaps = 0;
  std::size_t overflows = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    property::Schedule schedule(seed);
    const property::Outcome outcome = schedule.run();
    deliveries += outcome.deliveries;
    duplicates += outcome.duplicates;
    gaps += outcome.gaps;
    overflows += outcome.overflows;
    INFO("TIDINGS_SEED=" << seed << ": " << outcome.violation);
    REQUIRE(outcome.violation.empty());
  }
  std::cout << last - first + 1 << " schedules: " << deliveries << " deliveries, " << duplicates
            << " repeated before the client's comparison, " << gaps << " gaps, " << overflows
            << " overflows of a mailbox\n";
  CHECK((only != 0 || overflows > 0));
}
