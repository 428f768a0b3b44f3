// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/mask.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <string>

using namespace tidings::protocol;

TEST_CASE("masking is the standard's, at every length, place and alignment", "[protocol][ws]") {
  constexpr WsMask mask{0x01, 0x80, 0xFF, 0x5A};
  int wrong = 0;
  for (std::size_t size = 0; size < 100; ++size) {
    for (std::size_t begin = 0; begin < 9; ++begin) {
      for (std::uint64_t at : {0U, 1U, 2U, 3U, 4U, 7U, 32U, 1'000'003U}) {
        std::string bytes(begin + size + 8, '.');
        for (std::size_t i = 0; i < size; ++i) bytes[begin + i] = static_cast<char>(i * 7);
        const std::string before = bytes;
        apply_ws_mask(std::span(bytes).subspan(begin, size), mask, at);
        std::string expected = before;
        // RFC 6455 5.3: octet i is XORed with octet i modulo 4 of the key.
        for (std::size_t i = 0; i < size; ++i) {
          expected[begin + i] = static_cast<char>(static_cast<unsigned char>(before[begin + i]) ^ mask[(at + i) % 4]);
        }
        if (bytes != expected) ++wrong;
      }
    }
  }
  CHECK(wrong == 0);
}
