// SPDX-License-Identifier: BSL-1.0

// Decisions that are known to be bad: each must be found by the table of decisions or by the random worlds.

#include <tidings/wechat/mutant.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "wechat/decision_table.hpp"
#include "wechat/send_world.hpp"
#include "wechat/token_world.hpp"

#include <string>

using namespace tidings;
using wechat::Mutant;

namespace {

struct Switch {
  explicit Switch(Mutant which) { wechat::active_mutant = which; }
  ~Switch() { wechat::active_mutant = Mutant::none; }
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;
};

std::string wrong_in_table() { return decision_table::first_wrong(wechat::Decider(), decision_table::rows()); }

}  // namespace

TEST_CASE("nothing is found where nothing is wrong", "[wechat][mutants]") {
  CHECK(token_world::cold_starts(20) == "");
  CHECK(token_world::long_runs(20) == "");
  CHECK(token_world::late_words() == "");
  CHECK(wrong_in_table() == "");
  CHECK(send_world::run(20'000) == "");
}

TEST_CASE("each bad decision is found by the table and by the random worlds", "[wechat][mutants]") {
  const Mutant which = GENERATE(Mutant::retry_unknown_without_key, Mutant::ignore_class, Mutant::refresh_without_reread,
                                Mutant::forget_maybe_sent, Mutant::refresh_without_end);
  const Switch on(which);
  CAPTURE(static_cast<int>(which));
  CHECK(wrong_in_table() != "");
  CHECK(send_world::run(20'000) != "");
}

TEST_CASE("each bad way with tokens is found by processes that share a store", "[wechat][mutants]") {
  const Mutant which =
      GENERATE(Mutant::refresh_without_double_check, Mutant::expire_without_compare, Mutant::adopt_older_token);
  const Switch on(which);
  CAPTURE(static_cast<int>(which));
  CHECK((token_world::cold_starts(20) + token_world::long_runs(20) + token_world::late_words()) != "");
}
