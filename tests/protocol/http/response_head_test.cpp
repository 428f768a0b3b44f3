// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/response_head.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace tidings;
using namespace tidings::protocol;
using namespace std::string_literals;

TEST_CASE("a head is a status line, headers and an empty line", "[protocol][http]") {
  auto [version, status, line] = GENERATE(table<int, int, std::string>({
      {11, 200, "HTTP/1.1 200 OK\r\n"},
      {10, 200, "HTTP/1.0 200 OK\r\n"},
      {11, 431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
      {11, 299, "HTTP/1.1 299 \r\n"},
  }));
  std::string out = "before|";
  const std::vector<Header> headers = {{"Content-Type", "text/event-stream"}, {"X-Empty", ""}};
  CHECK_FALSE(encode_response_head(out, version, status, headers));
  CHECK(out == "before|" + line + "Content-Type: text/event-stream\r\nX-Empty: \r\n\r\n");
}

TEST_CASE("a head that could split the answer is not written", "[protocol][http]") {
  auto [status, name, value] = GENERATE(table<int, std::string, std::string>({
      {200, "X", "a\r\nSet-Cookie: b"},
      {200, "X", "a\nb"},
      {200, "X", "a\0b"s},
      {200, "X", "a\x7F"},
      {200, "X\r\nY", "a"},
      {200, "X:", "a"},
      {200, "", "a"},
      {200, "X Y", "a"},
      {99, "X", "a"},
      {600, "X", "a"},
      {-1, "X", "a"},
  }));
  std::string out = "before|";
  const std::vector<Header> headers = {{"Fine", "yes"}, {name, value}};
  CHECK(encode_response_head(out, 11, status, headers) == errc::invalid_header_value);
  CHECK(out == "before|");
}

TEST_CASE("every status that tidings answers with has a phrase", "[protocol][http]") {
  for (int status :
       {101, 200, 204, 304, 400, 401, 403, 404, 405, 408, 413, 414, 415, 417, 429, 431, 500, 501, 503, 505}) {
    CAPTURE(status);
    CHECK_FALSE(reason_phrase(status).empty());
  }
}

TEST_CASE("chunks carry their size in hex and an empty one is never written", "[protocol][http]") {
  auto [size, header] = GENERATE(table<std::size_t, std::string>({
      {1, "1\r\n"},
      {15, "f\r\n"},
      {16, "10\r\n"},
      {0xFFFFFFFF, "ffffffff\r\n"},
  }));
  std::string out;
  encode_chunk_header(out, size);
  CHECK(out == header);

  std::string body;
  encode_chunk(body, "data: x\n\n");
  encode_chunk(body, "");
  body += last_chunk;
  CHECK(body == "9\r\ndata: x\n\n\r\n0\r\n\r\n");
}
