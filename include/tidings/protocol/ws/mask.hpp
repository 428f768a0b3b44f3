// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_MASK_HPP
#define TIDINGS_PROTOCOL_WS_MASK_HPP

#include <tidings/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// The four bytes that a client XORs its payload with.
using WsMask = std::array<unsigned char, 4>;

namespace detail {

// Twice, as it lies in memory: the order of bytes in a word does not matter then.
inline std::array<unsigned char, 8> turn_key(const WsMask& mask, std::uint64_t at) noexcept {
  std::array<unsigned char, 8> key{};
  std::memcpy(key.data(), mask.data(), 4);
  if (at % 4 != 0) std::rotate(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(at % 4), key.begin() + 4);
  std::memcpy(key.data() + 4, key.data(), 4);
  return key;
}

}  // namespace detail

/// Masks or unmasks in place; the two are the same.
///
/// @param at  Where in the frame's payload `bytes` begin.
/// @returns  whether the outcome is ASCII: then it need not be looked at again.
/// Source    RFC 6455 5.3.
inline bool apply_ws_mask(std::span<char> bytes, const WsMask& mask, std::uint64_t at = 0) noexcept {
  const std::array<unsigned char, 8> turned = detail::turn_key(mask, at);
  std::uint64_t key = 0;
  std::memcpy(&key, turned.data(), sizeof key);
  char* next = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t all = 0;
  // Four words at a time: compilers turn this into vector instructions, also without a look at alignment.
  for (; left >= 32; left -= 32, next += 32) {
    std::array<std::uint64_t, 4> words{};
    std::memcpy(words.data(), next, 32);
    for (std::uint64_t& word : words) word ^= key;
    all |= words[0] | words[1] | words[2] | words[3];
    std::memcpy(next, words.data(), 32);
  }
  for (; left >= 8; left -= 8, next += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, next, 8);
    word ^= key;
    all |= word;
    std::memcpy(next, &word, 8);
  }
  if (left >= 4) {
    std::uint32_t half_key = 0;
    std::uint32_t half = 0;
    std::memcpy(&half_key, turned.data(), 4);
    std::memcpy(&half, next, 4);
    half ^= half_key;
    all |= half;
    std::memcpy(next, &half, 4);
    left -= 4;
    next += 4;
  }
  for (std::size_t i = 0; i < left; ++i) {
    const auto byte = static_cast<unsigned char>(static_cast<unsigned char>(next[i]) ^ turned[i]);
    all |= byte;
    next[i] = static_cast<char>(byte);
  }
  return (all & 0x8080808080808080ULL) == 0;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_MASK_HPP
