// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/happy_eyeballs.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

namespace {

using Act = HappyEyeballs::Action::Act;
constexpr steady_time begin{};

std::string interleaved(const std::string& addresses) {
  std::string out;
  const std::vector<char> mixed = interleave_families(std::vector<char>(addresses.begin(), addresses.end()),
                                                      [](char c) { return c >= 'A' && c <= 'Z'; });
  return out.assign(mixed.begin(), mixed.end());
}

}  // namespace

// RFC 8305 4; capitals are IPv6.
TEST_CASE("the families take turns, and the first stays first", "[client][happy_eyeballs]") {
  CHECK(interleaved("") == "");
  CHECK(interleaved("ab") == "ab");
  CHECK(interleaved("ABCa") == "AaBC");
  CHECK(interleaved("ABab") == "AaBb");
  CHECK(interleaved("abAB") == "aAbB");
}

TEST_CASE("RFC 8305 5: one after the other, 250 ms apart", "[client][happy_eyeballs]") {
  HappyEyeballs eyeballs(3);
  HappyEyeballs::Action action = eyeballs.start(begin);
  CHECK(action.act == Act::start);
  CHECK(action.which == 0);
  CHECK(action.due == begin + 250ms);
  action = eyeballs.on_timer(begin + 249ms);
  CHECK(action.act == Act::wait);
  CHECK(action.due == begin + 250ms);
  action = eyeballs.on_timer(begin + 250ms);
  CHECK(action.act == Act::start);
  CHECK(action.which == 1);
  action = eyeballs.on_timer(begin + 500ms);
  CHECK(action.which == 2);
  CHECK_FALSE(action.due);
  CHECK(eyeballs.on_timer(begin + 750ms).act == Act::wait);
}

TEST_CASE("the next need not wait for one that failed", "[client][happy_eyeballs]") {
  HappyEyeballs eyeballs(3);
  eyeballs.start(begin);
  HappyEyeballs::Action action = eyeballs.on_failed(begin + 10ms);
  CHECK(action.act == Act::start);
  CHECK(action.which == 1);
  CHECK(action.due == begin + 260ms);
  CHECK(eyeballs.on_failed(begin + 20ms).which == 2);
  CHECK(eyeballs.on_failed(begin + 30ms).act == Act::failed);
}

TEST_CASE("it has failed when the last has, whichever that is", "[client][happy_eyeballs]") {
  HappyEyeballs eyeballs(2);
  eyeballs.start(begin);
  eyeballs.on_timer(begin + 250ms);
  CHECK(eyeballs.on_failed(begin + 300ms).act == Act::wait);
  CHECK(eyeballs.on_failed(begin + 400ms).act == Act::failed);
  CHECK(HappyEyeballs(0).start(begin).act == Act::failed);
}
