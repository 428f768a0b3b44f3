// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/happy_eyeballs.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

namespace {

constexpr steady_time eyes_open{};

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
  HappyEyeballs::Action action = eyeballs.start(eyes_open);
  CHECK(action.act == HappyEyeballs::Action::Act::start);
  CHECK(action.which == 0);
  CHECK(action.due == eyes_open + 250ms);
  action = eyeballs.on_timer(eyes_open + 249ms);
  CHECK(action.act == HappyEyeballs::Action::Act::wait);
  CHECK(action.due == eyes_open + 250ms);
  action = eyeballs.on_timer(eyes_open + 250ms);
  CHECK(action.act == HappyEyeballs::Action::Act::start);
  CHECK(action.which == 1);
  action = eyeballs.on_timer(eyes_open + 500ms);
  CHECK(action.which == 2);
  CHECK_FALSE(action.due);
  CHECK(eyeballs.on_timer(eyes_open + 750ms).act == HappyEyeballs::Action::Act::wait);
}

TEST_CASE("the next need not wait for one that failed", "[client][happy_eyeballs]") {
  HappyEyeballs eyeballs(3);
  eyeballs.start(eyes_open);
  HappyEyeballs::Action action = eyeballs.on_failed(eyes_open + 10ms);
  CHECK(action.act == HappyEyeballs::Action::Act::start);
  CHECK(action.which == 1);
  CHECK(action.due == eyes_open + 260ms);
  CHECK(eyeballs.on_failed(eyes_open + 20ms).which == 2);
  CHECK(eyeballs.on_failed(eyes_open + 30ms).act == HappyEyeballs::Action::Act::failed);
}

TEST_CASE("it has failed when the last has, whichever that is", "[client][happy_eyeballs]") {
  HappyEyeballs eyeballs(2);
  eyeballs.start(eyes_open);
  eyeballs.on_timer(eyes_open + 250ms);
  CHECK(eyeballs.on_failed(eyes_open + 300ms).act == HappyEyeballs::Action::Act::wait);
  CHECK(eyeballs.on_failed(eyes_open + 400ms).act == HappyEyeballs::Action::Act::failed);
  CHECK(HappyEyeballs(0).start(eyes_open).act == HappyEyeballs::Action::Act::failed);
}
