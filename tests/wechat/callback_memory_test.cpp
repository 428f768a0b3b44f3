// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat/callback_repeats.hpp>
#include <tidings/wechat/callback_requests.hpp>

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>

namespace {

using tidings::wall_time;
using tidings::wechat::CallbackDigest;
using tidings::wechat::CallbackRepeats;
using tidings::wechat::CallbackRequests;
using tidings::wechat::digest_of;
using Verdict = CallbackRequests::Verdict;

CallbackDigest digest(std::string_view text) {
  const std::array<std::string_view, 1> parts{text};
  return digest_of(parts);
}

}  // namespace

TEST_CASE("a digest tells where one part ends", "[wechat][callback]") {
  const std::array<std::string_view, 2> one{"ab", "c"};
  const std::array<std::string_view, 2> other{"a", "bc"};
  CHECK(digest_of(one) != digest_of(other));
  CHECK(digest_of(one) == digest_of(one));
}

TEST_CASE("whatever comes in whatever order, no request is first twice and no signature serves twice",
          "[wechat][callback]") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  CallbackRequests requests(std::chrono::seconds(20), 15);
  std::map<std::string, std::string> taken;
  std::int64_t now = 1000;
  int first = 0;
  for (int i = 0; i < 20'000; ++i) {
    now += below(10) == 0 ? 1 : below(500) == 0 ? below(200) - 100 : 0;
    const std::int64_t timestamp = now - 20 + below(41);
    const std::string nonce = std::to_string(timestamp) + ":" + std::to_string(below(3));
    const std::string content = std::to_string(below(2));
    REQUIRE(requests.in_time(timestamp, {now * 1000}));
    const Verdict verdict = requests.on_request(digest(nonce), digest(content), timestamp, {now * 1000});
    REQUIRE(requests.size() <= 15);
    const auto found = taken.find(nonce);
    if (verdict == Verdict::first) {
      REQUIRE(found == taken.end());
      taken[nonce] = content;
      ++first;
    } else if (verdict != Verdict::forgotten) {
      REQUIRE(found != taken.end());
      REQUIRE((verdict == Verdict::again) == (found->second == content));
    }
  }
  // It is not by refusing everything.
  CHECK(first > 100);
}

TEST_CASE("of too many events the oldest is forgotten", "[wechat][callback]") {
  CallbackRepeats repeats(std::chrono::seconds(60), 2);
  const wall_time now{0};
  CHECK(repeats.on_event(digest("1"), now));
  CHECK(repeats.on_event(digest("2"), now));
  CHECK_FALSE(repeats.on_event(digest("1"), now));
  CHECK(repeats.on_event(digest("3"), now));
  CHECK(repeats.size() == 2);
  CHECK_FALSE(repeats.on_event(digest("2"), now));
  CHECK_FALSE(repeats.on_event(digest("3"), now));
  CHECK(repeats.on_event(digest("1"), now));
}
