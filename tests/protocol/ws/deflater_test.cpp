// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/deflater.hpp>
#include <tidings/protocol/ws/inflater.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t any = 64 * 1024 * 1024;

std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<char>(random()));
  return bytes;
}
// Text that repeats itself over any distance.
std::string repetitive(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) {
    const std::size_t back = 1 + random() % 40'000;
    if (back < text.size() && random() % 2 == 0) {
      for (std::size_t left = 3 + random() % 300; left > 0; --left) text.push_back(text[text.size() - back]);
    } else {
      for (int i = 0; i < 20; ++i) text.push_back(static_cast<char>('a' + random() % 6));
    }
  }
  text.resize(size);
  return text;
}

std::string inflated(Inflater& inflater, std::string_view message) {
  std::string out;
  if (inflater.feed(message, any, out) != errc{} || inflater.finish(any, out) != errc{}) return "malformed";
  return out;
}

}  // namespace

TEST_CASE("RFC 7692 7.2.3.1, 7.2.3.2: the messages of the standard", "[protocol][ws][deflate]") {
  Deflater deflater(6, 15, 8);
  std::string out;
  deflater.deflate_next("Hello", out);
  CHECK(out == "\xf2\x48\xcd\xc9\xc9\x07\x00"sv);
  out.clear();
  deflater.deflate_next("Hello", out);
  CHECK(out == "\xf2\x00\x11\x00\x00"sv);
}

TEST_CASE("RFC 7692 7.2.3.6: an empty message is one byte, also between others", "[protocol][ws][deflate]") {
  Deflater deflater(6, 15, 8);
  Inflater inflater(15);
  for (const char* message : {"", "one", "", "", "one"}) {
    std::string out;
    deflater.deflate_next(message, out);
    if (*message == '\0') CHECK(out == "\0"sv);
    CHECK(inflated(inflater, out) == message);
  }
}

TEST_CASE("a message alone is appended if it becomes shorter, and else not at all", "[protocol][ws][deflate]") {
  Deflater deflater(6, 15, 8);
  Inflater inflater(15);
  std::string out = "before";
  CHECK_FALSE(deflater.deflate_alone("", out));
  CHECK_FALSE(deflater.deflate_alone("abc", out));
  for (const std::size_t size : {1, 2, 5, 100, 1000, 70'000})
    CHECK_FALSE(deflater.deflate_alone(random_bytes(size, 1), out));
  CHECK(out == "before");
  const std::string text = repetitive(5000, 1);
  for (int i = 0; i < 3; ++i) {
    out = "before";
    CHECK(deflater.deflate_alone(text, out));
    CHECK(out.size() < text.size());
    // By itself, and always the same.
    inflater.begin_alone();
    CHECK(inflated(inflater, std::string_view(out).substr(6)) == text);
  }
  // The bound between the two.
  for (std::size_t size = 4; size < 60; ++size) {
    const std::string mixed = random_bytes(size / 2, 7) + std::string(size / 2, 'x');
    out.clear();
    if (!deflater.deflate_alone(mixed, out)) continue;
    CHECK(out.size() < mixed.size());
    inflater.begin_alone();
    CHECK(inflated(inflater, out) == mixed);
  }
}

TEST_CASE("what is deflated comes back, with all windows, levels and memories", "[protocol][ws][deflate]") {
  const int window = GENERATE(range(9, 16));
  const int level = GENERATE(1, 6, 9);
  const int memory = GENERATE(1, 5, 9);
  Deflater kept(level, window, memory);
  Deflater alone(level, window, memory);
  // No more than what was agreed on is needed to read it.
  Inflater of_kept(window);
  Inflater of_alone(window);
  for (const std::size_t size : {1, 10, 300, 3000, 100'000, 20}) {
    for (const std::string& message : {repetitive(size, 3), random_bytes(size, 4), std::string(size, 'x')}) {
      std::string out;
      kept.deflate_next(message, out);
      // An eighth is what the senders of corked messages leave room for.
      CHECK(out.size() <= size + size / 4 + 64);
      CHECK(inflated(of_kept, out) == message);
      out.clear();
      if (!alone.deflate_alone(message, out)) continue;
      of_alone.begin_alone();
      CHECK(inflated(of_alone, out) == message);
    }
  }
}

TEST_CASE("memory of earlier messages makes the next ones shorter", "[protocol][ws][deflate]") {
  const std::string message = R"({"topic":"orders","event":"created","data":{"id":7,"name":"article"}})";
  Deflater deflater(6, 9, 1);
  std::string first;
  std::string second;
  deflater.deflate_next(message, first);
  deflater.deflate_next(message, second);
  CHECK(second.size() * 4 < first.size());
}

TEST_CASE("a deflater and an inflater refuse what zlib cannot do", "[protocol][ws][deflate]") {
  CHECK_THROWS_AS(Deflater(6, 8, 8), std::invalid_argument);
  CHECK_THROWS_AS(Deflater(6, 16, 8), std::invalid_argument);
  CHECK_THROWS_AS(Deflater(10, 15, 8), std::invalid_argument);
  CHECK_THROWS_AS(Deflater(6, 15, 10), std::invalid_argument);
  CHECK_THROWS_AS(Inflater(7), std::invalid_argument);
  CHECK_THROWS_AS(Inflater(16), std::invalid_argument);
}
