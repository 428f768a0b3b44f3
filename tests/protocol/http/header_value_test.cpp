// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/header_value.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace tidings::protocol;

TEST_CASE("header values hold no control character but the tab", "[protocol][http]") {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value = std::string("a") + static_cast<char>(byte) + "b";
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
    CAPTURE(byte);
    CHECK(is_safe_header_value(value) == !control);
  }
  CHECK(is_safe_header_value(""));
  CHECK_FALSE(is_safe_header_value("x\r\nSet-Cookie: a=b"));
}

TEST_CASE("tokens are made of the characters of RFC 9110 5.6.2", "[protocol][http]") {
  const std::string_view legal = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    CAPTURE(byte);
    CHECK(is_token(std::string_view(&c, 1)) == (legal.find(c) != std::string_view::npos));
  }
  CHECK_FALSE(is_token(""));
  CHECK_FALSE(is_token("a b"));
}

TEST_CASE("names are compared without case, in ASCII only", "[protocol][http]") {
  auto [a, b, same] = GENERATE(table<std::string, std::string, bool>({
      {"", "", true},
      {"Host", "hOST", true},
      {"Host", "Hos", false},
      {"[", "{", false},
      {"@", "`", false},
      {"\xC4", "\xE4", false},
  }));
  CHECK(iequals(a, b) == same);
}

TEST_CASE("lists are cut at separators outside of quotes", "[protocol][http]") {
  using Elements = std::vector<std::string>;
  auto [list, elements] = GENERATE(table<std::string, Elements>({
      {"", {}},
      {"a", {"a"}},
      {" a , b\t,c", {"a", "b", "c"}},
      {"a,,b,", {"a", "", "b"}},
      {"\"a,b\",c", {"\"a,b\"", "c"}},
      {"\"a\\\",b\",c", {"\"a\\\",b\"", "c"}},
      {"\"open,b", {"\"open,b"}},
      {"\"open\\", {"\"open\\"}},
  }));
  CAPTURE(list);
  Elements found;
  for (std::string_view rest = list; !rest.empty();) found.emplace_back(next_list_element(rest, ','));
  CHECK(found == elements);
}

TEST_CASE("a list names a token in any case", "[protocol][http]") {
  CHECK(header_list_has("keep-alive, Upgrade", "upgrade"));
  CHECK(header_list_has("close", "close"));
  CHECK_FALSE(header_list_has("closed", "close"));
  CHECK_FALSE(header_list_has("", "close"));
}
