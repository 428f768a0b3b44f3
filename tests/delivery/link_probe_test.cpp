// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/link_probe.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using tidings::steady_time;
using tidings::delivery::LinkProbe;

namespace {

const steady_time probe_begin{1000s};

}  // namespace

TEST_CASE("an exact echo proves what was sent before its ping, and only that", "[delivery][probe]") {
  LinkProbe probe;
  const std::string first = probe.ping(probe_begin, 7, 0x1122334455667788);
  const std::string second = probe.ping(probe_begin + 1s, 9, 0x8877665544332211);
  CHECK(first == std::string("\x11\x22\x33\x44\x55\x66\x77\x88\0\0\0\0\0\0\0\x07", 16));
  CHECK(probe.on_pong("", probe_begin + 2s) == std::nullopt);
  CHECK(probe.on_pong(first.substr(0, 15), probe_begin + 2s) == std::nullopt);
  CHECK(probe.on_pong(first + "x", probe_begin + 2s) == std::nullopt);
  CHECK(probe.on_pong(first.substr(0, 15) + "\x09", probe_begin + 2s) == std::nullopt);
  CHECK(probe.on_pong(first, probe_begin + 2s) == 7);
  CHECK(probe.on_pong(first, probe_begin + 2s) == std::nullopt);
  CHECK(probe.on_pong(second, probe_begin + 2s) == 9);
}

TEST_CASE("the answer to a ping stands for all older ones", "[delivery][probe]") {
  LinkProbe probe;
  const std::string old = probe.ping(probe_begin, 1, 1);
  const std::string young = probe.ping(probe_begin, 2, 2);
  CHECK(probe.on_pong(young, probe_begin + 1s) == 2);
  CHECK(probe.on_pong(old, probe_begin + 1s) == std::nullopt);
}

TEST_CASE("a peer that answers nothing costs little: the newest pings are remembered", "[delivery][probe]") {
  LinkProbe probe;
  std::vector<std::string> pings;
  for (unsigned i = 0; i < 100; ++i) pings.push_back(probe.ping(probe_begin + 1s * i, i, i));
  CHECK(probe.on_pong(pings[91], probe_begin + 200s) == std::nullopt);
  CHECK(probe.on_pong(pings[92], probe_begin + 200s) == 92);
  CHECK(probe.on_pong(pings[99], probe_begin + 200s) == 99);
}

TEST_CASE("round trips are the last one and a smoothed one", "[delivery][probe]") {
  LinkProbe probe;
  CHECK_FALSE(probe.last_round_trip());
  CHECK_FALSE(probe.smoothed_round_trip());
  probe.on_pong(probe.ping(probe_begin, 0, 1), probe_begin + 80ms);
  CHECK(probe.last_round_trip() == 80ms);
  CHECK(probe.smoothed_round_trip() == 80ms);
  probe.on_pong(probe.ping(probe_begin, 0, 2), probe_begin + 160ms);
  CHECK(probe.last_round_trip() == 160ms);
  CHECK(probe.smoothed_round_trip() == 90ms);
  probe.on_pong(probe.ping(probe_begin, 0, 3), probe_begin + 10ms);
  CHECK(probe.last_round_trip() == 10ms);
  CHECK(probe.smoothed_round_trip() == 80ms);
}

TEST_CASE("a ping for evidence follows a tracked message after a second, at most one in five", "[delivery][probe]") {
  LinkProbe probe;
  CHECK_FALSE(probe.evidence_due());
  probe.on_tracked(probe_begin);
  CHECK(probe.evidence_due() == probe_begin + 1s);
  // A burst does not put it off.
  probe.on_tracked(probe_begin + 900ms);
  CHECK(probe.evidence_due() == probe_begin + 1s);
  probe.ping(probe_begin + 1s, 2, 1);
  CHECK_FALSE(probe.evidence_due());
  probe.on_tracked(probe_begin + 2s);
  CHECK(probe.evidence_due() == probe_begin + 6s);
  probe.on_tracked(probe_begin + 4s);
  CHECK(probe.evidence_due() == probe_begin + 6s);
  probe.ping(probe_begin + 6s, 4, 2);
  probe.on_tracked(probe_begin + 60s);
  CHECK(probe.evidence_due() == probe_begin + 61s);
  // Acknowledged by the client's own word.
  probe.on_confirmed();
  CHECK_FALSE(probe.evidence_due());
}
