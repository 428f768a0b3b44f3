// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/close_rule.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <tuple>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

// docs/guides/wire.md, "The end".
TEST_CASE("every close code says whether to come back", "[client][reconnect]") {
  const auto [from, to, rule] = GENERATE(table<int, int, Rule>({
      {1000, 1000, Rule::stop},
      {1001, 1001, Rule::back},
      {1002, 1003, Rule::stop},
      {1005, 1006, Rule::back},
      {1007, 1007, Rule::stop},
      {1008, 1008, Rule::later},
      {1009, 1009, Rule::stop},
      {1010, 1010, Rule::back},
      {1011, 1011, Rule::later},
      {1012, 1013, Rule::later},
      {1014, 1015, Rule::back},
      {3000, 3999, Rule::back},
      {4000, 4400, Rule::stop},
      {4401, 4401, Rule::renew},
      {4402, 4499, Rule::stop},
      {4500, 4502, Rule::back},
      {4503, 4503, Rule::later},
      {4504, 4999, Rule::back},
  }));
  for (int code = from; code <= to; ++code) {
    INFO(code);
    CHECK(close_rule(static_cast<CloseCode>(code)) == rule);
  }
}

// docs/guides/wire.md, "Refusals".
TEST_CASE("the status of a refusal says whether to come back", "[client][reconnect]") {
  const auto [status, rule] = GENERATE(table<int, Rule>({
      {200, Rule::later},
      {204, Rule::stop},
      {302, Rule::later},
      {400, Rule::stop},
      {401, Rule::renew},
      {403, Rule::stop},
      {404, Rule::later},
      {407, Rule::stop},
      {413, Rule::stop},
      {426, Rule::later},
      {429, Rule::later},
      {500, Rule::later},
      {501, Rule::later},
      {502, Rule::later},
      {503, Rule::later},
  }));
  CHECK(status_rule(status) == rule);
}
