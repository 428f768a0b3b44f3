// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/utf8_stream.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>

using namespace tidings::protocol;

namespace {

// Where the first piece of one byte is refused; npos for none.
std::size_t refused_at(std::string_view text) {
  Utf8Stream stream;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!stream.feed(text.substr(i, 1))) return i;
  }
  return std::string_view::npos;
}

}  // namespace

TEST_CASE("text in pieces is judged as the whole, at all cuts", "[protocol][utf8]") {
  const std::string text =
      GENERATE(as<std::string>(), "", "plain ascii, longer than a word", "\xC3\xA9t\xC3\xA9",
               "\xE2\x82\xAC\xF0\x9F\x98\x80z", "\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF", "a\xE2\x82", "\xF0\x9F",
               "\xED\xA0\x80", "\xC0\x80", "abcdefgh\x80", "\xE2\x28\xA1");
  for (std::size_t a = 0; a <= text.size(); ++a) {
    for (std::size_t b = a; b <= text.size(); ++b) {
      Utf8Stream stream;
      stream.feed(std::string_view(text).substr(0, a));
      stream.feed(std::string_view(text).substr(a, b - a));
      stream.feed(std::string_view(text).substr(b));
      REQUIRE(stream.complete() == is_valid_utf8(text));
    }
  }
}

TEST_CASE("malformed text is refused at its first byte that cannot be", "[protocol][utf8]") {
  constexpr std::size_t never = std::string_view::npos;
  const auto [text, at] = GENERATE_COPY(table<std::string, std::size_t>({
      {"abc\x80", 3},
      {"\xC1", 0},
      {"\xF5", 0},
      {"\xE0\x9F", 1},
      {"\xED\xA0", 1},
      {"\xF0\x8F", 1},
      {"\xF4\x90", 1},
      {"\xE2\x82z", 2},
      {"\xF0\x9F\x98z", 3},
      {"\xE2\x82", never},
      {"\xC3\xA9", never},
  }));
  CHECK(refused_at(text) == at);
}

TEST_CASE("a stream that failed stays so", "[protocol][utf8]") {
  Utf8Stream stream;
  CHECK_FALSE(stream.feed("\xFF"));
  CHECK_FALSE(stream.feed("good"));
  CHECK_FALSE(stream.complete());
}
