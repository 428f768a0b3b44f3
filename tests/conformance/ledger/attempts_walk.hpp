// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_LEDGER_ATTEMPTS_WALK_HPP
#define TIDINGS_TESTS_CONFORMANCE_LEDGER_ATTEMPTS_WALK_HPP

#include <tidings/delivery/attempt_state.hpp>
#include <tidings/delivery/random.hpp>

#include <catch2/catch_test_macros.hpp>

#include "conformance/ledger/asked_ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace conformance {

/// Into that state by the shortest way.
template <class L>
AttemptLine put_into(Asked<L>& asked, std::uint64_t message, AttemptState state) {
  const AttemptLine line = asked.open({send_to("alice", message)}).at(0);
  switch (state) {
    case AttemptState::queued: return line;
    case AttemptState::dropped:
    case AttemptState::expired:
    case AttemptState::cancelled: return asked.end(end_of(line, state));
    case AttemptState::delivered:
    case AttemptState::no_receipt:
    case AttemptState::seen:
      bring(asked, line, AttemptState::accepted);
      CHECK(asked.move(line.attempt.id, AttemptState::accepted, state));
      return line;
    default: return bring(asked, line, state);
  }
}

// From every state into every one, by both ways: what the table says, and nothing else is written.
template <class L>
void keeps_to_the_table(L& ledger) {
  Asked asked(ledger);
  asked.renew("p1", {9000});
  std::uint64_t message = 0;
  for (std::size_t i = 0; i < attempt_state_count * attempt_state_count; ++i) {
    const auto from = static_cast<AttemptState>(i / attempt_state_count);
    const auto to = static_cast<AttemptState>(i % attempt_state_count);
    CAPTURE(to_string(from), to_string(to));
    const bool may = delivery::may_follow(from, to);
    const AttemptLine moved = put_into(asked, ++message, from);
    CHECK(asked.move(moved.attempt.id, from, to) == may);
    CHECK(asked.attempts({5, message}).at(0).attempt.state == (may ? to : from));
    const AttemptLine ended = put_into(asked, ++message, from);
    CHECK((asked.end(end_of(ended, to)).attempt.id != 0) == may);
    CHECK(asked.attempts({5, message}).at(0).attempt.state == (may ? to : from));
  }
}

/// What became of the attempts of one send, as a walk expects it.
struct Expected {
  std::uint64_t message = 0;
  std::vector<std::uint64_t> ids{};
  std::vector<AttemptState> states{};
  bool dead = false;

  bool is_open() const {
    return !dead && (states.back() == AttemptState::queued || states.back() == AttemptState::sending);
  }
};

// One step of a walk: of any attempt of the send, not of the newest alone.
template <class L>
void walk_on(Asked<L>& asked, Expected& one, const std::string& owner, delivery::Random& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random.uniform() * static_cast<double>(n)); };
  const std::size_t nth = below(one.ids.size());
  const bool newest = nth + 1 == one.ids.size();
  const AttemptState from = one.states[nth];
  const auto to = static_cast<AttemptState>(below(attempt_state_count));
  const bool may = delivery::may_follow(from, to);
  if (below(3) == 0) {
    CHECK(asked.begin({one.ids[nth]}, owner, {1500}).at(0) == (from == AttemptState::queued));
    if (from == AttemptState::queued) one.states[nth] = AttemptState::sending;
  } else if (below(2) == 0) {
    CHECK(asked.move(one.ids[nth], from, to) == may);
    if (may) one.states[nth] = to;
  } else {
    AttemptEnd end;
    end.attempt = one.ids[nth];
    end.owner = owner;
    end.state = to;
    end.dead = below(4) == 0;
    if (!end.dead && to != AttemptState::sending && below(2) == 0) end.again = wall_time{5000};
    const AttemptLine line = asked.end(end);
    CHECK((line.attempt.id != 0) == may);
    if (!may) return;
    one.states[nth] = to;
    if (newest) one.dead = end.dead;
    if (newest && end.again) {
      one.ids.push_back(line.attempt.id);
      one.states.push_back(AttemptState::queued);
    }
  }
}

// Whatever comes in whatever order: the rows are those that were written, and whoever comes next gets exactly those
// that are under way.
template <class L>
void survives_a_random_walk(L& ledger) {
  Asked asked(ledger);
  delivery::Random random(7);
  std::string owner = "p1";
  std::vector<Expected> sends;
  std::uint64_t message = 0;
  while (message < 8) {
    const AttemptLine line = asked.open({send_to("alice", ++message)}).at(0);
    sends.push_back({message, {line.attempt.id}, {line.attempt.state}});
  }
  for (int round = 0; round < 40; ++round) {
    for (Expected& each : sends) walk_on(asked, each, owner, random);
    std::map<std::uint64_t, std::uint64_t> open;
    for (const Expected& one : sends) {
      std::vector<AttemptState> states;
      for (const AttemptLine& each : asked.attempts({5, one.message})) states.push_back(each.attempt.state);
      CHECK(states == one.states);
      if (one.is_open()) open[one.message] = one.ids.back();
    }
    std::map<std::uint64_t, std::uint64_t> adopted;
    const std::string next = "q" + std::to_string(round);
    for (const AttemptLine& each : asked.adopt("oa", next, {3000})) adopted[each.send.message.low] = each.attempt.id;
    CHECK(adopted == open);
    // What is settled keeps its owner; a new send takes its place in the walk.
    for (std::size_t i = 0; i < sends.size(); ++i) {
      if (sends[i].is_open()) continue;
      SendRecord fresh = send_to("alice", ++message);
      fresh.owner = next;
      const AttemptLine line = asked.open({fresh}).at(0);
      sends[i] = {message, {line.attempt.id}, {line.attempt.state}};
    }
    owner = next;
  }
}

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_LEDGER_ATTEMPTS_WALK_HPP
