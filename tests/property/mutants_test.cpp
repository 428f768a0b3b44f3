// SPDX-License-Identifier: BSL-1.0

// Built with TIDINGS_TEST_MUTANTS: each known way to get resume wrong is switched on and must be found.

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "property/schedule.hpp"

#include <iostream>

using tidings::delivery::Mutant;

TEST_CASE("every mutant is found within 10,000 schedules", "[property][mutants]") {
  const auto [mutant, name] = GENERATE(table<Mutant, const char*>({
      {Mutant::no_merge, "no merge"},
      {Mutant::snapshot_before_register, "snapshot before register"},
      {Mutant::offset_off_by_one, "offset off by one"},
      {Mutant::announcement_forgotten, "announcement forgotten"},
      {Mutant::acknowledge_on_write, "acknowledge on write"},
      {Mutant::epoch_check_skipped, "epoch check skipped"},
      {Mutant::contiguity_instead_of_gap_law, "contiguity instead of the gap law"},
      {Mutant::prove_at_pong, "a pong proves what was sent after its ping"},
  }));
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
