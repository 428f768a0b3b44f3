// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_MUTANT_HPP
#define TIDINGS_DELIVERY_MUTANT_HPP

#include <tidings/version.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Known ways to get resume wrong. The property test switches each on and must find it; outside that test
/// (`TIDINGS_TEST_MUTANTS`) the switch is a constant `none` and costs nothing.
enum class Mutant {
  none,
  no_merge,
  snapshot_before_register,
  offset_off_by_one,
  announcement_forgotten,
  acknowledge_on_write,
  epoch_check_skipped,
  contiguity_instead_of_gap_law,
  prove_at_pong,
};

#if defined(TIDINGS_TEST_MUTANTS)
inline Mutant active_mutant = Mutant::none;
inline bool mutated(Mutant which) { return active_mutant == which; }
#else
constexpr bool mutated(Mutant) { return false; }
#endif

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_MUTANT_HPP
