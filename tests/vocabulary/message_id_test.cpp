// SPDX-License-Identifier: BSL-1.0

#include <tidings/message_id.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <unordered_set>

using namespace tidings;
using namespace std::string_literals;

TEST_CASE("a message id is 32 lower-case hexadecimal digits", "[vocabulary][message_id]") {
  auto [high, low, text] = GENERATE(table<std::uint64_t, std::uint64_t, std::string>({
      {0, 0, "00000000000000000000000000000000"},
      {0, 1, "00000000000000000000000000000001"},
      {1, 0, "00000000000000010000000000000000"},
      {0x0123456789ABCDEFU, 0xFEDCBA9876543210U, "0123456789abcdeffedcba9876543210"},
      {~std::uint64_t{0}, ~std::uint64_t{0}, "ffffffffffffffffffffffffffffffff"},
  }));
  const MessageId id{high, low};
  CHECK(to_string(id) == text);
  MessageId read;
  CHECK(parse_message_id(text, read));
  CHECK(read == id);
  CHECK(static_cast<bool>(id) == (high != 0 || low != 0));
}

TEST_CASE("only what to_string writes is read, and nothing else is changed", "[vocabulary][message_id]") {
  const std::string good = "0123456789abcdeffedcba9876543210";
  const std::string text = GENERATE_COPY(
      values<std::string>({"", good.substr(1), good + "0", good.substr(0, 31) + "g", "0123456789ABCDEFfedcba9876543210",
                           " " + good.substr(1), good.substr(0, 31) + "\n", good.substr(0, 31) + "\0"s,
                           "0x" + good.substr(2), "-" + good.substr(1), good.substr(0, 31) + "\xFF",
                           good.substr(0, 31) + "`", good.substr(0, 31) + ":", good.substr(0, 31) + "/"}));
  MessageId id{7, 8};
  CAPTURE(text);
  CHECK_FALSE(parse_message_id(text, id));
  CHECK(id == MessageId{7, 8});
}

TEST_CASE("the order of the texts is the order of the ids", "[vocabulary][message_id]") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 500; ++round) {
    // Few different halves, so that equal ones come up.
    const MessageId a{random() % 3 << 62U, random() % 3 << 62U};
    const MessageId b{random() % 3 << 62U, random()};
    CHECK((a < b) == (to_string(a) < to_string(b)));
    CHECK((a == b) == (to_string(a) == to_string(b)));
    MessageId read;
    CHECK(parse_message_id(to_string(b), read));
    CHECK(read == b);
  }
}

TEST_CASE("ids of one millisecond do not fall into one bucket", "[vocabulary][message_id]") {
  std::unordered_set<std::size_t> hashes;
  for (std::uint64_t low = 0; low < 1000; ++low) hashes.insert(std::hash<MessageId>{}({0x18C0'0000'0000'0000U, low}));
  CHECK(hashes.size() == 1000);
}
