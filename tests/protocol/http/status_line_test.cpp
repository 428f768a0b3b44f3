// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/status_line.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace tidings;
using namespace tidings::protocol;

TEST_CASE("RFC 9112 4: the first line of an answer", "[protocol][http]") {
  const auto read = [](std::string_view line) {
    const auto status = parse_status_line(line);
    return status ? std::to_string(status->minor_version) + " " + std::to_string(status->status) : "none";
  };
  CHECK(read("HTTP/1.1 200 OK") == "1 200");
  CHECK(read("HTTP/1.0 503 ") == "0 503");
  CHECK(read("HTTP/1.1 999") == "1 999");
  for (const char* line :
       {"", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 200OK", "HTTP/1.1  200", "HTTP/1.1 099",
        "HTTP/1.x 200", "HTTP/2.0 200", "HTTP/1.12 200", "http/1.1 200", "HTTP/1.1 2x0", " HTTP/1.1 200"}) {
    CAPTURE(line);
    CHECK(read(line) == "none");
  }
}

TEST_CASE("RFC 9112 5: a field of an answer's head", "[protocol][http]") {
  std::vector<Header> headers;
  CHECK(add_header_line(headers, "Name: value "));
  CHECK(add_header_line(headers, "empty:"));
  CHECK(headers.at(0).name == "Name");
  CHECK(headers.at(0).value == "value");
  CHECK(headers.at(1).value.empty());
  for (const char* line : {"", "no colon", ": x", "a b: x", " folded: x", "a: x\x01y"}) {
    CAPTURE(line);
    CHECK_FALSE(add_header_line(headers, line));
  }
  while (headers.size() < defaults::max_headers) REQUIRE(add_header_line(headers, "a: b"));
  CHECK_FALSE(add_header_line(headers, "a: b"));
}
