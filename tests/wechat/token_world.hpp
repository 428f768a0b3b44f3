// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_WECHAT_TOKEN_WORLD_HPP
#define TIDINGS_TESTS_WECHAT_TOKEN_WORLD_HPP

#include <tidings/delivery/random.hpp>
#include <tidings/store/memory_token_store.hpp>
#include <tidings/wechat/token_life.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace token_world {

using namespace tidings;
using namespace tidings::wechat;
using namespace std::chrono_literals;

/// A clock of its own, and what is to happen when.
class Clock {
 public:
  explicit Clock(std::uint64_t seed) : random_(seed) {}

  Moment now() const { return {steady_time(now_ + 1000h), wall_time{1'700'000'000'000} + now_}; }
  double jitter() { return random_.uniform(); }
  std::size_t pick(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  bool chance(double share) { return random_.uniform() < share; }
  void in(std::chrono::milliseconds wait, std::function<void()> what) { queue_.emplace(now_ + wait, std::move(what)); }
  void at(steady_time when, std::function<void()> what) {
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(when - now().steady);
    in(std::max(wait, 0ms), std::move(what));
  }

  /// Until so much time has passed.
  void run_for(std::chrono::milliseconds span) {
    const std::chrono::milliseconds end = now_ + span;
    while (!queue_.empty() && queue_.begin()->first <= end) {
      now_ = std::max(now_, queue_.begin()->first);
      const std::function<void()> what = std::move(queue_.begin()->second);
      queue_.erase(queue_.begin());
      what();
    }
    now_ = end;
  }

 private:
  delivery::Random random_;
  std::chrono::milliseconds now_{0};
  std::multimap<std::chrono::milliseconds, std::function<void()>> queue_{};
};

/// The vendor's side: each fetch makes a token, or gives the same while it lives.
struct Api {
  bool stable = false;
  std::chrono::seconds life{7200};
  bool down = false;
  std::chrono::milliseconds latency{30};
  int fetches = 0;
  int minted = 0;
  std::string live{};
  std::optional<wall_time> ends{};

  std::string mint(wall_time now) {
    live = "token-" + std::to_string(++minted);
    ends = now + life;
    return live;
  }
  bool has_same(wall_time now) const { return stable && ends && now + 300s < *ends; }
};

/// One process: a token life, and what runs its steps. The store answers late, and fails where it is told to.
class Process {
 public:
  Process(Clock& clock, Api& api, MemoryTokenStore& store, std::string name, TokenLife::Options options = {})
      : life(options), clock_(&clock), api_(&api), store_(&store), name_(std::move(name)) {}

  /// Asks until there is a token or none can be had; then tells.
  void get(std::function<void(std::string)> done) { take(life.ask(clock_->now()), std::move(done)); }
  /// After a stale answer, as the decisions go: look first, refresh only if the same is stored.
  void recover(const std::string& value, std::function<void(std::string)> done) {
    take(life.reread(value, clock_->now()), [this, value, done = std::move(done)](const std::string& token) {
      if (token != value) return done(token);
      take(life.refresh(value, clock_->now()), done);
    });
  }

  TokenLife life;
  bool store_down = false;
  /// Ends of fetches are held back, to be let go by hand.
  bool hold_fetches = false;
  std::vector<std::function<void()>> held{};
  std::vector<TokenStep::Do> steps{};

 private:
  void take(TokenAnswer answer, std::function<void(std::string)> done) {
    if (answer.get == TokenAnswer::Get::use) done(life.token().value);
    if (answer.get == TokenAnswer::Get::fail) done("");
    if (answer.get == TokenAnswer::Get::wait) {
      waiting_.push_back([this, done = std::move(done)] { get(done); });
    }
    run(std::move(answer.step));
  }

  void run(TokenStep step) {
    if (step.release) store_->release("key", name_, [](std::error_code) {});
    if (step.wake) {
      for (const auto& each : std::exchange(waiting_, {})) each();
    }
    if (step.act != TokenStep::Do::nothing) steps.push_back(step.act);
    switch (step.act) {
      case TokenStep::Do::nothing: return;
      case TokenStep::Do::read: return read(step.flight);
      case TokenStep::Do::claim: return claim(step);
      case TokenStep::Do::fetch: return fetch(step.flight);
      case TokenStep::Do::write: return write(step);
      case TokenStep::Do::wait:
        return clock_->at(step.at, [this, flight = step.flight] { run(life.on_waited(flight, clock_->now())); });
    }
  }

  std::chrono::milliseconds late() { return std::chrono::milliseconds(1 + clock_->pick(5)); }

  void read(std::uint64_t flight) {
    clock_->in(late(), [this, flight] {
      std::optional<TokenRecord> record;
      if (!store_down) store_->read("key", [&](std::error_code, TokenRecord each) { record = std::move(each); });
      clock_->in(late(),
                 [this, flight, record] { run(life.on_read(flight, record, clock_->now(), clock_->jitter())); });
    });
  }
  void claim(const TokenStep& step) {
    clock_->in(late(), [this, step] {
      std::optional<bool> claimed;
      const TokenClaim claim{"key", name_, clock_->now().wall, step.until};
      if (!store_down) store_->claim(claim, [&](std::error_code, bool each) { claimed = each; });
      run(life.on_claimed(step.flight, claimed, clock_->now(), clock_->jitter()));
    });
  }
  void write(const TokenStep& step) {
    clock_->in(late(), [this, step] {
      std::optional<bool> written;
      if (!store_down) {
        store_->write("key", step.expected, step.record, [&](std::error_code, bool each) { written = each; });
      }
      run(life.on_written(step.flight, written, clock_->now(), clock_->jitter()));
    });
  }
  void fetch(std::uint64_t flight) {
    ++api_->fetches;
    clock_->in(api_->latency, [this, flight] {
      if (api_->down) {
        run(life.on_fetch_failed(flight, clock_->now(), clock_->jitter()));
        return;
      }
      const wall_time now = clock_->now().wall;
      const std::string value = api_->has_same(now) ? api_->live : api_->mint(now);
      const std::chrono::seconds left((api_->ends->ms - now.ms) / 1000);
      const auto tell = [this, flight, value, left] {
        run(life.on_fetched(flight, value, left, clock_->now(), clock_->jitter()));
      };
      if (hold_fetches) {
        held.push_back(tell);
      } else {
        tell();
      }
    });
  }

  Clock* clock_;
  Api* api_;
  MemoryTokenStore* store_;
  std::string name_;
  std::vector<std::function<void()>> waiting_{};
};

/// Several processes with one store.
struct World {
  explicit World(std::uint64_t seed, std::size_t processes, TokenLife::Options options = {}) : clock(seed) {
    for (std::size_t i = 0; i < processes; ++i) {
      all.push_back(std::make_unique<Process>(clock, api, store, "process-" + std::to_string(i), options));
    }
  }
  Process& operator[](std::size_t i) { return *all[i]; }
  TokenRecord stored() {
    TokenRecord record;
    store.read("key", [&](std::error_code, TokenRecord each) { record = std::move(each); });
    return record;
  }
  /// Somebody whom we do not know makes a token, and stores it or not.
  void rotate(bool store_it) {
    const TokenRecord before = stored();
    const std::string value = api.mint(clock.now().wall);
    if (!store_it) return;
    store.write("key", before.generation, {value, *api.ends, before.generation + 1}, [](std::error_code, bool) {});
  }

  Clock clock;
  Api api{};
  MemoryTokenStore store{};
  std::vector<std::unique_ptr<Process>> all{};
};

/// Cold starts of three processes with many who ask: one fetch each time. What was wrong, or nothing.
inline std::string cold_starts(std::uint64_t worlds) {
  for (std::uint64_t seed = 0; seed < worlds; ++seed) {
    World world(seed, 3);
    int served = 0;
    for (int i = 0; i < 100; ++i) {
      world.clock.in(std::chrono::milliseconds(world.clock.pick(40)), [&world, &served] {
        world[world.clock.pick(3)].get([&served](const std::string& token) { served += token.empty() ? 0 : 1; });
      });
    }
    world.clock.run_for(5s);
    if (world.api.fetches != 1) return std::to_string(world.api.fetches) + " fetches, seed " + std::to_string(seed);
    if (served != 100) return std::to_string(served) + " served, seed " + std::to_string(seed);
  }
  return {};
}

/// Three processes send for three hours, while others rotate the token now and then. What was wrong, or nothing.
inline std::string long_runs(std::uint64_t worlds) {
  for (std::uint64_t seed = 0; seed < worlds; ++seed) {
    World world(seed, 3);
    int lost = 0;
    int rotations = 0;
    for (int second = 0; second < 3 * 3600; second += 20) {
      world.clock.run_for(20s);
      if (world.clock.chance(0.005)) {
        world.rotate(world.clock.chance(0.5));
        ++rotations;
      }
      Process& process = world[world.clock.pick(3)];
      for (int i = 0; i < 5; ++i) {
        process.get([&world, &process, &lost](const std::string& token) {
          if (token.empty()) ++lost;
          if (token.empty() || token == world.api.live) return;
          process.recover(token, [&](const std::string& next) { lost += next == world.api.live ? 0 : 1; });
        });
      }
    }
    world.clock.run_for(20s);
    // One for the start, one for each end of a token, one for each rotation at most.
    const int most = 3 + rotations;
    if (world.api.fetches > most) return std::to_string(world.api.fetches) + " fetches, seed " + std::to_string(seed);
    if (lost != 0) return std::to_string(lost) + " lost, seed " + std::to_string(seed);
  }
  return {};
}

/// Late words about a token that was replaced long ago, and a store that shows an older one. What was wrong, or nothing.
inline std::string late_words() {
  World world(1, 1);
  TokenLife& life = world[0].life;
  const auto settle = [&world] { world.clock.run_for(5s); };
  world[0].get([](const std::string&) {});
  settle();
  const TokenRecord first = world.stored();
  world.rotate(true);
  world[0].recover(first.value, [](const std::string&) {});
  settle();
  if (life.token().value != "token-2") return "a token that was stored is not read";
  const bool used = life.reread(first.value, world.clock.now()).get == TokenAnswer::Get::use &&
                    life.refresh(first.value, world.clock.now()).get == TokenAnswer::Get::use &&
                    life.ask(world.clock.now()).get == TokenAnswer::Get::use;
  if (!used) return "the word about an older token was believed of the present one";
  const TokenStep step = life.reread("token-2", world.clock.now()).step;
  life.on_read(step.flight, first, world.clock.now(), 0);
  if (life.token().value != "token-2") return "an older token was taken for a newer one";
  return world.api.fetches == 1 ? "" : "fetched for nothing";
}

}  // namespace token_world

#endif  // TIDINGS_TESTS_WECHAT_TOKEN_WORLD_HPP
