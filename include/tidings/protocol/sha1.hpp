// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_SHA1_HPP
#define TIDINGS_PROTOCOL_SHA1_HPP

#include <tidings/version.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

using Sha1State = std::array<std::uint32_t, 5>;

// FIPS 180-4 6.1.2.
inline void sha1_block(Sha1State& state, std::string_view block) noexcept {
  std::array<std::uint32_t, 80> w{};
  for (std::size_t i = 0; i < 64; ++i) w[i / 4] = w[i / 4] << 8U | static_cast<unsigned char>(block[i]);
  for (std::size_t t = 16; t < 80; ++t) w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
  auto [a, b, c, d, e] = state;
  for (std::size_t t = 0; t < 80; ++t) {
    const std::uint32_t f = t < 20 ? (b & c) | (~b & d) : t < 40 || t >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
    const std::uint32_t k = t < 20 ? 0x5A827999U : t < 40 ? 0x6ED9EBA1U : t < 60 ? 0x8F1BBCDCU : 0xCA62C1D6U;
    const std::uint32_t next = std::rotl(a, 5) + f + e + k + w[t];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
}

}  // namespace detail

/// The SHA-1 digest of `text`, 20 bytes. Only for what a protocol prescribes it for: it protects nothing.
///
/// Source  FIPS 180-4.
inline std::string sha1(std::string_view text) {
  detail::Sha1State state{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
  // 5.1.1: a one, zeros up to the last 8 bytes of a block, the length in bits.
  std::string last(text.substr(text.size() / 64 * 64));
  last.push_back('\x80');
  last.append((120 - last.size()) % 64, '\0');
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (unsigned shift = 64; shift > 0; shift -= 8) last.push_back(static_cast<char>(bits >> (shift - 8) & 0xFFU));
  for (std::size_t at = 0; at + 64 <= text.size(); at += 64) detail::sha1_block(state, text.substr(at, 64));
  for (std::size_t at = 0; at < last.size(); at += 64) {
    detail::sha1_block(state, std::string_view(last).substr(at, 64));
  }
  std::string digest;
  for (std::uint32_t word : state) {
    for (unsigned shift = 32; shift > 0; shift -= 8) digest.push_back(static_cast<char>(word >> (shift - 8) & 0xFFU));
  }
  return digest;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_SHA1_HPP
