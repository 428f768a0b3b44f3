// SPDX-License-Identifier: BSL-1.0
//
// The random schedules of tests/property over a real server and its sockets. TIDINGS_SEED runs a single one of each.

#include <tidings/queue_policy.hpp>

#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "conformance/http/live_form.hpp"
#include "conformance/http/live_schedule.hpp"
#include "conformance/http/push_kit.hpp"

#include <cstddef>
#include <cstdlib>
#include <string>

using namespace conformance;
using tidings::QueuePolicy;

TEST_CASE("no schedule over real sockets loses or reorders, and what is acknowledged was received",
          "[conformance][http][resume]") {
  const LiveForm form =
      GENERATE(LiveForm{}, LiveForm{QueuePolicy::conflate, 1000, 8}, LiveForm{QueuePolicy::drop_oldest, 3000, 30});
  const unsigned schedules = support::sanitized ? 10 : 100;
  const PushKit kit(form.options(), {.max_messages = form.max_messages});
  const char* const only = std::getenv("TIDINGS_SEED");
  const unsigned first = only == nullptr ? 1 : static_cast<unsigned>(std::strtoul(only, nullptr, 10));
  std::size_t deliveries = 0;
  for (unsigned seed = first; seed < first + (only == nullptr ? schedules : 1); ++seed) {
    LiveSchedule schedule(kit, seed, {.drops = form.drops()});
    const std::string violation = schedule.run();
    INFO("TIDINGS_SEED=" << seed << ": " << violation);
    REQUIRE(violation.empty());
    deliveries += schedule.scene().deliveries;
  }
  if (only == nullptr) CHECK(deliveries > 0);
}
