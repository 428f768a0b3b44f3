// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_GAP_HPP
#define TIDINGS_DELIVERY_GAP_HPP

#include <tidings/position.hpp>
#include <tidings/topic_state.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// The gap law: whether everything after a claimed position can still be given exactly.
///
/// A gap if and only if the claim's epoch is neither the topic's nor in its lineage, or its offset is below the floor,
/// or above the top (for a former epoch: above what survived of it). A claim is never trusted further than that.
constexpr bool is_gap(const TopicState& state, Position claim) noexcept {
  if (claim.epoch == 0 || claim.offset < state.floor) return true;
  if (claim.epoch == state.epoch) return claim.offset > state.top;
  for (const TopicState::Past& past : state.lineage) {
    if (past.epoch == claim.epoch) return claim.offset > past.survived;
  }
  return true;
}

/// The first offset that a reader with this position does not have for certain, and would have to be given.
constexpr std::uint64_t first_unknown(const TopicState& state, Position claim) noexcept {
  if (claim.epoch == state.epoch) return (claim.offset < state.top ? claim.offset : state.top) + 1;
  for (const TopicState::Past& past : state.lineage) {
    if (past.epoch == claim.epoch && past.epoch != 0) {
      return (claim.offset < past.survived ? claim.offset : past.survived) + 1;
    }
  }
  return 1;
}

/// Whether the epoch belonged to this log before its present one.
constexpr bool is_former_epoch(const TopicState& state, std::uint64_t epoch) noexcept {
  for (const TopicState::Past& past : state.lineage) {
    if (past.epoch == epoch && epoch != 0) return true;
  }
  return false;
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_GAP_HPP
