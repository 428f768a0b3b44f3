// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/cookies.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

namespace {

constexpr wall_time cookie_time{784'111'777'000};  // Sun, 06 Nov 1994 08:49:37 GMT

std::string cookies_after(const std::vector<std::string>& set) {
  Cookies cookies;
  cookies.set("own", "1");
  for (const std::string& each : set) cookies.take(std::vector<Header>{{"Set-Cookie", each}}, cookie_time);
  return cookies.value();
}

}  // namespace

TEST_CASE("RFC 6265: cookies go back as they came", "[client][cookies]") {
  CHECK(cookies_after({}) == "own=1");
  CHECK(cookies_after({"node=a7; Path=/; HttpOnly; Secure"}) == "own=1; node=a7");
  CHECK(cookies_after({"node=a7", "node=b8"}) == "own=1; node=b8");
  CHECK(cookies_after({"quoted=\"x\""}) == "own=1; quoted=\"x\"");
  CHECK(cookies_after({"own=; Max-Age=0"}) == "");
  CHECK(cookies_after({"own=2; max-age=-1"}) == "");
  CHECK(cookies_after({"own=2; Expires=Sun, 06 Nov 1994 08:49:36 GMT"}) == "");
  CHECK(cookies_after({"own=2; Expires=Sun, 06 Nov 1994 08:49:38 GMT"}) == "own=2");
  CHECK(cookies_after({"own=2; Expires=Sun, 06-Nov-1994 08:49:36 GMT"}) == "");
  CHECK(cookies_after({"own=2; Expires=-"}) == "own=2");
  // 5.3: Max-Age goes before Expires.
  CHECK(cookies_after({"own=2; Expires=Sun, 06 Nov 1994 08:49:36 GMT; Max-Age=60"}) == "own=2");
  CHECK(cookies_after({"no pair", "=x", "a b=x",
                       "x=a\x01"
                       "b"}) == "own=1");
}

TEST_CASE("a server cannot set cookies without end", "[client][cookies]") {
  std::vector<std::string> set;
  for (int i = 0; i < 100; ++i) set.push_back("c" + std::to_string(i) + "=x");
  CHECK(std::ranges::count(cookies_after(set), ';') == static_cast<int>(Cookies::most) - 1);
}
