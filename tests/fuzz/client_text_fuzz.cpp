// SPDX-License-Identifier: BSL-1.0

// URLs, proxies, dates, hints and cookies, one a line: what is taken can stand in a request's head.

#include <tidings/client/cookies.hpp>
#include <tidings/client/http_request.hpp>
#include <tidings/client/proxy_connect.hpp>
#include <tidings/client/retry_hint.hpp>
#include <tidings/client/url.hpp>
#include <tidings/protocol/http/date.hpp>

#include "require.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace tidings;
using fuzz::require;

void check_url(std::string_view text) {
  const auto url = client::parse_url(text);
  if (!url) return;
  require(!url->host.empty() && url->port > 0 && url->port <= 65535);
  std::string head;
  require(!client::encode_request(head, {.target = url->target, .host = url->authority}));
  require(std::count(head.begin(), head.end(), '\n') == 3);
}

void check_proxy(std::string_view text) {
  const auto proxy = client::parse_proxy(text);
  if (!proxy) return;
  std::string head;
  client::ProxyConnect::encode(head, "a.example", 1, *proxy);
  require(std::count(head.begin(), head.end(), '\n') == (proxy->authorization.empty() ? 3 : 4));
}

void check_date(std::string_view text) {
  const auto date = client::parse_http_date(text);
  // A leap second is written as the next minute, and the name of the day is not compared.
  if (date && date->ms >= 0 && text.substr(23, 2) != "60") {
    require(protocol::encode_http_date(*date).substr(3) == text.substr(3));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(bytes), size);
  client::Cookies cookies;
  std::vector<Header> headers;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    check_url(line);
    check_proxy(line);
    check_date(line);
    headers.push_back({"Set-Cookie", std::string(line)});
    headers.push_back({"Retry-After", std::string(line)});
  }
  cookies.take(headers, {1'000'000'000'000});
  require(protocol::is_safe_header_value(cookies.value()));
  require(client::retry_hint(headers, {0}).value_or(std::chrono::milliseconds(0)) >= std::chrono::milliseconds(0));
  return 0;
}
