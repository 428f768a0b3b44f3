// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/utf8.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <string>
#include <tuple>

using namespace tidings::protocol;
using namespace std::string_literals;

namespace {

std::string encode(std::uint32_t point) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | point >> 6), byte(0x80 | (point & 63))};
  if (point < 0x10000) return {byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
  return {byte(0xF0 | point >> 18), byte(0x80 | (point >> 12 & 63)), byte(0x80 | (point >> 6 & 63)),
          byte(0x80 | (point & 63))};
}

}  // namespace

TEST_CASE("every code point but the surrogates is valid, and none when cut short", "[protocol][utf8]") {
  std::uint32_t wrong = 0;
  for (std::uint32_t point = 0; point < 0x120000; ++point) {
    const std::string text = encode(point);
    const bool legal = (point < 0xD800 || point > 0xDFFF) && point <= 0x10FFFF;
    if (is_valid_utf8(text) != legal) ++wrong;
    if (text.size() > 1 && is_valid_utf8(text.substr(0, text.size() - 1))) ++wrong;
    if (text.size() > 1 && is_valid_utf8(text.substr(1))) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("ill-formed sequences are found wherever they stand", "[protocol][utf8]") {
  auto [text, valid] = GENERATE(table<std::string, bool>({
      {"", true},
      {"plain", true},
      {"\0"s, true},
      {"12345678", true},
      {"12345678\xC3\xA9", true},
      {"\x80", false},
      {"\xBF", false},
      {"\xC0\x80", false},          // overlong NUL
      {"\xC1\xBF", false},          // overlong
      {"\xE0\x9F\xBF", false},      // overlong
      {"\xF0\x8F\xBF\xBF", false},  // overlong
      {"\xED\xA0\x80", false},      // surrogate
      {"\xF4\x90\x80\x80", false},  // above U+10FFFF
      {"\xF5\x80\x80\x80", false},  // lead byte of no character
      {"\xFF", false},
      {"\xC3", false},
      {"\xC3"
       "a",
       false},
      {"\xE8\xA8", false},
      {"\xE8\xA8"
       "a",
       false},
      {"\xF0\x9F\x98", false},
      {"\xC3\xA9\xA9", false},
  }));
  CAPTURE(text);
  CHECK(is_valid_utf8(text) == valid);
  for (std::size_t before = 0; before < 17; ++before) CHECK(is_valid_utf8(std::string(before, 'a') + text) == valid);
  CHECK(is_valid_utf8(text + std::string(16, 'a')) == valid);
}
