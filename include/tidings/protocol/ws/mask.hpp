// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_MASK_HPP
#define TIDINGS_PROTOCOL_WS_MASK_HPP

#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// The four bytes that a client XORs its payload with.
using WsMask = std::array<unsigned char, 4>;

/// Masks or unmasks in place; the two are the same.
///
/// @param at  Where in the frame's payload `bytes` begin.
/// @returns  whether the outcome is ASCII: then it need not be looked at again.
/// Source    RFC 6455 5.3.
inline bool apply_ws_mask(std::span<char> bytes, const WsMask& mask, std::uint64_t at = 0) noexcept {
  std::array<unsigned char, 8> turned{};
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(at + i) % 4];
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
