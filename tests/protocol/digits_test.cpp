// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/digits.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

using namespace tidings::protocol;

TEST_CASE("decimal digits are a number, and nothing else is", "[protocol]") {
  CHECK(parse_digits("0") == 0);
  CHECK(parse_digits("00") == 0);
  CHECK(parse_digits("0042") == 42);
  CHECK(parse_digits("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  CHECK(parse_digits("018446744073709551609") == std::numeric_limits<std::uint64_t>::max() - 6);
  for (const char* text : {"", " ", "-1", "+1", "1 ", " 1", "1x", "0x1", "1.0", "18446744073709551616",
                           "18446744073709551620", "99999999999999999999", "184467440737095516150"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_digits(text));
  }
}

TEST_CASE("hexadecimal digits are cut off the beginning of a text", "[protocol]") {
  const auto taken = [](std::string_view text) {
    const auto number = take_hex_digits(text);
    return (number ? std::to_string(*number) : "none") + "|" + std::string(text);
  };
  CHECK(taken("0") == "0|");
  CHECK(taken("1aF;x") == "431|;x");
  CHECK(taken("0x10") == "0|x10");
  CHECK(taken("ffffffffffffffff\r") == "18446744073709551615|\r");
  for (const char* text : {"", " 1", "-1", "+1", "g", "00000000000000001"}) CHECK(taken(text).starts_with("none"));
}

TEST_CASE("hexadecimal digits have no leading zeros", "[protocol]") {
  const auto hex = [](std::size_t number) {
    std::string out = "<";
    append_hex(out, number);
    return out;
  };
  CHECK(hex(0) == "<0");
  CHECK(hex(9) == "<9");
  CHECK(hex(0xabcdef) == "<abcdef");
  CHECK(hex(0x10) == "<10");
  CHECK(hex(std::numeric_limits<std::size_t>::max()) == "<ffffffffffffffff");
}

TEST_CASE("decimal digits are appended without leading zeros", "[protocol]") {
  const auto digits = [](std::uint64_t number) {
    std::string out = "<";
    tidings::protocol::append_digits(out, number);
    return out;
  };
  CHECK(digits(0) == "<0");
  CHECK(digits(10) == "<10");
  CHECK(digits(255) == "<255");
  CHECK(digits(std::numeric_limits<std::uint64_t>::max()) == "<18446744073709551615");
}
