// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/retry_hint.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

namespace {

constexpr wall_time hint_time{784'111'777'000};  // Sun, 06 Nov 1994 08:49:37 GMT

std::int64_t hint_of(std::vector<Header> headers) { return retry_hint(headers, hint_time).value_or(-1ms).count(); }

}  // namespace

TEST_CASE("RFC 9110 5.6.7: a date is read as it is written", "[client][http]") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == hint_time);
  CHECK(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT") == wall_time{0});
  CHECK(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT") == wall_time{1'709'251'200'000});
  for (const char* bad :
       {"", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08-49-37 GMT", "Sun, 06 Nov 1994\"08:49:37 GMT",
        "Sun, 06 Nov 1994 08:4x:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"}) {
    CHECK_FALSE(parse_http_date(bad));
  }
}

TEST_CASE("a refusal says when to come back", "[client][http]") {
  CHECK(hint_of({}) == -1);
  CHECK(hint_of({{"Retry-After", "17"}}) == 17'000);
  CHECK(hint_of({{"retry-after", " 17 "}, {"Tidings-Poll-After", "16420"}}) == 16'420);
  CHECK(hint_of({{"Tidings-Poll-After", "soon"}, {"Retry-After", "1"}}) == 1000);
  CHECK(hint_of({{"Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT"}}) == 10'000);
  CHECK(hint_of({{"Retry-After", "Sun, 06 Nov 1994 08:49:27 GMT"}}) == 0);
  // Beyond every bound, but said.
  CHECK(hint_of({{"Retry-After", "9999999999"}}) == 999'999'999'000);
  CHECK(hint_of({{"Tidings-Poll-After", "99999999999999999999999"}}) == 999'999'999);
  for (const char* bad : {"", "-1", "1.5", "1e3", "later"}) CHECK(hint_of({{"Retry-After", bad}}) == -1);
}
