// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/cookie.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <tuple>

using namespace tidings::protocol;
using namespace std::string_literals;

TEST_CASE("a cookie is found by its exact name", "[protocol][http]") {
  auto [cookies, value] = GENERATE(table<std::string, std::string>({
      {"", "none"},
      {"sid=1", "1"},
      {"a=b; sid=1", "1"},
      {"a=b;sid=1;c=d", "1"},
      {"sid=1; sid=2", "1"},
      {"xsid=1", "none"},
      {"SID=1", "none"},
      {"sid", "none"},
      {"sid=", ""},
      {"sid=\"quoted\"", "quoted"},
      {"sid=\"", "\""},
      {"sid=a=b", "a=b"},
      {" sid = 1 ", "1"},
      {"a=\"; sid=1; b=\"", "1"},
      {";;sid=1;", "1"},
  }));
  CAPTURE(cookies);
  CHECK(cookie_value(cookies, "sid").value_or("none") == value);
}
