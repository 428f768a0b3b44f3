// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/query.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

using namespace tidings::protocol;
using namespace std::string_literals;

TEST_CASE("a target splits into path and query", "[protocol][http]") {
  auto [target, path, query] = GENERATE(table<std::string, std::string, std::string>({
      {"/push", "/push", ""},
      {"/push?", "/push", ""},
      {"/push?a=1", "/push", "a=1"},
      {"/push?a=1?b", "/push", "a=1?b"},
      {"/push#x?a=1", "/push", ""},
      {"/push?a=1#x", "/push", "a=1"},
      {"?a", "", "a"},
      {"", "", ""},
      {"*", "*", ""},
      {"/a%3Fb?c", "/a%3Fb", "c"},
  }));
  CHECK(target_path(target) == path);
  CHECK(target_query(target) == query);
}

TEST_CASE("escapes are decoded and broken ones stay", "[protocol][http]") {
  auto [escaped, plain] = GENERATE(table<std::string, std::string>({
      {"", ""},
      {"abc", "abc"},
      {"a+b", "a b"},
      {"a%2Bb", "a+b"},
      {"%e8%A8%82", "\xE8\xA8\x82"},
      {"%00", "\0"s},
      {"%", "%"},
      {"%4", "%4"},
      {"%zz", "%zz"},
      {"%4z", "%4z"},
      {"%%41", "%A"},
      {"%2541", "%41"},
      {"100%", "100%"},
  }));
  CHECK(percent_decode(escaped) == plain);
}

TEST_CASE("a query value is the first of its name", "[protocol][http]") {
  using Value = std::optional<std::string>;
  auto [target, name, value] = GENERATE(table<std::string, std::string, Value>({
      {"/p?a=1", "a", "1"},
      {"/p?a=1&b=2", "b", "2"},
      {"/p?a=1&a=2", "a", "1"},
      {"/p?a", "a", ""},
      {"/p?a=", "a", ""},
      {"/p?&&a=1&", "a", "1"},
      {"/p?ab=1", "a", std::nullopt},
      {"/p?b=a", "a", std::nullopt},
      {"/p", "a", std::nullopt},
      {"/p?", "a", std::nullopt},
      {"/a=1", "a", std::nullopt},
      {"/p?a=b=c", "a", "b=c"},
      {"/p?%61=1", "a", "1"},
      {"/p?A=1", "a", std::nullopt},
      {"/p?=1", "", "1"},
      {"/p?a=1%262", "a", "1&2"},
      {"/p?a%26b=1", "a&b", "1"},
      {"/p?a#&b=2", "b", std::nullopt},
  }));
  CAPTURE(target, name);
  CHECK(query_value(target, name) == value);
  CHECK(query_has(target, name) == value.has_value());
}

TEST_CASE("RFC 9112 3.2.1: what may be asked for", "[protocol][http]") {
  for (const char* good : {"/", "/a?b=%20#", "/~"}) CHECK(is_origin_form(good));
  for (const char* bad : {"", "a", "*", "http://a/", "/a b", "/a\r\n", "/\x7F", "/\xC3\xA4"})
    CHECK_FALSE(is_origin_form(bad));
}

TEST_CASE("a list is split at commas before its items are decoded", "[protocol][http]") {
  using List = std::vector<std::string>;
  auto [target, items] = GENERATE(table<std::string, List>({
      {"/p", {}},
      {"/p?t=", {}},
      {"/p?t", {}},
      {"/p?t=a", {"a"}},
      {"/p?t=a,b", {"a", "b"}},
      {"/p?t=,a,,b,", {"a", "b"}},
      {"/p?t=a%2Cb,c", {"a,b", "c"}},
      {"/p?t=a&x=1&t=b", {"a", "b"}},
      {"/p?t=%40alice", {"@alice"}},
  }));
  CAPTURE(target);
  CHECK(query_list(target, "t") == items);
}
