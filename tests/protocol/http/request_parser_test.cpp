// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/request_parser.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "request_rows.hpp"

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace tidings;
using namespace tidings::protocol;
using Status = HttpRequestParser::Status;

namespace {

std::string summary(const ParsedRequest& request) {
  std::string line = "ok " + request.method + " " + request.target + " " + std::to_string(request.version) + " ";
  line += std::string(request.header("host").value_or("-")) + (request.keep_alive ? " keep" : " close");
  if (request.upgrade) line += " upgrade";
  for (const Header& each : request.headers) {
    if (!iequals(each.name, "host")) line += " " + each.name + "=" + each.value;
  }
  return request.body.empty() ? line : line + " |" + request.body;
}

std::string outcome(HttpRequestParser& parser, Status status) {
  switch (status) {
    case Status::need_more: return "more";
    case Status::complete: return summary(parser.request());
    case Status::error: return std::to_string(parser.error_status());
  }
  return "";
}

// Feeds pieces of the given sizes, again and again; says what became of the first request.
std::string read(std::string_view bytes, const std::vector<std::size_t>& sizes, RequestLimits limits = {}) {
  HttpRequestParser parser(limits);
  Status status = Status::need_more;
  for (std::size_t i = 0; !bytes.empty() && status == Status::need_more; ++i) {
    const std::string_view piece = bytes.substr(0, sizes[i % sizes.size()]);
    std::size_t consumed = 0;
    status = parser.feed(piece, consumed);
    CHECK(consumed <= piece.size());
    if (status == Status::need_more) CHECK(consumed == piece.size());
    bytes.remove_prefix(consumed);
  }
  return outcome(parser, status);
}

std::string read_requests(std::string_view bytes, RequestLimits limits = {}) {
  return read(bytes, {bytes.size() + 1}, limits);
}

void check_rows(const std::vector<RequestRow>& rows) {
  std::minstd_rand random(17);
  for (const RequestRow& row : rows) {
    CAPTURE(row.rule, row.bytes);
    CHECK(read_requests(row.bytes) == row.result);
    CHECK(read(row.bytes, {1}) == row.result);
    for (int round = 0; round < 10; ++round) {
      CHECK(read(row.bytes, {random() % 5 + 1, random() % 9 + 1, random() % 3 + 1}) == row.result);
    }
  }
}

}  // namespace

TEST_CASE("request lines are taken or refused by RFC 9112 3", "[protocol][http]") { check_rows(request_line_rows()); }

TEST_CASE("headers are taken or refused by RFC 9112 5 and RFC 9110 5", "[protocol][http]") {
  check_rows(header_rows());
}

TEST_CASE("bodies whose length two readers could doubt are refused by RFC 9112 6 and 7", "[protocol][http]") {
  check_rows(body_rows());
}

TEST_CASE("each refusal has its named error", "[protocol][http]") {
  auto [bytes, code, status] = GENERATE(table<std::string, errc, int>({
      {"GET / HTTP/1.1\nHost: h\r\n\r\n", errc::malformed_request, 400},
      {"GET / HTTP/2.0\r\n", errc::not_supported, 505},
      {"CONNECT a:1 HTTP/1.1\r\n", errc::not_supported, 501},
      {get("Expect: x\r\n"), errc::not_supported, 417},
      {post("Transfer-Encoding: gzip\r\n", ""), errc::unsupported_transfer_encoding, 501},
      {post("Content-Length: 1048577\r\n", ""), errc::body_too_large, 413},
      {"GET /" + std::string(8192, 'a') + " HTTP/1.1\r\n", errc::header_too_large, 414},
      {get("X: " + std::string(16384, 'a') + "\r\n"), errc::header_too_large, 431},
  }));
  HttpRequestParser parser;
  std::size_t consumed = 0;
  CHECK(parser.feed(bytes, consumed) == Status::error);
  CHECK(parser.error() == code);
  CHECK(parser.error_status() == status);
  CHECK(parser.feed(get(""), consumed) == Status::error);
  CHECK(consumed == 0);
  parser.reset();
  CHECK_FALSE(parser.error());
  CHECK(parser.feed(get(""), consumed) == Status::complete);
}

TEST_CASE("every bound holds to the byte, however the bytes are cut", "[protocol][http]") {
  const RequestLimits limits{.max_target_bytes = 10,
                             .max_header_bytes = 40,
                             .max_headers = 3,
                             .max_body_bytes = 5,
                             .max_chunk_extension_bytes = 8};
  const auto lines = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "A:b\r\n";
    return text;
  };
  // `Host: h` with its line end has 9 bytes, `Transfer-Encoding: chunked` 28, the empty line 2.
  auto [bytes, result] = GENERATE_COPY(table<std::string, std::string>({
      {"GET /123456789 HTTP/1.1\r\nHost: h\r\n\r\n", "ok"},
      {"GET /1234567890 HTTP/1.1\r\nHost: h\r\n\r\n", "414"},
      {"GET /" + std::string(200, 'a'), "414"},
      {std::string(200, 'a'), "414"},
      {get("X: " + std::string(24, 'a') + "\r\n"), "ok"},
      {get("X: " + std::string(25, 'a') + "\r\n"), "431"},
      {get("X: " + std::string(200, 'a')), "431"},
      {get(lines(2)), "ok"},
      {get(lines(3)), "431"},
      {post("Content-Length: 5\r\n", "12345"), "ok"},
      {post("Content-Length: 6\r\n", ""), "413"},
      {chunked("5\r\n12345\r\n0\r\n\r\n"), "ok"},
      {chunked("6\r\n"), "413"},
      {chunked("3\r\n123\r\n2\r\n45\r\n0\r\n\r\n"), "ok"},
      {chunked("3\r\n123\r\n3\r\n456\r\n0\r\n\r\n"), "413"},
      {chunked("0;234567\r\n\r\n"), "ok"},
      {chunked("0;23456789\r\n\r\n"), "400"},
      {chunked("1;234\r\nx\r\n1;234\r\nx\r\n0\r\n\r\n"), "ok"},
      {chunked("1;234\r\nx\r\n1;2345\r\nx\r\n0;\r\n\r\n"), "400"},
      {chunked("1;" + std::string(200, 'a')), "400"},
      {chunked(std::string(200, '0')), "400"},
      {chunked("0\r\n" + lines(3) + "\r\n"), "ok"},
      {chunked("0\r\n" + lines(4) + "\r\n"), "431"},
      {chunked("0\r\nX: " + std::string(33, 'a') + "\r\n\r\n"), "ok"},
      {chunked("0\r\nX: " + std::string(34, 'a') + "\r\n\r\n"), "431"},
  }));
  CAPTURE(bytes);
  CHECK(read_requests(bytes, limits).substr(0, result.size()) == result);
  CHECK(read(bytes, {1}, limits).substr(0, result.size()) == result);
  CHECK(read(bytes, {7, 3}, limits).substr(0, result.size()) == result);
}

TEST_CASE("pipelined bytes belong to the next request", "[protocol][http]") {
  const std::string first = GENERATE(get(""), post("Content-Length: 3\r\n", "abc"), chunked("1\r\nx\r\n0\r\n\r\n"));
  HttpRequestParser parser;
  std::size_t consumed = 0;
  REQUIRE(parser.feed(first + get("X: y\r\n"), consumed) == Status::complete);
  CHECK(consumed == first.size());
  CHECK(parser.feed("x", consumed) == Status::complete);
  CHECK(consumed == 0);
  CHECK(summary(parser.take()) == read_requests(first));
  CHECK(parser.idle());
  CHECK(parser.feed(get("X: y\r\n"), consumed) == Status::complete);
  CHECK(summary(parser.take()) == "ok GET / 11 h keep X=y");
}

TEST_CASE("a client that waits for 100 Continue is seen to wait until its body begins", "[protocol][http]") {
  const std::string framing = GENERATE("Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n");
  HttpRequestParser parser;
  std::size_t consumed = 0;
  const std::string head = post("Expect: 100-Continue\r\n" + framing, "");
  for (char c : head) {
    CHECK_FALSE(parser.awaits_continue());
    REQUIRE(parser.feed(std::string_view(&c, 1), consumed) == Status::need_more);
  }
  CHECK(parser.awaits_continue());
  CHECK(parser.feed("1", consumed) == Status::need_more);
  CHECK_FALSE(parser.awaits_continue());
  parser.reset();
  CHECK(parser.feed(head + "1", consumed) == Status::need_more);
  CHECK_FALSE(parser.awaits_continue());
}

TEST_CASE("nobody waits for 100 Continue without a body, without asking or in HTTP/1.0", "[protocol][http]") {
  auto [bytes, status] = GENERATE(table<std::string, Status>({
      {get("Expect: 100-continue\r\n"), Status::complete},
      {post("Content-Length: 3\r\n", ""), Status::need_more},
      {"POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", Status::need_more},
  }));
  HttpRequestParser parser;
  std::size_t consumed = 0;
  CHECK(parser.feed(bytes, consumed) == status);
  CHECK_FALSE(parser.awaits_continue());
}

TEST_CASE("a request that is late fails with 408, a whole one does not", "[protocol][http]") {
  HttpRequestParser parser;
  std::size_t consumed = 0;
  CHECK(parser.idle());
  CHECK(parser.feed("GET ", consumed) == Status::need_more);
  CHECK_FALSE(parser.idle());
  CHECK(parser.on_timeout() == Status::error);
  CHECK(parser.error() == errc::request_timeout);
  CHECK(parser.error_status() == 408);
  parser.reset();
  CHECK(parser.feed(get(""), consumed) == Status::complete);
  CHECK(parser.on_timeout() == Status::complete);
}

TEST_CASE("no bytes change nothing", "[protocol][http]") {
  HttpRequestParser parser;
  std::size_t consumed = 7;
  CHECK(parser.feed("", consumed) == Status::need_more);
  CHECK(consumed == 0);
  CHECK(parser.idle());
}

TEST_CASE("an idle parser is small", "[protocol][http]") { CHECK(sizeof(HttpRequestParser) <= 64); }
