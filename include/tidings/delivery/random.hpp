// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_RANDOM_HPP
#define TIDINGS_DELIVERY_RANDOM_HPP

#include <tidings/version.hpp>

#include <array>
#include <bit>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Numbers for jitter and spreading, the same for the same seed: xoshiro256**, seeded by SplitMix64. Whoever sees some of
/// them can tell the next: nothing that must not be guessed is made of them.
///
/// Small beside `<random>`, which every unit would pay for: 32 bytes of state, 15 MB less to compile.
/// Source  Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept {
    for (std::uint64_t& word : state_) {
      seed += 0x9E3779B97F4A7C15ULL;
      std::uint64_t mixed = seed;
      mixed = (mixed ^ mixed >> 30U) * 0xBF58476D1CE4E5B9ULL;
      mixed = (mixed ^ mixed >> 27U) * 0x94D049BB133111EBULL;
      word = mixed ^ mixed >> 31U;
    }
  }

  /// 64 bits.
  std::uint64_t operator()() noexcept {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform in [0, 1).
  double uniform() noexcept { return static_cast<double>((*this)() >> 11U) * 0x1p-53; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_RANDOM_HPP
