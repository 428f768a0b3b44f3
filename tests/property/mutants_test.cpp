// SPDX-License-Identifier: BSL-1.0

// Built with TIDINGS_TEST_MUTANTS: each known way to get resume wrong is switched on and must be found.

#include "support/known_mutants.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "property/schedule.hpp"

#include <iostream>

using tidings::delivery::Mutant;

TEST_CASE("every mutant is found within 10,000 schedules", "[property][mutants]") {
  const auto [mutant, name] = GENERATE(from_range(support::known_mutants));
  tidings::delivery::active_mutant = mutant;
  std::uint64_t found = 0;
  std::string violation;
  for (std::uint64_t seed = 1; seed <= 10'000 && found == 0; ++seed) {
    violation = property::Schedule(seed).run().violation;
    if (!violation.empty()) found = seed;
  }
  tidings::delivery::active_mutant = Mutant::none;
  INFO(name);
  CHECK(found != 0);
  std::cout << name << ": found by schedule " << found << " (" << violation << ")\n";
}
