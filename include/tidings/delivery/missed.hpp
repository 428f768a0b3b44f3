// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_MISSED_HPP
#define TIDINGS_DELIVERY_MISSED_HPP

#include <tidings/delivery/attempt_line.hpp>
#include <tidings/delivery/attempt_state.hpp>
#include <tidings/delivery/missed_recipient.hpp>
#include <tidings/version.hpp>

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Of whom it is not proved that they got a message, out of all its attempts.
///
/// @param lines  Of one message, in the order of their ids.
inline std::vector<MissedRecipient> missed_of(std::span<const AttemptLine> lines) {
  struct One {
    std::vector<AttemptState> states{};
    const AttemptLine* best = nullptr;
    bool dead = false;
  };
  std::map<std::string, One> all;
  for (const AttemptLine& each : lines) {
    One& one = all[each.send.user];
    one.states.push_back(each.attempt.state);
    one.dead = one.dead || each.send.dead;
    // Of equals the later one.
    if (!one.best || detail::outcome_rank(each.attempt.state) >= detail::outcome_rank(one.best->attempt.state)) {
      one.best = &each;
    }
  }
  std::vector<MissedRecipient> missed;
  for (const auto& [user, one] : all) {
    const Outcome outcome = outcome_of(one.states, false, one.dead);
    if (outcome == Outcome::delivered || outcome == Outcome::seen) continue;
    missed.push_back({user, one.best->send.channel, outcome, one.best->attempt.state, one.best->attempt.reason});
  }
  return missed;
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_MISSED_HPP
