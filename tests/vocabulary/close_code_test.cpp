// SPDX-License-Identifier: BSL-1.0

#include <tidings/close_code.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>

using namespace tidings;

TEST_CASE("RFC 6455 7.4: which numbers a close frame may carry", "[vocabulary][ws]") {
  std::set<unsigned> legal{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014};
  for (unsigned number = 3000; number < 5000; ++number) legal.insert(number);
  std::set<unsigned> found;
  for (unsigned number = 0; number <= 65535; ++number) {
    if (may_be_sent(static_cast<CloseCode>(number))) found.insert(number);
  }
  CHECK(found == legal);
}
