// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_SHA1_HPP
#define TIDINGS_PROTOCOL_SHA1_HPP

#include <tidings/version.hpp>

#include <algorithm>
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

inline std::uint32_t sha1_word(const char* bytes) noexcept {
  const auto byte = [bytes](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(bytes[i])}; };
  return byte(0) << 24U | byte(1) << 16U | byte(2) << 8U | byte(3);
}

// Twenty rounds with the same function. The five words change places by name: to move them costs more than a round.
template <class F>
void sha1_quarter(Sha1State& state, const std::uint32_t* words, std::uint32_t k, F f) noexcept {
  auto [a, b, c, d, e] = state;
  const auto round = [&f, k](std::uint32_t v, std::uint32_t& w, std::uint32_t x, std::uint32_t y, std::uint32_t& z,
                             std::uint32_t word) {
    z += std::rotl(v, 5) + f(w, x, y) + k + word;
    w = std::rotl(w, 30);
  };
  for (std::size_t t = 0; t < 20; t += 5) {
    round(a, b, c, d, e, words[t]);
    round(e, a, b, c, d, words[t + 1]);
    round(d, e, a, b, c, words[t + 2]);
    round(c, d, e, a, b, words[t + 3]);
    round(b, c, d, e, a, words[t + 4]);
  }
  state = {a, b, c, d, e};
}

// FIPS 180-4 6.1.2.
inline void sha1_block(Sha1State& state, const char* block) noexcept {
  using Word = std::uint32_t;
  std::array<Word, 80> w;
  for (std::size_t t = 0; t < 16; ++t) w[t] = sha1_word(block + 4 * t);
  for (std::size_t t = 16; t < 80; ++t) w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
  const auto choose = [](Word x, Word y, Word z) { return z ^ (x & (y ^ z)); };
  const auto parity = [](Word x, Word y, Word z) { return x ^ y ^ z; };
  const auto majority = [](Word x, Word y, Word z) { return (x & y) | (z & (x | y)); };
  Sha1State now = state;
  sha1_quarter(now, w.data(), 0x5A827999U, choose);
  sha1_quarter(now, w.data() + 20, 0x6ED9EBA1U, parity);
  sha1_quarter(now, w.data() + 40, 0x8F1BBCDCU, majority);
  sha1_quarter(now, w.data() + 60, 0xCA62C1D6U, parity);
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += now[i];
}

}  // namespace detail

/// The SHA-1 digest of `text`, 20 bytes. Only for what a protocol prescribes it for: it protects nothing.
///
/// Source  FIPS 180-4.
inline std::string sha1(std::string_view text) {
  detail::Sha1State state{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
  // 5.1.1: a one, zeros up to the last 8 bytes of a block, the length in bits.
  const std::string_view rest = text.substr(text.size() / 64 * 64);
  std::array<char, 128> last{};
  std::copy(rest.begin(), rest.end(), last.begin());
  last[rest.size()] = '\x80';
  const std::size_t size = rest.size() < 56 ? 64 : 128;
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (std::size_t i = 0; i < 8; ++i) last[size - 1 - i] = static_cast<char>(bits >> (8 * i) & 0xFFU);
  for (std::size_t at = 0; at + 64 <= text.size(); at += 64) detail::sha1_block(state, text.data() + at);
  for (std::size_t at = 0; at < size; at += 64) detail::sha1_block(state, last.data() + at);
  std::string digest(20, '\0');
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<char>(state[i / 4] >> (24 - 8 * (i % 4)) & 0xFFU);
  }
  return digest;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_SHA1_HPP
