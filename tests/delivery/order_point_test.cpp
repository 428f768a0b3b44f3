// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/order_point.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace tidings::delivery;

namespace {

constexpr std::uint64_t epoch = 7;

// What a loop does with announcements, without a loop: delivers, parks, and reads holes from the store some time later.
class Follower {
 public:
  explicit Follower(std::size_t parking) : parked_(parking) {}

  void hear(std::uint64_t offset) {
    switch (order_.on_message(epoch, offset)) {
      case OrderPoint::Verdict::deliver:
        given_.push_back(offset);
        give_parked();
        break;
      case OrderPoint::Verdict::parked: parked_.park(offset, offset); break;
      case OrderPoint::Verdict::duplicate: ++duplicates_; break;
      case OrderPoint::Verdict::epoch_changed: given_.push_back(0); break;
    }
  }

  // The store gives everything from the order point on, up to `through`.
  void read_hole(std::uint64_t through) {
    while (order_.next_offset() <= through) {
      given_.push_back(order_.next_offset());
      order_.advance_through(order_.next_offset());
    }
    give_parked();
  }

  bool waits() const { return !parked_.empty(); }
  std::size_t parked() const { return parked_.size(); }
  const std::vector<std::uint64_t>& given() const { return given_; }
  std::uint64_t next() const { return order_.next_offset(); }

 private:
  void give_parked() {
    while (const std::optional<std::uint64_t> ready = parked_.pop_ready(order_)) given_.push_back(*ready);
  }

  OrderPoint order_{epoch, 1};
  ParkingLot<std::uint64_t> parked_;
  std::vector<std::uint64_t> given_;
  int duplicates_ = 0;
};

std::vector<std::uint64_t> first_offsets(std::uint64_t count) {
  std::vector<std::uint64_t> offsets(count);
  std::iota(offsets.begin(), offsets.end(), 1);
  return offsets;
}

// Announcements of 1 .. count: some lost, some doubled, shuffled within a window.
std::vector<std::uint64_t> unkind(std::mt19937& random, std::uint64_t count, std::size_t window) {
  std::vector<std::uint64_t> heard;
  for (const std::uint64_t offset : first_offsets(count)) {
    const unsigned times = random() % 10 == 0 ? 0 : random() % 8 == 0 ? 2 : 1;
    heard.insert(heard.end(), times, offset);
  }
  for (std::size_t at = 0; at + 1 < heard.size(); ++at) {
    std::swap(heard[at], heard[std::min(heard.size() - 1, at + random() % window)]);
  }
  return heard;
}

}  // namespace

TEST_CASE("the order point delivers the next offset, knows what it gave, and parks the rest", "[delivery][order]") {
  OrderPoint order(epoch, 5);
  CHECK(order.on_message(epoch, 4) == OrderPoint::Verdict::duplicate);
  CHECK(order.on_message(epoch, 6) == OrderPoint::Verdict::parked);
  CHECK(order.next_offset() == 5);
  CHECK(order.on_message(epoch, 5) == OrderPoint::Verdict::deliver);
  CHECK(order.on_message(epoch, 5) == OrderPoint::Verdict::duplicate);
  CHECK(order.on_message(epoch, 6) == OrderPoint::Verdict::deliver);
  CHECK(order.on_message(epoch + 1, 7) == OrderPoint::Verdict::epoch_changed);
  CHECK(order.on_message(0, 7) == OrderPoint::Verdict::epoch_changed);
  CHECK(order.next_offset() == 7);
  CHECK(order.epoch() == epoch);
}

TEST_CASE("the order point moves forward only", "[delivery][order]") {
  OrderPoint order(epoch, 5);
  order.advance_through(3);
  CHECK(order.next_offset() == 5);
  order.advance_through(4);
  CHECK(order.next_offset() == 5);
  order.advance_through(9);
  CHECK(order.next_offset() == 10);
  CHECK(order.on_message(epoch, 9) == OrderPoint::Verdict::duplicate);
}

TEST_CASE("the parking lot gives way with what is needed last", "[delivery][order]") {
  ParkingLot<std::string> lot(2);
  lot.park(5, "five");
  lot.park(3, "three");
  lot.park(4, "four");
  lot.park(9, "nine");
  CHECK(lot.size() == 2);
  OrderPoint order(epoch, 3);
  CHECK(lot.pop_ready(order) == "three");
  CHECK(lot.pop_ready(order) == "four");
  CHECK(lot.pop_ready(order) == std::nullopt);
  CHECK(order.next_offset() == 5);
}

TEST_CASE("the parking lot keeps the first of two, and forgets what was given otherwise", "[delivery][order]") {
  ParkingLot<std::string> lot(10);
  lot.park(4, "first");
  lot.park(4, "second");
  lot.park(2, "old");
  OrderPoint order(epoch, 4);
  CHECK(lot.pop_ready(order) == "first");
  CHECK(lot.empty());
  lot.park(9, "nine");
  lot.forget_through(8);
  CHECK(lot.size() == 1);
  lot.forget_through(9);
  CHECK(lot.empty());
  lot.park(10, "ten");
  lot.clear();
  CHECK(lot.empty());
}

TEST_CASE("a lot without room sends everyone to the store", "[delivery][order]") {
  Follower follower(0);
  for (const std::uint64_t offset : {2, 3, 1}) follower.hear(offset);
  CHECK(follower.given() == first_offsets(1));
  follower.read_hole(3);
  CHECK(follower.given() == first_offsets(3));
}

TEST_CASE("every permutation of a few announcements is given in order", "[delivery][order]") {
  std::vector<std::uint64_t> heard = first_offsets(6);
  do {
    Follower follower(6);
    for (const std::uint64_t offset : heard) follower.hear(offset);
    REQUIRE(follower.given() == first_offsets(6));
    REQUIRE_FALSE(follower.waits());
  } while (std::next_permutation(heard.begin(), heard.end()));
}

TEST_CASE("lost, doubled and reordered announcements are given once and in order", "[delivery][order][property]") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  const std::size_t parking = GENERATE(0U, 1U, 3U, 1000U);
  CAPTURE(seed, parking);
  std::mt19937 random(seed);
  constexpr std::uint64_t count = 500;
  Follower follower(parking);
  for (const std::uint64_t offset : unkind(random, count, 1 + random() % 40)) {
    follower.hear(offset);
    REQUIRE(follower.parked() <= parking);
    // The store holds at least what was announced; a hole is read some time after it was noticed.
    if (follower.waits() && random() % 5 == 0) follower.read_hole(std::max(offset, follower.next()));
    REQUIRE(follower.given() == first_offsets(follower.given().size()));
  }
  follower.read_hole(count);
  CHECK(follower.given() == first_offsets(count));
  CHECK_FALSE(follower.waits());
}
