// SPDX-License-Identifier: BSL-1.0

// The cut of an answer's bytes never changes what a client reads out of it, be it a stream's, a POST's or a proxy's.

#include <tidings/client/proxy_connect.hpp>
#include <tidings/client/response_reader.hpp>

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>

namespace {

using namespace tidings;
using client::ProxyConnect;
using client::ResponseReader;
using fuzz::require;
using Event = ResponseReader::Event;

auto read(std::string_view answer, std::size_t piece, ResponseReader::Asked asked) {
  ResponseReader reader(asked, 600);
  std::string body;
  std::size_t left = 0;
  bool over = false;
  for (std::size_t at = 0; at < answer.size() && !over; at += piece) {
    std::string_view input = answer.substr(at, piece);
    for (Event event = reader.read(input); event != Event::need_more; event = reader.read(input)) {
      over = event == Event::end || event == Event::fault;
      if (event == Event::data) {
        require(!reader.data().empty());
        body.append(reader.data());
      }
      if (event == Event::end) left = input.size() + answer.size() - std::min(answer.size(), at + piece);
      if (over) break;
    }
    require(over || input.empty());
  }
  require(reader.headers().size() <= defaults::max_headers);
  return std::tuple(reader.status(), reader.headers().size(), body, left, over, reader.error(), reader.on_eof());
}

auto tunnel(std::string_view answer, std::size_t piece) {
  ProxyConnect proxy;
  ProxyConnect::Status status = ProxyConnect::Status::need_more;
  for (std::size_t at = 0; at < answer.size() && status == ProxyConnect::Status::need_more; at += piece) {
    status = proxy.feed(answer.substr(at, piece));
  }
  return std::tuple(status, proxy.status());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::size_t piece = bytes[0] % 16U + 1U;
  const auto asked = (bytes[0] & 0x80U) == 0 ? ResponseReader::Asked::get : ResponseReader::Asked::connect;
  require(read(text, text.size() + 1, asked) == read(text, piece, asked));
  const auto whole = tunnel(text, text.size() + 1);
  // Bytes behind the head are found only where they come with it.
  if (std::get<0>(whole) == ProxyConnect::Status::open) require(tunnel(text, piece) == whole);
  return 0;
}
