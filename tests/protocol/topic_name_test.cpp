// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/topic_name.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <tuple>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_literals;

// Golden: part of the wire format, computed by another program.
TEST_CASE("the tag of a topic is the same for ever and on every machine", "[protocol][topic]") {
  auto [topic, tag] = GENERATE(table<std::string, std::uint64_t>({
      {"", 0x4889D0AEBU},
      {"a", 0xC8CF7D148U},
      {"a b", 0x90AE0C103U},
      {"orders", 0x250BFAE95U},
      {"orders/eu/1", 0x14372FA7BU},
      {"@alice", 0xB2F7DB5BEU},
      {"@bob", 0x6F0D787E7U},
      {"\xE8\xAE\xA2\xE5\x8D\x95", 0x0BEB32CA7U},
      {std::string(256, 'x'), 0x82BDB8D62U},
  }));
  CAPTURE(topic);
  CHECK(topic_tag(topic) == tag);
}

TEST_CASE("tags have 36 bits and tell many names apart", "[protocol][topic]") {
  std::set<std::uint64_t> tags;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t tag = topic_tag("user/" + std::to_string(i));
    CHECK(tag >> 36U == 0);
    tags.insert(tag);
  }
  // 10,000 of 2^36 names: a collision would come up once in 1,400 such sets.
  CHECK(tags.size() == 10'000);
}

TEST_CASE("a topic's name is checked", "[protocol][topic]") {
  auto [name, shared, any] = GENERATE(table<std::string, bool, bool>({
      {"orders", true, true},
      {"a", true, true},
      {"a b", true, true},
      {"a@b", true, true},
      {"orders/eu?x=1&y#z", true, true},
      {"\xE8\xAE\xA2\xE5\x8D\x95", true, true},
      {std::string(256, 'x'), true, true},
      {std::string(257, 'x'), false, false},
      {"@alice", false, true},
      {"@" + std::string(255, 'x'), false, true},
      {"@" + std::string(256, 'x'), false, false},
      {"@@", false, true},
      {"", false, false},
      {"@", false, false},
      {" ", false, false},
      {"@ ", false, false},
      {" a", false, false},
      {"a ", false, false},
      {"@ a", false, false},
      {"@a ", false, false},
      {"a,b", false, false},
      {"@a,b", false, false},
      {"a\nb", false, false},
      {"a\rb", false, false},
      {"a\tb", false, false},
      {"a\0b"s, false, false},
      {"a\x7F", false, false},
      {"\x1F", false, false},
      {"a\xFF", false, false},
      {"\xC0\xAF", false, false},
      {"\xED\xA0\x80", false, false},
      {"@\xFF", false, false},
  }));
  CAPTURE(name);
  CHECK(check_topic(name) == (shared ? std::error_code() : make_error_code(errc::invalid_topic)));
  CHECK(check_topic_or_inbox(name) == (any ? std::error_code() : make_error_code(errc::invalid_topic)));
}

TEST_CASE("an inbox is its user's name behind an at sign", "[protocol][topic]") {
  CHECK(inbox_of("alice") == "@alice");
  CHECK(is_inbox("@alice"));
  CHECK(is_inbox("@"));
  CHECK_FALSE(is_inbox("alice"));
  CHECK_FALSE(is_inbox("a@"));
  CHECK_FALSE(is_inbox(""));
  CHECK(topic_tag(inbox_of("alice")) != topic_tag("alice"));
}
