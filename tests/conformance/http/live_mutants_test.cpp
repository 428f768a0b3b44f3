// SPDX-License-Identifier: BSL-1.0
//
// Built with TIDINGS_TEST_MUTANTS: the known ways to get resume wrong are switched on behind a real server and must be found
// over its sockets; with none of them nothing is found. One is left to tests/property/mutants_test.cpp: a room that looks
// before it registers loses only what no later message and no session that catches up bring back, which here is too rare.

#include <tidings/delivery/mutant.hpp>

#include "support/delayed_store.hpp"
#include "support/known_mutants.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "conformance/http/live_form.hpp"
#include "conformance/http/live_schedule.hpp"
#include "conformance/http/push_kit.hpp"

#include <chrono>
#include <iostream>
#include <string>

using namespace conformance;
using namespace std::chrono_literals;
using tidings::delivery::Mutant;

namespace {

constexpr unsigned most_schedules = 300;

/// Runs schedules with a hub whose store is unkind in one of two ways, by turns: what some mutants break, a hub repairs
/// that does not rely on announcements.
class Hunt {
 public:
  explicit Hunt(Mutant mutant) {
    // A page that is slow to answer pings is to meet some.
    if (mutant == Mutant::prove_at_pong) {
      options_.ws_max_lifetime = 0ms;
      options_.pong_wait = 600ms;
      manners_.longest_pause = 100ms;
    }
    // What a mutant has lost never comes.
    if (mutant != Mutant::none) manners_.patience = 3s;
    options_.position_check = 100ms;
    // Before the hubs' threads begin, and after they end.
    tidings::delivery::active_mutant = mutant;
  }
  Hunt(const Hunt&) = delete;
  Hunt& operator=(const Hunt&) = delete;
  ~Hunt() { tidings::delivery::active_mutant = Mutant::none; }

  /// The first of so many schedules that finds something; 0 = none.
  unsigned run(unsigned schedules) {
    const PushKit reliable(options_, {.max_messages = 30}, {.longest_delay = 2ms});
    const PushKit lossy(
        options_, {.max_messages = 30},
        {.longest_delay = 2ms, .lost_announcement = 0.1, .late_announcement = 0.02, .double_announcement = 0.1});
    for (unsigned seed = 1; seed <= schedules; ++seed) {
      LiveSchedule schedule(seed % 2 == 1 ? reliable : lossy, seed, manners_);
      violation = schedule.run();
      if (!violation.empty()) return seed;
    }
    return 0;
  }

  std::string violation;

 private:
  tidings::HubOptions options_ = LiveForm{}.options();
  LiveSchedule::Manners manners_;
};

}  // namespace

TEST_CASE("nothing is found over real sockets and an unkind store", "[conformance][http][mutants]") {
  Hunt hunt(Mutant::none);
  const unsigned found = hunt.run(40);
  INFO("schedule " << found << ": " << hunt.violation);
  CHECK(found == 0);
}

TEST_CASE("every mutant is found over real sockets", "[conformance][http][mutants]") {
  const auto [mutant, name] = GENERATE(from_range(support::known_mutants));
  if (mutant == Mutant::snapshot_before_register) SKIP("too rare here: tests/property/mutants_test.cpp finds it");
  const auto upgrades = server_facts().upgrades;
  if (mutant == Mutant::prove_at_pong && (!upgrades || !upgrades->ws_ping || !upgrades->ws_pong)) SKIP("no pongs");
  Hunt hunt(mutant);
  const unsigned found = hunt.run(most_schedules);
  INFO(name);
  CHECK(found != 0);
  std::cout << name << ": found by schedule " << found << " (" << hunt.violation << ")\n";
}
