// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_KNOWN_MUTANTS_HPP
#define TIDINGS_TESTS_SUPPORT_KNOWN_MUTANTS_HPP

#include <tidings/delivery/mutant.hpp>

#include <array>

namespace support {

struct KnownMutant {
  tidings::delivery::Mutant mutant;
  const char* name;
};

/// Every known way to get resume wrong.
inline constexpr std::array<KnownMutant, 8> known_mutants{{
    {tidings::delivery::Mutant::no_merge, "no merge"},
    {tidings::delivery::Mutant::snapshot_before_register, "snapshot before register"},
    {tidings::delivery::Mutant::offset_off_by_one, "offset off by one"},
    {tidings::delivery::Mutant::announcement_forgotten, "announcement forgotten"},
    {tidings::delivery::Mutant::acknowledge_on_write, "acknowledge on write"},
    {tidings::delivery::Mutant::epoch_check_skipped, "epoch check skipped"},
    {tidings::delivery::Mutant::contiguity_instead_of_gap_law, "contiguity instead of the gap law"},
    {tidings::delivery::Mutant::prove_at_pong, "a pong proves what was sent after its ping"},
}};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_KNOWN_MUTANTS_HPP
