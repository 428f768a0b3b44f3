// SPDX-License-Identifier: BSL-1.0
//
// The random schedules of tests/property over a real server and its sockets. TIDINGS_SEED runs a single one of each.

#include <tidings/hub/options.hpp>
#include <tidings/queue_policy.hpp>

#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "conformance/http/live_schedule.hpp"
#include "conformance/http/push_kit.hpp"

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>

using namespace conformance;
using namespace std::chrono_literals;
using tidings::QueuePolicy;

namespace {

/// What the hub of a third of the schedules is like.
struct Form {
  QueuePolicy policy = QueuePolicy::spill;
  std::size_t max_queue_bytes = 4000;
  std::size_t max_messages = 1000;

  bool drops() const { return policy == QueuePolicy::drop_oldest; }
  tidings::HubOptions options() const {
    tidings::HubOptions options;
    options.max_sessions_per_user = 1000;
    options.queue_policy = policy;
    options.max_queue_bytes = max_queue_bytes;
    options.catch_up_page = 3;
    options.sse_max_lifetime = options.ws_max_lifetime = 1s;
    options.sse_retry = 10ms;
    return options;
  }
};

}  // namespace

TEST_CASE("no schedule over real sockets loses or reorders, and what is acknowledged was received",
          "[conformance][http][resume]") {
  const Form form = GENERATE(Form{}, Form{QueuePolicy::conflate, 1000, 8}, Form{QueuePolicy::drop_oldest, 3000, 30});
  const unsigned schedules = support::sanitized ? 10 : 100;
  const PushKit kit(form.options(), {.max_messages = form.max_messages});
  const char* const only = std::getenv("TIDINGS_SEED");
  const unsigned first = only == nullptr ? 1 : static_cast<unsigned>(std::strtoul(only, nullptr, 10));
  std::size_t deliveries = 0;
  for (unsigned seed = first; seed < first + (only == nullptr ? schedules : 1); ++seed) {
    LiveSchedule schedule(kit, seed, form.drops());
    const std::string violation = schedule.run();
    INFO("TIDINGS_SEED=" << seed << ": " << violation);
    REQUIRE(violation.empty());
    deliveries += schedule.scene().deliveries;
  }
  if (only == nullptr) CHECK(deliveries > 0);
}
