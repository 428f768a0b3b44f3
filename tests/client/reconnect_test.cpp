// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/reconnect.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

namespace {

constexpr steady_time reconnect_begin{};

Ended closed_with(int code, std::optional<std::chrono::milliseconds> hint = {}) {
  return {Ended::How::closed, static_cast<CloseCode>(code), 0, hint};
}
Ended refused_with(int status, std::optional<std::chrono::milliseconds> hint = {}) {
  return {Ended::How::refused, CloseCode::no_status, status, hint};
}

}  // namespace

TEST_CASE("the first wait is random between 0 and 5 s, the ceiling doubles up to a minute", "[client][reconnect]") {
  Reconnect reconnect({});
  CHECK(reconnect.on_end({}, 0, reconnect_begin).wait == 0ms);
  reconnect.reset();
  for (const auto ceiling : {5000ms, 10'000ms, 20'000ms, 40'000ms, 60'000ms, 60'000ms}) {
    CHECK(reconnect.on_end({}, 0.5, reconnect_begin).wait == ceiling / 2);
  }
}

TEST_CASE("a connection that lived for a minute forgets what failed before it", "[client][reconnect]") {
  Reconnect reconnect({});
  for (int i = 0; i < 4; ++i) reconnect.on_end({}, 0.5, reconnect_begin);
  reconnect.on_open(reconnect_begin);
  CHECK(reconnect.on_end({}, 0.5, reconnect_begin + 59'999ms).wait == 30'000ms);
  reconnect.on_open(reconnect_begin);
  CHECK(reconnect.on_end({}, 0.5, reconnect_begin + 60'000ms).wait == 2500ms);
}

TEST_CASE("an end that says \"not at once\" is waited out before the jitter", "[client][reconnect]") {
  for (const Ended& end : {closed_with(1008), closed_with(1011), closed_with(1012), closed_with(1013),
                           closed_with(4503), refused_with(404), refused_with(429), refused_with(503)}) {
    Reconnect reconnect({});
    const Reconnect::Next next = reconnect.on_end(end, 0.5, reconnect_begin);
    CHECK(next.act == Reconnect::Next::Act::wait);
    CHECK(next.wait == 7500ms);
  }
}

TEST_CASE("the server's hint counts, and a tenth of jitter on top", "[client][reconnect]") {
  for (const Ended& end :
       {closed_with(1012, 20s), closed_with(1013, 20s), refused_with(503, 20s), Ended{.hint = 20s}}) {
    Reconnect reconnect({});
    CHECK(reconnect.on_end(end, 0.5, reconnect_begin).wait == 21'000ms);
  }
  Reconnect reconnect({});
  CHECK(reconnect.on_end(closed_with(1012, std::chrono::hours(5)), 0, reconnect_begin).wait == 300s);
  // Whoever repeats a short hint does not make the client fast.
  CHECK(reconnect.on_end(closed_with(1012, 1ms), 0.5, reconnect_begin).wait == 5000ms);
}

TEST_CASE("what would end the same way stops", "[client][reconnect]") {
  for (const Ended& end : {closed_with(1000), closed_with(1002), closed_with(1003), closed_with(1007),
                           closed_with(1009), closed_with(4000), closed_with(4400), closed_with(4499),
                           refused_with(204), refused_with(400), refused_with(403), refused_with(413)}) {
    Reconnect reconnect({.can_renew = true});
    CHECK(reconnect.on_end(end, 0.5, reconnect_begin).act == Reconnect::Next::Act::stop);
  }
}

TEST_CASE("a 401 asks for new credentials once, at once", "[client][reconnect]") {
  Reconnect without({});
  CHECK(without.on_end(refused_with(401), 0.5, reconnect_begin).act == Reconnect::Next::Act::stop);
  Reconnect with({.can_renew = true});
  const Reconnect::Next first = with.on_end(refused_with(401), 0.5, reconnect_begin);
  CHECK(first.act == Reconnect::Next::Act::wait);
  CHECK(first.wait == 0ms);
  CHECK(first.renew);
  CHECK(with.on_end(refused_with(401), 0.5, reconnect_begin).act == Reconnect::Next::Act::stop);
  with.on_open(reconnect_begin);
  with.on_end({}, 0.5, reconnect_begin);
  CHECK(with.on_end(refused_with(401), 0.5, reconnect_begin).renew);
}

TEST_CASE("4401 comes back with new credentials", "[client][reconnect]") {
  Reconnect with({.can_renew = true});
  with.on_open(reconnect_begin);
  const Reconnect::Next next = with.on_end(closed_with(4401), 0.5, reconnect_begin);
  CHECK(next.act == Reconnect::Next::Act::wait);
  CHECK(next.wait == 2500ms);
  CHECK(next.renew);
  // They were asked for, and are refused.
  CHECK(with.on_end(refused_with(401), 0.5, reconnect_begin).act == Reconnect::Next::Act::stop);
  Reconnect without({});
  without.on_open(reconnect_begin);
  const Reconnect::Next back = without.on_end(closed_with(4401), 0.5, reconnect_begin);
  CHECK(back.act == Reconnect::Next::Act::wait);
  CHECK_FALSE(back.renew);
}

TEST_CASE("a refused attempt in the place of a connection that was open is a refusal", "[client][reconnect]") {
  Reconnect without({});
  without.on_open(reconnect_begin);
  without.on_begin();
  CHECK(without.on_end(refused_with(401), 0.5, reconnect_begin).act == Reconnect::Next::Act::stop);
}

TEST_CASE("a hint is honoured behind every end that is come back from", "[client][reconnect]") {
  for (const int code : {1001, 1008, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4401, 4500, 4503, 4999}) {
    Reconnect reconnect({});
    reconnect.on_open(reconnect_begin);
    CHECK(reconnect.on_end(closed_with(code, 20s), 0, reconnect_begin).wait == 20s);
  }
}
