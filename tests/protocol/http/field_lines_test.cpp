// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/field_lines.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace tidings;

namespace {

std::string joined(std::vector<Header> headers) {
  protocol::join_field_lines(headers);
  std::string out;
  for (const Header& each : headers) out.append(each.name).append("=").append(each.value).append(";");
  return out;
}

}  // namespace

TEST_CASE("several lines of a field are one list, in their order", "[protocol][http]") {
  CHECK(joined({}).empty());
  CHECK(joined({{"A", "1"}, {"B", "2"}}) == "A=1;B=2;");
  CHECK(joined({{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "4"}, {"A", ""}, {"b", "5"}}) == "A=1, 3, ;B=2, 5;C=4;");
  std::optional<std::string> all;
  protocol::add_field_line(all, "");
  CHECK(all == "");
  protocol::add_field_line(all, "x");
  CHECK(all == ", x");
}
