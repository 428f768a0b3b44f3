// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_SIPHASH_HPP
#define TIDINGS_DELIVERY_SIPHASH_HPP

#include <tidings/version.hpp>

#include <array>
#include <bit>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// SipHash-2-4 of one word: who does not know the key cannot tell the hash of another word from those that he has seen.
///
/// Source  J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", 2012.
class SipHash {
 public:
  SipHash(std::uint64_t key0, std::uint64_t key1) noexcept : key_{key0, key1} {}

  std::uint64_t operator()(std::uint64_t word) const noexcept {
    State state{key_[0] ^ 0x736F6D6570736575ULL, key_[1] ^ 0x646F72616E646F6DULL, key_[0] ^ 0x6C7967656E657261ULL,
                key_[1] ^ 0x7465646279746573ULL};
    absorb(state, word);
    // The length of the input, 8 bytes.
    absorb(state, std::uint64_t{8} << 56U);
    state[2] ^= 0xFFU;
    for (int i = 0; i < 4; ++i) turn(state);
    return state[0] ^ state[1] ^ state[2] ^ state[3];
  }

 private:
  using State = std::array<std::uint64_t, 4>;

  static void absorb(State& state, std::uint64_t word) noexcept {
    state[3] ^= word;
    turn(state);
    turn(state);
    state[0] ^= word;
  }
  static void turn(State& state) noexcept {
    auto& [a, b, c, d] = state;
    a += b;
    b = std::rotl(b, 13) ^ a;
    a = std::rotl(a, 32);
    c += d;
    d = std::rotl(d, 16) ^ c;
    a += d;
    d = std::rotl(d, 21) ^ a;
    c += b;
    b = std::rotl(b, 17) ^ c;
    c = std::rotl(c, 32);
  }

  std::array<std::uint64_t, 2> key_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_SIPHASH_HPP
