// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat/token_key.hpp>
#include <tidings/wechat/token_life.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "wechat/token_world.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace tidings;
using namespace tidings::wechat;
using namespace std::chrono_literals;

namespace {

using Do = TokenStep::Do;
using Get = TokenAnswer::Get;
using TokenWorld = token_world::World;

/// The token that is had at once or a little later; empty = none. Who waits longer is told when nobody listens any more.
std::string have(TokenWorld& world, std::size_t process, std::chrono::milliseconds within = 5s) {
  const auto token = std::make_shared<std::string>("nothing");
  world[process].get([token](const std::string& each) { *token = each; });
  world.clock.run_for(within);
  return *token;
}
std::string recover(TokenWorld& world, std::size_t process, const std::string& value) {
  const auto token = std::make_shared<std::string>("nothing");
  world[process].recover(value, [token](const std::string& each) { *token = each; });
  world.clock.run_for(5s);
  return *token;
}

constexpr Moment life_begin{steady_time(1000h), wall_time{1'700'000'000'000}};
constexpr Moment later(std::chrono::milliseconds span) { return {life_begin.steady + span, life_begin.wall + span}; }

/// A life that has a token of 7200 s since `life_begin`.
TokenLife with_token(double jitter = 0, TokenLife::Options options = {}) {
  TokenLife life(options);
  const TokenStep step = life.ask(life_begin).step;
  life.on_read(step.flight, TokenRecord{"first", life_begin.wall + 7200s, 4}, life_begin, jitter);
  return life;
}

}  // namespace

TEST_CASE("a hundred who ask on a cold start, in three processes, make one fetch", "[wechat][token][property]") {
  CHECK(token_world::cold_starts(50) == "");
}

TEST_CASE("a token that others rotate costs one refresh at most, and no send", "[wechat][token][property]") {
  CHECK(token_world::long_runs(20) == "");
}

TEST_CASE("the key is claimed and the store read twice before the API is asked", "[wechat][token]") {
  TokenWorld world(1, 1);
  CHECK(have(world, 0) == "token-1");
  CHECK(world[0].steps == std::vector<Do>{Do::read, Do::claim, Do::read, Do::fetch, Do::write});
  CHECK(world.stored() == TokenRecord{"token-1", world.stored().expires_at, 1});
  CHECK(have(world, 0) == "token-1");
  CHECK(world.api.fetches == 1);
}

TEST_CASE("a token that is stored is taken without asking the API", "[wechat][token]") {
  TokenWorld world(2, 2);
  CHECK(have(world, 0) == "token-1");
  CHECK(have(world, 1) == "token-1");
  CHECK(world[1].steps == std::vector<Do>{Do::read});
  CHECK(world.api.fetches == 1);
}

TEST_CASE("a token is refreshed early, in the background, while the old one serves", "[wechat][token]") {
  TokenWorld world(3, 1);
  REQUIRE(have(world, 0, 5s) == "token-1");
  world.clock.run_for(7200s - 300s - 5s);
  CHECK(have(world, 0, 0s) == "token-1");
  CHECK(world.api.fetches == 1);
  world.clock.run_for(60s);
  CHECK(have(world, 0, 0s) == "token-1");
  world.clock.run_for(1s);
  CHECK(world.api.fetches == 2);
  CHECK(have(world, 0, 0s) == "token-2");
}

TEST_CASE("the moment of the refresh is spread over the window, not before it", "[wechat][token]") {
  auto [jitter, at] = GENERATE(table<double, std::chrono::milliseconds>({
      {0.0, 6910s},
      {0.5, 6935s},
      {0x1.fffffffffffffp-1, 6959'999ms},
  }));
  CHECK(with_token(jitter).refresh_at() == life_begin.steady + at);
}

TEST_CASE("a token that comes back the same is asked for again after a while", "[wechat][token]") {
  // The vendor renews inside its last 300 s only, and our clock may be ahead of its.
  TokenLife life;
  TokenStep step = life.ask(life_begin).step;
  step = life.on_read(step.flight, TokenRecord{}, life_begin, 0);
  step = life.on_claimed(step.flight, true, life_begin, 0);
  step = life.on_read(step.flight, TokenRecord{}, life_begin, 0);
  step = life.on_fetched(step.flight, "same", 310s, life_begin, 0);
  life.on_written(step.flight, true, life_begin, 0);
  CHECK(life.refresh_at() == life_begin.steady + 20s);
  CHECK(life.ask(later(19s)).step.act == Do::nothing);
  step = life.ask(later(20s)).step;
  CHECK(step.act == Do::read);
}

TEST_CASE("a token of a few seconds is not asked for all the time", "[wechat][token]") {
  TokenLife life;
  const TokenStep step = life.ask(life_begin).step;
  life.on_read(step.flight, TokenRecord{"short", life_begin.wall + 10s, 1}, life_begin, 0.5);
  CHECK(life.refresh_at() == life_begin.steady + 5s);
}

TEST_CASE("a token that somebody else rotated and stored is read, not fetched", "[wechat][token]") {
  TokenWorld world(5, 1);
  REQUIRE(have(world, 0) == "token-1");
  world.clock.run_for(1min);
  world.rotate(true);
  CHECK(recover(world, 0, "token-1") == "token-2");
  CHECK(world.api.fetches == 1);
  CHECK(world[0].life.token().generation == 2);
}

TEST_CASE("a token that somebody else rotated without storing it is refreshed once for all", "[wechat][token]") {
  TokenWorld world(6, 1);
  REQUIRE(have(world, 0) == "token-1");
  world.clock.run_for(1min);
  world.rotate(false);
  std::vector<std::string> got;
  for (int i = 0; i < 50; ++i) {
    world[0].recover("token-1", [&](const std::string& each) { got.push_back(each); });
  }
  world.clock.run_for(5s);
  CHECK(world.api.fetches == 2);
  CHECK(got == std::vector<std::string>(50, "token-3"));
}

TEST_CASE("a late word about an older token, and an older record, change nothing", "[wechat][token]") {
  CHECK(token_world::late_words() == "");
}

TEST_CASE("a token that expires while it is refreshed makes those wait who come then", "[wechat][token]") {
  TokenWorld world(8, 1);
  REQUIRE(have(world, 0) == "token-1");
  world.api.latency = 9s;
  world.clock.run_for(7200s - 10s);
  CHECK(have(world, 0, 0s) == "token-1");
  world.clock.run_for(6s);
  std::string token = "nothing";
  world[0].get([&](const std::string& each) { token = each; });
  CHECK(token == "nothing");
  world.clock.run_for(5s);
  CHECK(token == "token-2");
  CHECK(world.api.fetches == 2);
}

TEST_CASE("an API that fails for an hour is asked seldom, while the old token serves", "[wechat][token]") {
  TokenWorld world(9, 1, {.early = 4000s});
  REQUIRE(have(world, 0) == "token-1");
  world.clock.run_for(3250s);
  world.api.down = true;
  int served = 0;
  for (int i = 0; i < 3600; ++i) {
    served += have(world, 0, 1s) == "token-1" ? 1 : 0;
  }
  CHECK(served == 3600);
  // 30 s, 60 s, 120 s, 240 s, 480 s, then 600 s.
  CHECK(world.api.fetches >= 1 + 8);
  CHECK(world.api.fetches <= 1 + 10);
  world.api.down = false;
  for (int i = 0; i < 400; ++i) have(world, 0, 2s);
  CHECK(world[0].life.token().value == "token-2");
}

TEST_CASE("without any token an API that fails is not asked again before its time", "[wechat][token]") {
  TokenWorld world(10, 1);
  world.api.down = true;
  CHECK(have(world, 0) == "");
  CHECK(world.api.fetches == 1);
  const TokenAnswer answer = world[0].life.ask(world.clock.now());
  CHECK(answer.get == Get::fail);
  CHECK(answer.retry_at - world.clock.now().steady > 24s);
  for (int i = 0; i < 24; ++i) CHECK(have(world, 0, 1s) == "");
  CHECK(world.api.fetches == 1);
  world.api.down = false;
  world.clock.run_for(10s);
  CHECK(have(world, 0) == "token-1");
}

TEST_CASE("a fetch of which nothing is heard is given up, and its late answer changes nothing", "[wechat][token]") {
  TokenWorld world(11, 1);
  world[0].hold_fetches = true;
  CHECK(have(world, 0) == "nothing");
  world.clock.run_for(10s);
  world[0].hold_fetches = false;
  CHECK(have(world, 0) == "token-2");
  REQUIRE(world[0].held.size() == 1);
  world[0].held.front()();
  world.clock.run_for(1s);
  CHECK(world[0].life.token().value == "token-2");
  CHECK(world.stored().value == "token-2");
}

TEST_CASE("a slow process does not put its token over a newer one", "[wechat][token]") {
  TokenWorld world(12, 2);
  world[0].hold_fetches = true;
  have(world, 0, 1s);
  REQUIRE(world[0].held.size() == 1);
  // Its claim runs out.
  world.clock.run_for(9500ms);
  REQUIRE(have(world, 1, 500ms) == "token-2");
  world[0].held.front()();
  world.clock.run_for(1s);
  CHECK(world.stored().value == "token-2");
  CHECK(world[0].life.token().value == "token-2");
}

TEST_CASE("an older generation in the store does not replace a token that serves", "[wechat][token]") {
  TokenLife life = with_token();
  const TokenStep step = life.reread("first", later(1s)).step;
  REQUIRE(step.act == Do::read);
  life.on_read(step.flight, TokenRecord{"older", life_begin.wall + 7000s, 3}, later(1s), 0);
  CHECK(life.token().value == "first");
  // But it does one that has ended.
  TokenStep next = life.ask(later(7200s)).step;
  next = life.on_read(next.flight, TokenRecord{"older", life_begin.wall + 9000s, 3}, later(7200s), 0);
  CHECK(life.token().value == "older");
}

TEST_CASE("a store that fails costs nothing while there is a token, and few fetches when there is none",
          "[wechat][token]") {
  TokenWorld world(13, 1);
  REQUIRE(have(world, 0) == "token-1");
  world[0].store_down = true;
  for (int i = 0; i < 7200 + 600; i += 10) {
    REQUIRE(have(world, 0, 10s) != "");
  }
  CHECK(world.api.fetches == 2);
  world[0].store_down = false;
  world.clock.run_for(7200s);
  CHECK(have(world, 0) != "");
  CHECK(world.stored().value == world[0].life.token().value);
}

TEST_CASE("a token that is refused as soon as it was had is not replaced at once", "[wechat][token]") {
  TokenWorld world(14, 1);
  REQUIRE(have(world, 0) == "token-1");
  CHECK(recover(world, 0, "token-1") == "");
  CHECK(world.api.fetches == 1);
  world.clock.run_for(6s);
  CHECK(have(world, 0) == "token-2");
}

TEST_CASE("who finds the key claimed looks again, and gives up after a while", "[wechat][token]") {
  TokenWorld world(15, 1);
  const TokenClaim claim{"key", "somebody", world.clock.now().wall, world.clock.now().wall + 1h};
  world.store.claim(claim, [](std::error_code, bool) {});
  CHECK(have(world, 0, 2s) == "nothing");
  CHECK(have(world, 0, 2s) == "");
  CHECK(world.api.fetches == 0);
  // Somebody stores one at last.
  world.rotate(true);
  world.clock.run_for(1s);
  CHECK(have(world, 0, 2s) == "token-1");
}

TEST_CASE("an answer without a token, or one of no life, is a failed fetch", "[wechat][token]") {
  auto [value, life_time] = GENERATE(table<std::string, std::chrono::seconds>({
      {"", 7200s},
      {"token", 0s},
      {"token", -5s},
  }));
  TokenLife life;
  TokenStep step = life.ask(life_begin).step;
  step = life.on_read(step.flight, TokenRecord{}, life_begin, 0);
  step = life.on_claimed(step.flight, true, life_begin, 0);
  step = life.on_read(step.flight, TokenRecord{}, life_begin, 0);
  REQUIRE(step.act == Do::fetch);
  step = life.on_fetched(step.flight, value, life_time, life_begin, 0);
  CHECK(step.act == Do::nothing);
  CHECK(step.wake);
  CHECK(step.release);
  CHECK(life.ask(life_begin).get == Get::fail);
}

TEST_CASE("no token is believed to live longer than a day", "[wechat][token]") {
  TokenLife life;
  TokenStep step = life.ask(life_begin).step;
  step = life.on_read(step.flight, TokenRecord{}, life_begin, 0);
  step = life.on_claimed(step.flight, true, life_begin, 0);
  step = life.on_read(step.flight, TokenRecord{}, life_begin, 0);
  step = life.on_fetched(step.flight, "token", std::chrono::seconds::max(), life_begin, 0);
  REQUIRE(step.act == Do::write);
  CHECK(step.record.expires_at == life_begin.wall + 24h);
  life.on_written(step.flight, true, life_begin, 0);
  CHECK(life.ask(later(24h - 1ms)).get == Get::use);
  CHECK(life.ask(later(24h)).get == Get::wait);
}

TEST_CASE("a wall clock that jumps back revives no token", "[wechat][token]") {
  TokenLife life = with_token();
  Moment now = later(7200s);
  now.wall = life_begin.wall;
  CHECK(life.ask(now).get == Get::wait);
}

TEST_CASE("events that nothing waits for change nothing", "[wechat][token]") {
  TokenLife life = with_token();
  for (const std::uint64_t flight : {0U, 1U, 2U}) {
    CHECK(life.on_read(flight, TokenRecord{"other", life_begin.wall + 9000s, 9}, later(1s), 0).act == Do::nothing);
    CHECK(life.on_claimed(flight, true, later(1s), 0).act == Do::nothing);
    CHECK(life.on_fetched(flight, "other", 7200s, later(1s), 0).act == Do::nothing);
    CHECK(life.on_fetch_failed(flight, later(1s), 0).act == Do::nothing);
    CHECK(life.on_written(flight, true, later(1s), 0).act == Do::nothing);
    CHECK(life.on_waited(flight, later(1s)).act == Do::nothing);
  }
  CHECK(life.token().value == "first");
}

TEST_CASE("a token is kept by corp and application, not by corp", "[wechat][token]") {
  CHECK(token_key(Platform::official_account, "wx1") == "official_account:wx1");
  CHECK(token_key(Platform::wecom, "ww1", "1000002") == "wecom:ww1:1000002");
  CHECK(token_key(Platform::wecom, "ww1", "1000002") != token_key(Platform::wecom, "ww1", "1000003"));
  CHECK(token_key(Platform::mini_program, "wx1") != token_key(Platform::official_account, "wx1"));
  CHECK(std::string(to_string(Do::claim)) == "claim");
}
