// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/deflater.hpp>
#include <tidings/protocol/ws/inflater.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_view_literals;

namespace {

struct Inflated {
  errc error{};
  std::string text;

  bool operator==(const Inflated&) const = default;
};

Inflated inflate(Inflater& inflater, std::string_view message, std::size_t piece, std::size_t most = 1000) {
  Inflated outcome;
  for (std::size_t at = 0; at < message.size() && outcome.error == errc{}; at += piece) {
    outcome.error = inflater.feed(message.substr(at, piece), most, outcome.text);
  }
  if (outcome.error == errc{}) outcome.error = inflater.finish(most, outcome.text);
  return outcome;
}
Inflated inflate(std::string_view message, std::size_t piece, std::size_t most = 1000) {
  Inflater inflater(15);
  return inflate(inflater, message, piece, most);
}

std::string deflate(std::string_view message) {
  Deflater deflater(9, 15, 9);
  std::string out;
  deflater.deflate_next(message, out);
  return out;
}

}  // namespace

TEST_CASE("blocks that say they are the last are counted", "[protocol][ws][deflate]") {
  const auto ends = [](int count) {
    std::string message;
    // RFC 1951 3.2.6: an empty block of fixed codes that says it is the last.
    for (int i = 0; i < count; ++i) message.append("\x03\x00", 2);
    return message + '\0';
  };
  Inflater inflater(15);
  for (int round = 0; round < 2; ++round) {
    CHECK(inflate(inflater, ends(Inflater::most_ends), 1000).error == errc{});
  }
  CHECK(inflate(inflater, ends(Inflater::most_ends + 1), 1000).error == errc::malformed_frame);
}

TEST_CASE("there may be no bound", "[protocol][ws][deflate]") {
  const std::string hello("\xF2\x48\xCD\xC9\xC9\x07\x00", 7);
  CHECK(inflate(hello, 1000, std::numeric_limits<std::size_t>::max()).error == errc{});
}

TEST_CASE("RFC 7692 7.2.3: the messages of the standard, however they are cut", "[protocol][ws][deflate]") {
  const auto [message, text] = GENERATE(table<std::string_view, std::string>({
      {"\xf2\x48\xcd\xc9\xc9\x07\x00"sv, "Hello"},
      // 7.2.3.3: a block without compression
      {"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"sv, "Hello"},
      // 7.2.3.4: a block that says it is the last
      {"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv, "Hello"},
      // 7.2.3.5: two blocks
      {"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"sv, "Hello"},
      // 7.2.3.6
      {"\x00"sv, ""},
  }));
  for (std::size_t piece = 1; piece <= message.size() + 1; ++piece)
    CHECK(inflate(message, piece) == Inflated{{}, text});
}

TEST_CASE("RFC 7692 7.2.3.2: a message may refer to those before it, unless it begins alone",
          "[protocol][ws][deflate]") {
  Inflater inflater(15);
  CHECK(inflate(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"sv, 3).text == "Hello");
  CHECK(inflate(inflater, "\xf2\x00\x11\x00\x00"sv, 2).text == "Hello");
  // A last block in between does not make it forget.
  CHECK(inflate(inflater, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv, 2).text == "Hello");
  CHECK(inflate(inflater, "\xf2\x00\x11\x00\x00"sv, 2).text == "Hello");
  inflater.begin_alone();
  CHECK(inflate(inflater, "\xf2\x00\x11\x00\x00"sv, 2).error == errc::malformed_frame);
  inflater.begin_alone();
  CHECK(inflate(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"sv, 3).text == "Hello");
}

TEST_CASE("what is no deflated message, or not all of it, is malformed", "[protocol][ws][deflate]") {
  const std::string_view message = GENERATE(
      // cut in a block, in the head of a stored one, and in its bytes
      "\xf2\x48\xcd\xc9"sv, "\x00\x05"sv, "\x00\x05\x00\xfa\xff\x48\x65"sv,
      // a last block, and nothing behind it
      "\xf3\x48\xcd\xc9\xc9\x07\x00"sv,
      // a block of the type that there is not; lengths that do not match; a reference to before the beginning
      "\xff\xff\xff"sv, "\x00\x05\x00\xfa\xfe\x48"sv, "\xf2\x00\x11\x00\x00"sv,
      // the tail that should have been cut off, cut in two
      "\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00"sv,
      // text
      "Hello"sv);
  for (std::size_t piece = 1; piece <= message.size(); ++piece) {
    CHECK(inflate(message, piece).error == errc::malformed_frame);
  }
}

TEST_CASE("rubbish behind a message is malformed or part of it, never passed over", "[protocol][ws][deflate]") {
  const std::string message = deflate("Hello, Hello");
  CHECK(inflate(message + "\xff\xff", 100).error == errc::malformed_frame);
  CHECK(inflate(message + "garbage", 100).error == errc::malformed_frame);
  CHECK(inflate("\xf3\x48\xcd\xc9\xc9\x07\x00garbage"sv, 100).error == errc::malformed_frame);
}

TEST_CASE("the bound is exact, and nothing is made beyond it", "[protocol][ws][deflate]") {
  const std::string bomb = deflate(std::string(64 * 1024 * 1024, 'x'));
  REQUIRE(bomb.size() < 70'000);
  Inflated outcome = inflate(bomb, bomb.size(), 100'000);
  CHECK(outcome.error == errc::payload_too_large);
  CHECK(outcome.text.size() <= 100'000);
  CHECK(outcome.text.capacity() < 300'000);
  for (const std::size_t size : {1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 100'000}) {
    const std::string message = deflate(std::string(size, 'x'));
    for (const std::size_t piece : {std::size_t{1}, message.size()}) {
      CHECK(inflate(message, piece, size) == Inflated{{}, std::string(size, 'x')});
      CHECK(inflate(message, piece, size - 1).error == errc::payload_too_large);
    }
  }
  CHECK(inflate("\x00"sv, 1, 0) == Inflated{});
}
