// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/attempt_state.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace tidings;
using namespace tidings::delivery;
using S = AttemptState;

namespace {

constexpr std::array<S, 12> all = {S::queued,    S::sending,    S::written, S::accepted, S::rejected, S::unknown,
                                   S::delivered, S::no_receipt, S::seen,    S::dropped,  S::expired,  S::cancelled};

// DESIGN 5, written down independently of the header: columns in the order of `all`, x = may follow.
constexpr std::array<const char*, 12> transitions = {
    //  qu se wr ac re un de no se dr ex ca
    /* queued     */ ". x . . . . . . . x x x",
    /* sending    */ ". . x x x x x . x . . .",
    /* written    */ ". . . . . . x . x x x x",
    /* accepted   */ ". . . . x . x x x . . .",
    /* rejected   */ ". . . . . . . . . . . .",
    /* unknown    */ ". . . x x . x x x . . .",
    /* delivered  */ ". . . . . . . . x . . .",
    /* no_receipt */ ". . . . x . x . x . . .",
    /* seen       */ ". . . . . . . . . . . .",
    /* dropped    */ ". . . . . . . . . . . .",
    /* expired    */ ". . . . . . . . . . . .",
    /* cancelled  */ ". . . . . . . . . . . .",
};

Outcome outcome(std::vector<S> attempts, bool more = false, bool used = false) {
  const Outcome forwards = outcome_of(attempts, more, used);
  std::reverse(attempts.begin(), attempts.end());
  CHECK(outcome_of(attempts, more, used) == forwards);
  return forwards;
}

}  // namespace

TEST_CASE("an attempt moves along the table and nowhere else", "[delivery][attempt]") {
  for (std::size_t from = 0; from < all.size(); ++from) {
    for (std::size_t to = 0; to < all.size(); ++to) {
      CAPTURE(to_string(all[from]), to_string(all[to]));
      CHECK(may_follow(all[from], all[to]) == (transitions[from][2 * to] == 'x'));
    }
  }
}

TEST_CASE("the states that end are those that nothing follows", "[delivery][attempt]") {
  const std::set<S> ends = {S::rejected, S::seen, S::dropped, S::expired, S::cancelled};
  for (const S state : all) {
    CAPTURE(to_string(state));
    CHECK(is_final(state) == ends.contains(state));
  }
}

// Whatever the table says in detail: no state may be left and come back, else a late word could undo a proof.
TEST_CASE("no sequence of states goes in a circle except through a late answer", "[delivery][attempt]") {
  for (const S state : all) {
    CHECK_FALSE(may_follow(state, state));
    CHECK_FALSE(may_follow(state, S::queued));
    CHECK_FALSE((state != S::queued && may_follow(state, S::sending)));
    CHECK_FALSE((may_follow(S::seen, state) || may_follow(S::rejected, state)));
    CHECK_FALSE((state != S::seen && may_follow(S::delivered, state)));
  }
}

TEST_CASE("a call under way at a restart has an unknown outcome", "[delivery][attempt]") {
  for (const S state : all) CHECK(after_restart(state) == (state == S::sending ? S::unknown : state));
}

TEST_CASE("every state has its word", "[delivery][attempt]") {
  const std::array<std::string, 12> words = {"queued",    "sending",    "written", "accepted", "rejected", "unknown",
                                             "delivered", "no_receipt", "seen",    "dropped",  "expired",  "cancelled"};
  CHECK(attempt_state_count == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(static_cast<std::size_t>(all[i]) == i);
    CHECK(to_string(all[i]) == words[i]);
  }
  CHECK(to_string(static_cast<S>(12)) == std::string("unknown"));
}

// DESIGN 5: the best attempt, else pending | skipped (no route, no address) | failed | dead (attempts used up).
TEST_CASE("the outcome is the best attempt's", "[delivery][attempt]") {
  auto [attempts, more, used, wanted] = GENERATE(table<std::vector<S>, bool, bool, Outcome>({
      {{}, false, false, Outcome::skipped},
      {{}, true, false, Outcome::pending},
      {{S::queued}, false, false, Outcome::pending},
      {{S::sending}, false, false, Outcome::pending},
      {{S::written}, false, false, Outcome::written},
      {{S::accepted}, false, false, Outcome::written},
      {{S::no_receipt}, false, false, Outcome::written},
      {{S::delivered}, false, true, Outcome::delivered},
      {{S::seen}, false, true, Outcome::seen},
      {{S::rejected}, false, false, Outcome::failed},
      {{S::rejected}, false, true, Outcome::dead},
      {{S::rejected}, true, false, Outcome::pending},
      {{S::dropped}, false, false, Outcome::failed},
      {{S::expired}, false, false, Outcome::failed},
      {{S::cancelled}, false, false, Outcome::skipped},
      {{S::cancelled}, true, false, Outcome::pending},
      {{S::rejected, S::delivered, S::expired}, false, true, Outcome::delivered},
      {{S::delivered, S::seen}, false, false, Outcome::seen},
      {{S::written, S::queued}, true, false, Outcome::written},
      {{S::written, S::rejected}, false, true, Outcome::written},
      {{S::queued, S::rejected}, false, true, Outcome::pending},
      {{S::cancelled, S::rejected}, false, false, Outcome::failed},
      {{S::cancelled, S::delivered}, false, false, Outcome::delivered},
  }));
  CHECK(outcome(attempts, more, used) == wanted);
}

TEST_CASE("one more attempt never makes what was proved worse", "[delivery][attempt]") {
  for (const S first : all) {
    for (const S second : all) {
      CAPTURE(to_string(first), to_string(second));
      const bool delivered = first == S::delivered || second == S::delivered;
      const bool seen = first == S::seen || second == S::seen;
      for (const bool more : {false, true}) {
        const Outcome both = outcome({first, second}, more, true);
        CHECK((both == Outcome::seen) == seen);
        CHECK((both == Outcome::delivered) == (delivered && !seen));
      }
    }
  }
}

// DESIGN 3.3: a completed write is never called delivered.
TEST_CASE("only evidence makes an outcome delivered", "[delivery][attempt]") {
  for (const S state : all) {
    if (state == S::delivered || state == S::seen) continue;
    for (const bool more : {false, true}) {
      for (const bool used : {false, true}) {
        const Outcome result = outcome({state}, more, used);
        CHECK(result != Outcome::delivered);
        CHECK(result != Outcome::seen);
      }
    }
  }
}
