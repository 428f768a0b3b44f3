// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/position_token.hpp>
#include <tidings/protocol/topic_name.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <tuple>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_literals;

namespace {

constexpr std::uint64_t most_tag = (std::uint64_t{1} << 36U) - 1;
constexpr std::uint64_t most_epoch = (std::uint64_t{1} << 60U) - 1;
constexpr std::uint64_t most_offset = (std::uint64_t{1} << 48U) - 1;

}  // namespace

// Golden, DESIGN 1: 6 characters of topic tag, 10 of epoch, 8 of offset, most significant first.
TEST_CASE("a position token is 24 characters in three numbers", "[protocol][token]") {
  auto [tag, epoch, offset, text] = GENERATE(table<std::uint64_t, std::uint64_t, std::uint64_t, std::string>({
      {0, 0, 0, "AAAAAAAAAAAAAAAAAAAAAAAA"},
      {1, 1, 1, "AAAAABAAAAAAAAABAAAAAAAB"},
      {0, 0, 63, "AAAAAAAAAAAAAAAAAAAAAAA_"},
      {0, 0, 62, "AAAAAAAAAAAAAAAAAAAAAAA-"},
      {0, 0, 64, "AAAAAAAAAAAAAAAAAAAAAABA"},
      {most_tag, most_epoch, most_offset, "________________________"},
      {most_tag, 0, 0, "______AAAAAAAAAAAAAAAAAA"},
      {0, most_epoch, 0, "AAAAAA__________AAAAAAAA"},
      {0, 0, most_offset, "AAAAAAAAAAAAAAAA________"},
      {0x250BFAE95U, 0x123456789ABCDEFU, 42, "JQv66VEjRWeJq83vAAAAAAAq"},
      {0xB2F7DB5BEU, 0x123456789ABCDEFU, 42, "svfbW-EjRWeJq83vAAAAAAAq"},
  }));
  CAPTURE(text);
  CHECK(to_token(tag, {epoch, offset}) == text);
  PositionToken token;
  CHECK(parse_token(text, token) == std::error_code());
  CHECK(token == PositionToken{tag, {epoch, offset}});
}

TEST_CASE("only 24 characters of the alphabet are a token", "[protocol][token]") {
  const std::string good = to_token(0x250BFAE95U, {0x123456789ABCDEFU, 42});
  const std::string text = GENERATE_COPY(values<std::string>(
      {"", "A", good.substr(1), good.substr(0, 23), good + "A", good + good, "1" + good, " " + good.substr(1),
       good.substr(0, 23) + "\n", good.substr(0, 23) + "=", good.substr(0, 23) + "+", good.substr(0, 23) + "/",
       good.substr(0, 23) + "\0"s, good.substr(0, 23) + "\xC3", "+" + good.substr(1),
       good.substr(0, 6) + "." + good.substr(7), good.substr(0, 16) + "." + good.substr(17),
       good.substr(0, 15) + "%" + good.substr(16), "\"" + good.substr(2) + "\""}));
  CAPTURE(text);
  PositionToken token{7, {8, 9}};
  CHECK_FALSE(read_token(text, token));
  CHECK(parse_token(text, token) == errc::invalid_cursor);
  CHECK(token == PositionToken{7, {8, 9}});
}

TEST_CASE("every byte is either one digit or foreign, in every place", "[protocol][token]") {
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    const bool digit =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    for (const std::size_t place : {0U, 5U, 6U, 15U, 16U, 23U}) {
      std::string text(token_size, 'A');
      text[place] = c;
      PositionToken token;
      CHECK(read_token(text, token) == digit);
      if (digit) CHECK(to_token(token.tag, token.position) == text);
    }
  }
}

TEST_CASE("random places come back, and every token is written in one way only", "[protocol][token]") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2000; ++round) {
    const PositionToken wanted{random() & most_tag, {random() & most_epoch, random() & most_offset}};
    const std::string text = to_token(wanted.tag, wanted.position);
    PositionToken read;
    CHECK(read_token(text, read));
    CHECK(read == wanted);
    CHECK(to_token(read.tag, read.position) == text);
  }
}

TEST_CASE("the first six characters name the topic, whatever the position", "[protocol][token]") {
  const std::uint64_t tag = topic_tag("orders");
  CHECK(to_token(tag, {1, 1}).substr(0, 6) == to_token(tag, {most_epoch, most_offset}).substr(0, 6));
  // Within one epoch the last eight differ alone: what an SSE stream overwrites.
  CHECK(to_token(tag, {77, 1}).substr(0, 16) == to_token(tag, {77, most_offset}).substr(0, 16));
}

TEST_CASE("numbers too large for a token never spill into their neighbours", "[protocol][token]") {
  PositionToken token;
  REQUIRE(read_token(to_token(most_tag + 5, {most_epoch + 6, most_offset + 7}), token));
  CHECK(token == PositionToken{4, {5, 6}});
}
