// SPDX-License-Identifier: BSL-1.0

// The cut of the bytes never changes what is read; bounds hold; a request that was read and written again reads the
// same, so that nothing in it can be understood in two ways.

#include <tidings/protocol/http/query.hpp>
#include <tidings/protocol/http/request_parser.hpp>

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace tidings;
using fuzz::require;
using protocol::HttpRequestParser;
using protocol::ParsedRequest;
using protocol::RequestLimits;

constexpr RequestLimits small_limits{.max_target_bytes = 24,
                                     .max_header_bytes = 96,
                                     .max_headers = 4,
                                     .max_body_bytes = 16,
                                     .max_chunk_extension_bytes = 8};

struct Reading {
  std::vector<ParsedRequest> requests;
  std::vector<std::size_t> ends;
  int error_status = 0;
  std::error_code ec;
  bool waits = false;
};

bool same(const ParsedRequest& a, const ParsedRequest& b) {
  return a.method == b.method && a.target == b.target && a.version == b.version && a.body == b.body &&
         a.keep_alive == b.keep_alive && a.expect_continue == b.expect_continue && a.upgrade == b.upgrade &&
         std::equal(a.headers.begin(), a.headers.end(), b.headers.begin(), b.headers.end(),
                    [](const Header& x, const Header& y) { return x.name == y.name && x.value == y.value; });
}

Reading read(std::string_view bytes, std::size_t piece, const RequestLimits& limits) {
  Reading reading;
  HttpRequestParser parser(limits);
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::string_view part = bytes.substr(at, piece);
    std::size_t consumed = 0;
    const auto status = parser.feed(part, consumed);
    require(consumed <= part.size());
    at += consumed;
    if (status == HttpRequestParser::Status::error) break;
    if (status == HttpRequestParser::Status::need_more) {
      require(consumed == part.size());
      continue;
    }
    reading.requests.push_back(parser.take());
    reading.ends.push_back(at);
    require(parser.idle());
  }
  reading.error_status = parser.error_status();
  reading.ec = parser.error();
  reading.waits = parser.awaits_continue();
  return reading;
}

void check_bounds(const ParsedRequest& request, const RequestLimits& limits) {
  // An absolute target may leave its path one slash longer, and add a Host field in HTTP/1.0.
  require(request.target.size() <= limits.max_target_bytes);
  require(request.headers.size() <= limits.max_headers + 1);
  require(request.body.size() <= limits.max_body_bytes);
  require(request.version == 10 || request.version == 11);
  require(protocol::is_token(request.method));
  require(request.target == "*" || request.target.starts_with('/'));
  require(request.target.find_first_of(" \r\n\t") == std::string::npos);
  for (const Header& each : request.headers) {
    require(protocol::is_token(each.name) && protocol::is_safe_header_value(each.value));
    require(protocol::trim_ows(each.value) == each.value);
  }
}

std::string written(const ParsedRequest& request) {
  std::string text =
      request.method + " " + request.target + (request.version == 10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  bool is_chunked = false;
  for (const Header& each : request.headers) {
    is_chunked = is_chunked || protocol::iequals(each.name, "transfer-encoding");
    text += each.name + ":" + each.value + "\r\n";
  }
  text += "\r\n";
  if (!is_chunked) return text + request.body;
  for (char c : request.body) text += std::string("1\r\n") + c + "\r\n";
  return text + "0\r\n\r\n";
}

void check_again(const ParsedRequest& request) {
  const RequestLimits wide{.max_header_bytes = 1U << 20U, .max_headers = 1000};
  const Reading again = read(written(request), 1U << 24U, wide);
  require(again.requests.size() == 1 && same(again.requests[0], request));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  const RequestLimits limits = (bytes[0] & 0x80U) != 0 ? small_limits : RequestLimits{};
  const std::size_t piece = bytes[0] % 16U + 1U;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const Reading whole = read(text, size, limits);
  const Reading pieces = read(text, piece, limits);
  require(whole.error_status == pieces.error_status && whole.ec == pieces.ec && whole.ends == pieces.ends);
  require(whole.waits == pieces.waits);
  require((whole.error_status != 0) == static_cast<bool>(whole.ec));
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    require(same(whole.requests[i], pieces.requests[i]));
    check_bounds(whole.requests[i], limits);
    check_again(whole.requests[i]);
    const std::string& target = whole.requests[i].target;
    require(protocol::query_has(target, "a") == protocol::query_value(target, "a").has_value());
    require(protocol::query_list(target, "a").size() <= target.size());
  }
  return 0;
}
