// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/response_reader.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

namespace {

// What came of an answer in pieces: status, body, and how it ended.
std::string read_answer(std::string_view answer, std::size_t piece,
                        ResponseReader::Asked asked = ResponseReader::Asked::get, std::size_t max_header_bytes = 200) {
  ResponseReader reader(asked, max_header_bytes);
  std::string out;
  for (std::size_t at = 0; at < answer.size(); at += piece) {
    std::string_view input = answer.substr(at, piece);
    for (bool more = true; more;) {
      switch (reader.read(input)) {
        case ResponseReader::Event::need_more: more = false; break;
        case ResponseReader::Event::head: out += std::to_string(reader.status()) + ":"; break;
        case ResponseReader::Event::data: out += reader.data(); break;
        case ResponseReader::Event::end:
          return out + "|" + std::string(input) + std::string(answer.substr(std::min(answer.size(), at + piece)));
        case ResponseReader::Event::fault: return out + "!" + to_string(static_cast<errc>(reader.error().value()));
      }
    }
  }
  return out + (reader.on_eof() ? "." : "?");
}

}  // namespace

TEST_CASE("the cut of an answer's bytes never changes what is read", "[client][http]") {
  const auto piece = GENERATE(1U, 2U, 3U, 7U, 1000U);
  CHECK(read_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP", piece) == "200:hello|HTTP");
  CHECK(read_answer(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nT: x\r\n\r\nnext",
            piece) == "200:hello!|next");
  CHECK(read_answer("HTTP/1.0 200 OK\r\n\r\nuntil the end", piece) == "200:until the end.");
  CHECK(read_answer("HTTP/1.1 204 No Content\r\n\r\nnext", piece) == "204:|next");
  CHECK(read_answer("HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", piece) ==
        "200:|");
  CHECK(read_answer("HTTP/1.1 200 OK\nContent-Length: 1\n\nx", piece) == "200:x|");
  CHECK(read_answer("HTTP/1.1 200\r\nContent-Length: 10\r\n\r\nhalf", piece) == "200:half?");
  CHECK(read_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", piece) == "200:hel?");
}

TEST_CASE("what is no answer is found", "[client][http]") {
  const auto piece = GENERATE(1U, 1000U);
  for (const char* bad : {"SSH-2.0-x\r\n", "HTTP/2.0 200 OK\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000\r\n",
                          "HTTP/1.1 099 X\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n", "HTTP/1.1 200 OK\r\na b: c\r\n",
                          "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
    CHECK(read_answer(bad, piece) == "!handshake_failed");
  }
  CHECK(read_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", piece) ==
        "200:!unsupported_transfer_encoding");
  CHECK(read_answer("HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n", piece) == "200:!unsupported_transfer_encoding");
  CHECK(read_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", piece) == "200:!handshake_failed");
  CHECK(read_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n", piece) ==
        "200:x!handshake_failed");
  CHECK(read_answer("HTTP/1.1 200 OK\r\nX: " + std::string(300, 'x') + "\r\n\r\n", piece) == "!header_too_large");
  CHECK(read_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(300, 'x'), piece) ==
        "200:!header_too_large");
}
