// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/etag.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <tuple>

using namespace tidings::protocol;
using namespace std::string_literals;

TEST_CASE("If-None-Match gives the cursor of its first tag", "[protocol][http]") {
  // An empty text stands for "nothing".
  auto [value, cursor] = GENERATE(table<std::string, std::string>({
      {"\"1abc\"", "1abc"},
      {"  \"1abc\"\t", "1abc"},
      {"W/\"1abc\"", "1abc"},
      {"w/\"1abc\"", ""},
      {"W\"1abc\"", ""},
      {"\"a\", \"b\"", "a"},
      {"\"a\" , W/\"b\"", "a"},
      {"*", ""},
      {"", ""},
      {"1abc", ""},
      {"\"1abc", ""},
      {"\"\"", ""},
      {"\"a b\"", ""},
      {"\"a\"b\"", ""},
      {"\"a\0b\""s, ""},
  }));
  CAPTURE(value);
  CHECK(if_none_match_cursor(value).value_or("") == cursor);
  if (!cursor.empty()) CHECK(if_none_match_cursor(encode_etag(cursor)) == cursor);
}
