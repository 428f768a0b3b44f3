// SPDX-License-Identifier: BSL-1.0

#include <tidings/store/memory_attempts.hpp>

#include <catch2/catch_test_macros.hpp>

#include "conformance/ledger/attempts_conformance.hpp"

#include <system_error>
#include <vector>

using namespace tidings;

static_assert(AttemptLedger<MemoryAttempts> && wechat::ReceiptLedger<MemoryAttempts>);

TEST_CASE("attempts in memory do what every ledger does", "[store][ledger]") {
  conformance::attempts_conform([] { return MemoryAttempts(); });
}

TEST_CASE("attempts in memory are bounded, and what is under way stays", "[store][ledger]") {
  MemoryAttempts ledger(2);
  conformance::Asked asked(ledger);
  const AttemptLine first = asked.open({conformance::send_to("alice")}).at(0);
  const AttemptLine second = asked.open({conformance::send_to("bob")}).at(0);
  std::error_code refused;
  ledger.open({conformance::send_to("carol")}, AttemptState::queued,
              [&](std::error_code ec, const std::vector<AttemptLine>&) { refused = ec; });
  CHECK(refused == errc::queue_full);
  conformance::bring(asked, second, AttemptState::accepted);
  asked.open({conformance::send_to("carol")});
  CHECK(asked.history("bob").empty());
  CHECK(asked.history("alice").size() == 1);
  CHECK(asked.begin({first.attempt.id}, "p1", {1500}) == std::vector<bool>{true});
}
