// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/shard.hpp>
#include <tidings/delivery/sse_carrier.hpp>

#include "support/counted_store.hpp"
#include "support/sim_wire.hpp"
#include "support/sim_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

using namespace tidings;
using namespace tidings::delivery;
using namespace std::chrono_literals;

namespace {

/// A shard on a simulated loop.
struct ShardScene {
  template <class Store>
  std::shared_ptr<Shard> make(const Store& store) {
    return std::make_shared<Shard>(*loop, 0U, AnyStore(store), interest, ShardOptions{}, counters,
                                   [](const SessionInfo&, std::error_code) {});
  }

  support::SimWorld world{1};
  std::shared_ptr<support::SimLoop> loop = world.make_loop();
  Interest interest;
  Counters counters;
};

}  // namespace

TEST_CASE("rooms are compared with a store that may lose announcements a share at each tick", "[delivery][shard]") {
  constexpr std::size_t count = 20'000;
  ShardScene scene;
  const support::CountedStore<true> store;
  const std::shared_ptr<Shard> shard = scene.make(store);
  support::StoreReads& reads = *store.reads;
  steady_time now = scene.world.now();
  scene.world.on(*scene.loop, [&] {
    for (std::size_t i = 0; i < count; ++i) shard->room("t" + std::to_string(i));
    CHECK(reads.states == count);
    std::size_t most = 0;
    const std::size_t ticks = defaults::position_check / Shard::tick_length;
    for (std::size_t tick = 0; tick <= ticks; ++tick) {
      const std::size_t before = reads.states;
      shard->tick(now += Shard::tick_length);
      most = std::max(most, reads.states - before);
    }
    // A round takes half of the time.
    CHECK(most <= 2 * count / ticks + 1);
    CHECK(reads.states >= 2 * count);
  });
}

TEST_CASE("rooms without sessions are let go a share at each tick", "[delivery][shard]") {
  constexpr std::size_t count = 20'000;
  ShardScene scene;
  const std::shared_ptr<Shard> shard = scene.make(support::CountedStore<false>());
  steady_time now = scene.world.now();
  const auto rooms = [&] {
    std::size_t left = 0;
    for (std::size_t i = 0; i < count; ++i) left += scene.interest.of("t" + std::to_string(i)) != 0 ? 1 : 0;
    return left;
  };
  scene.world.on(*scene.loop, [&] {
    for (std::size_t i = 0; i < count; ++i) shard->room("t" + std::to_string(i));
    const auto ticks = [](auto span) { return static_cast<std::size_t>(span / Shard::tick_length); };
    for (std::size_t i = 0; i < ticks(defaults::room_linger); ++i) shard->tick(now += Shard::tick_length);
    std::size_t left = rooms();
    CHECK(left == count);
    std::size_t most = 0;
    for (std::size_t i = 0; i < ticks(defaults::position_check); ++i) {
      shard->tick(now += Shard::tick_length);
      const std::size_t before = std::exchange(left, rooms());
      most = std::max(most, before - left);
    }
    CHECK(left == 0);
    CHECK(most <= 2 * count / ticks(defaults::position_check) + 1);
  });
}

TEST_CASE("a stream that is blocked by every write has one topic read at a time", "[delivery][session]") {
  constexpr std::size_t topics = 10;
  constexpr std::size_t messages = 5;
  ShardScene scene;
  support::CountedStore<false> store(&scene.world);
  const std::shared_ptr<Shard> shard = scene.make(store);
  SessionStart start;
  for (std::size_t i = 0; i < topics * messages; ++i) {
    const std::string topic = "t" + std::to_string(i % topics);
    Message message;
    message.topic = topic;
    message.data = "m" + std::to_string(i) + ".";
    store.append({MessageId{1, i}, message}, [](std::error_code, const Appended&) {});
    if (i >= topics) continue;
    start.topics.emplace_back();
    start.topics.back().topic = topic;
    start.topics.back().from = TopicStart::From::start;
  }
  const auto pipe = std::make_shared<support::SimPipe>();
  pipe->loop = scene.loop;
  pipe->capacity = 0;
  scene.world.on(*scene.loop, [&] {
    shard->open(std::move(start), std::make_unique<SseCarrier<support::SimWire>>(support::SimWire(pipe), SseTerms{}));
  });
  std::string received;
  for (std::size_t i = 0; i < 4 * topics * messages; ++i) {
    scene.world.run_for(5ms);
    received += support::SimPipe::take(pipe, std::string::npos);
  }
  for (std::size_t i = 0; i < topics * messages; ++i) {
    CAPTURE(i);
    CHECK(received.find("data: m" + std::to_string(i) + ".\n") != std::string::npos);
  }
  // Nothing is known of the stream at first: all topics are read. Then each message takes a page.
  CHECK(store.reads->pages <= topics + topics * messages);
}
