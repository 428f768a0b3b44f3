// SPDX-License-Identifier: BSL-1.0

#include <tidings/impl/curl_answer.hpp>

#include <catch2/catch_test_macros.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

using namespace tidings;
using detail::CurlAnswer;

namespace {

void feed(CurlAnswer& answer, std::initializer_list<std::string_view> lines) {
  for (const std::string_view each : lines) REQUIRE(answer.on_line(each));
}

}  // namespace

TEST_CASE("an answer has the headers of its last head", "[curl]") {
  CurlAnswer answer(1000, 1000);
  CHECK_FALSE(answer.has_head());
  feed(answer, {"HTTP/1.1 103 Early Hints\r\n", "Link: </a>\r\n", "\r\n"});
  CHECK(answer.has_head());
  feed(answer, {"HTTP/1.1 200 OK\r\n", "Date:  today \r\n", "Empty:\r\n", "no colon\r\n"});
  CHECK_FALSE(answer.has_head());
  feed(answer, {"\r\n"});
  CHECK(answer.has_head());
  const HttpAnswer taken = answer.take(200);
  CHECK(taken.status == 200);
  REQUIRE(taken.headers.size() == 2);
  CHECK(taken.headers[0].name == "Date");
  CHECK(taken.headers[0].value == "today");
  CHECK(taken.headers[1].name == "Empty");
  CHECK(taken.headers[1].value.empty());
}

TEST_CASE("trailers are left out", "[curl]") {
  CurlAnswer answer(1000, 1000);
  feed(answer, {"HTTP/1.1 200 OK\r\n", "A: 1\r\n", "\r\n"});
  REQUIRE(answer.on_body("text"));
  feed(answer, {"B: 2\r\n", "HTTP/1.1: 3\r\n", "\r\n"});
  const HttpAnswer taken = answer.take(200);
  REQUIRE(taken.headers.size() == 1);
  CHECK(taken.headers[0].name == "A");
  CHECK(taken.body == "text");
}

TEST_CASE("an answer is bounded to the byte", "[curl]") {
  CurlAnswer answer(20, 4);
  CHECK(answer.on_line("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.on_line("\r\n"));
  CHECK(answer.on_body("123"));
  CHECK(answer.on_body("4"));
  CHECK(answer.on_body(""));
  CHECK_FALSE(answer.error());
  CHECK_FALSE(answer.on_body("5"));
  CHECK(answer.error() == errc::body_too_large);

  CurlAnswer wordy(20, 4);
  CHECK(wordy.on_line("HTTP/1.1 200 OK\r\n"));
  CHECK(wordy.on_line("A:\n"));
  CHECK_FALSE(wordy.on_line("\n"));
  CHECK(wordy.error() == errc::header_too_large);
}
