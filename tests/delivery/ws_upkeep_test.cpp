// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/ws_upkeep.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>

using namespace tidings;
using namespace tidings::delivery;
using namespace std::chrono_literals;
using Verdict = WsUpkeep::Verdict;

namespace {

constexpr steady_time start{1h};

}  // namespace

TEST_CASE("a quiet peer is pinged after 9/10 of the pong wait, and dead after it", "[delivery][upkeep]") {
  WsUpkeep upkeep(50s, true, start);
  CHECK(upkeep.due() == start + 45s);
  CHECK(upkeep.on_timer(start + 44s) == Verdict::wait);
  CHECK(upkeep.on_timer(start + 45s) == Verdict::ping);
  upkeep.ping(start + 45s, 1, 7);
  CHECK(upkeep.due() == start + 50s);
  CHECK(upkeep.on_timer(start + 50s) == Verdict::dead);
}

TEST_CASE("traffic moves the ping, a pong gives the round trip", "[delivery][upkeep]") {
  WsUpkeep upkeep(50s, true, start);
  upkeep.on_traffic(start + 30s);
  CHECK(upkeep.on_timer(start + 45s) == Verdict::wait);
  CHECK(upkeep.due() == start + 75s);
  CHECK(upkeep.on_timer(start + 75s) == Verdict::ping);
  const std::string payload = upkeep.ping(start + 75s, 3, 7);
  upkeep.on_traffic(start + 75s + 20ms);
  CHECK(upkeep.on_pong(payload, start + 75s + 20ms) == 3);
  CHECK(upkeep.last_round_trip() == 20ms);
  CHECK_FALSE(upkeep.on_pong("made up", start + 76s));
}

TEST_CASE("a tracked message is asked about within a second, at most every five", "[delivery][upkeep]") {
  WsUpkeep upkeep(50s, true, start);
  CHECK(upkeep.on_tracked(start));
  CHECK_FALSE(upkeep.on_tracked(start + 100ms));  // due already
  CHECK(upkeep.due() == start + 1s);
  CHECK(upkeep.on_timer(start + 1s) == Verdict::ping);
  upkeep.ping(start + 1s, 1, 7);
  CHECK(upkeep.on_tracked(start + 2s));
  CHECK(upkeep.due() == start + 6s);
  SECTION("unless it was confirmed otherwise") {
    upkeep.on_confirmed();
    CHECK(upkeep.due() == start + 45s);
  }
}

TEST_CASE("our own silence is not held against the peer", "[delivery][upkeep]") {
  WsUpkeep upkeep(50s, true, start);
  CHECK(upkeep.on_timer(start + 45s) == Verdict::ping);
  upkeep.ping(start + 45s, 1, 7);
  upkeep.on_read_again(start + 60s);
  CHECK(upkeep.on_timer(start + 60s) == Verdict::wait);
  CHECK(upkeep.due() == start + 105s);
}

TEST_CASE("while we do not read, nobody is found dead", "[delivery][upkeep]") {
  WsUpkeep upkeep(50s, true, start);
  CHECK(upkeep.on_timer(start + 45s) == Verdict::ping);
  upkeep.ping(start + 45s, 1, 7);
  upkeep.on_hold();
  CHECK(upkeep.on_timer(start + 50s) == Verdict::wait);
  CHECK(upkeep.on_timer(start + 200s) == Verdict::wait);
  CHECK(upkeep.due() == start + 245s);
}

TEST_CASE("a message has its time from its first byte, whatever comes of it", "[delivery][upkeep]") {
  WsUpkeep upkeep(50s, true, start, 10s);
  CHECK(upkeep.on_unfinished(true, start + 1s));
  CHECK(upkeep.due() == start + 11s);
  upkeep.on_traffic(start + 10s);
  CHECK(upkeep.on_timer(start + 10s) == Verdict::wait);
  SECTION("and is late") {
    CHECK(upkeep.on_timer(start + 11s) == Verdict::late);
    CHECK(upkeep.due() == start + 45s);
  }
  SECTION("unless it is whole") {
    CHECK_FALSE(upkeep.on_unfinished(false, start + 10s));
    CHECK(upkeep.on_timer(start + 11s) == Verdict::wait);
    CHECK(upkeep.due() == start + 45s);
  }
  SECTION("and the next one has its own") {
    CHECK_FALSE(upkeep.on_unfinished(true, start + 10s));
    CHECK(upkeep.on_timer(start + 11s) == Verdict::wait);
    CHECK(upkeep.due() == start + 20s);
    CHECK(upkeep.on_timer(start + 20s) == Verdict::late);
  }
}

TEST_CASE("a message is not late while we do not read it", "[delivery][upkeep]") {
  WsUpkeep upkeep(50s, true, start, 10s);
  SECTION("which begins before") {
    upkeep.on_unfinished(true, start);
    upkeep.on_hold();
  }
  SECTION("which begins with the last that was read") {
    upkeep.on_hold();
    CHECK_FALSE(upkeep.on_unfinished(true, start));
  }
  CHECK(upkeep.on_timer(start + 60s) == Verdict::wait);
  CHECK(upkeep.on_read_again(start + 60s));
  CHECK(upkeep.on_timer(start + 69s) == Verdict::wait);
  // Once is enough: it does not begin again and again.
  CHECK_FALSE(upkeep.on_read_again(start + 69s));
  CHECK(upkeep.on_timer(start + 70s) == Verdict::late);
}

TEST_CASE("a message may take any time if its timeout is 0", "[delivery][upkeep]") {
  WsUpkeep upkeep(50s, false, start);
  CHECK_FALSE(upkeep.on_unfinished(true, start));
  CHECK(upkeep.due() == steady_time::max());
}

TEST_CASE("a message is late also where there are no pings", "[delivery][upkeep]") {
  WsUpkeep upkeep(50s, false, start, 10s);
  CHECK(upkeep.on_unfinished(true, start));
  CHECK(upkeep.on_timer(start + 10s) == Verdict::late);
  CHECK(upkeep.due() == steady_time::max());
}

TEST_CASE("without pings nobody is found dead", "[delivery][upkeep]") {
  WsUpkeep upkeep(50s, false, start);
  CHECK(upkeep.due() == steady_time::max());
  CHECK_FALSE(upkeep.on_tracked(start));
  CHECK(upkeep.on_timer(start + 1h) == Verdict::wait);
}
