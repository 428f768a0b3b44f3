// SPDX-License-Identifier: BSL-1.0

#include <tidings/hub/seats.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace tidings;
using tidings::hub::Seats;
using SeatPtr = std::unique_ptr<delivery::Seat>;

namespace {

// The seat, or why there is none; `counted` as streams and waiting polls are.
std::pair<SeatPtr, std::error_code> take(const std::shared_ptr<Seats>& seats, const std::string& user,
                                         std::size_t limit = 3, std::size_t loop = 0, bool counted = true) {
  SeatPtr seat;
  const std::error_code ec = seats->take(user, counted, limit, loop, seat);
  CHECK(static_cast<bool>(seat) == !ec);
  return {std::move(seat), ec};
}

}  // namespace

TEST_CASE("a user has as many seats as allowed, and gets one back for each given up", "[hub][seats]") {
  const auto seats = std::make_shared<Seats>(100, 1);
  std::vector<SeatPtr> taken;
  for (int i = 0; i < 3; ++i) taken.push_back(take(seats, "alice").first);
  CHECK(take(seats, "alice").second == errc::too_many_sessions);
  CHECK_FALSE(take(seats, "bob").second);
  CHECK(seats->total() == 3);
  taken.pop_back();
  CHECK(seats->total() == 2);
  CHECK_FALSE(take(seats, "alice").second);
  // A refusal leaves no trace.
  CHECK(seats->total() == 2);
  CHECK(seats->load(0) == 2);
}

TEST_CASE("the limit is asked at each taking", "[hub][seats]") {
  const auto seats = std::make_shared<Seats>(100, 1);
  const auto first = take(seats, "alice", 1);
  CHECK(take(seats, "alice", 1).second == errc::too_many_sessions);
  CHECK_FALSE(take(seats, "alice", 2).second);
  CHECK(take(seats, "bob", 0).second == errc::too_many_sessions);
}

TEST_CASE("the hub's limit holds for everyone, also for the anonymous", "[hub][seats]") {
  const auto seats = std::make_shared<Seats>(4, 1);
  std::vector<SeatPtr> taken;
  for (int i = 0; i < 4; ++i) taken.push_back(take(seats, "", 1).first);
  CHECK(take(seats, "", 1).second == errc::overloaded);
  CHECK(take(seats, "alice").second == errc::overloaded);
  taken.clear();
  CHECK(seats->total() == 0);
  CHECK_FALSE(take(seats, "alice").second);
}

TEST_CASE("a short poll counts for the load alone", "[hub][seats]") {
  const auto seats = std::make_shared<Seats>(1, 2);
  const auto stream = take(seats, "alice", 1, 0);
  const auto poll = take(seats, "alice", 1, 1, false);
  CHECK_FALSE(poll.second);
  CHECK(seats->total() == 1);
  CHECK(seats->load(1) == 1);
}

TEST_CASE("the loop with the fewest sessions is the least loaded one", "[hub][seats]") {
  const auto seats = std::make_shared<Seats>(100, 3);
  std::vector<SeatPtr> taken;
  CHECK(seats->least_loaded() == 0);
  taken.push_back(take(seats, "a", 3, 0).first);
  CHECK(seats->least_loaded() == 1);
  taken.push_back(take(seats, "a", 3, 1).first);
  taken.push_back(take(seats, "b", 3, 2).first);
  taken.push_back(take(seats, "b", 3, 2).first);
  CHECK(seats->least_loaded() == 0);
  taken.erase(taken.begin() + 1);
  CHECK(seats->load(1) == 0);
  CHECK(seats->least_loaded() == 1);
}

TEST_CASE("a seat may outlive its hub", "[hub][seats]") {
  auto seats = std::make_shared<Seats>(100, 1);
  auto seat = take(seats, "alice");
  seats.reset();
  seat.first.reset();
}

TEST_CASE("threads never take more seats than there are", "[hub][seats]") {
  const auto seats = std::make_shared<Seats>(50, 2);
  std::vector<std::vector<SeatPtr>> taken(4);
  std::vector<std::thread> threads;
  for (auto& list : taken) {
    threads.emplace_back([&seats, &list] {
      for (int i = 0; i < 1000; ++i) {
        SeatPtr seat;
        if (!seats->take("user" + std::to_string(i % 10), true, 8, static_cast<std::size_t>(i % 2), seat)) {
          list.push_back(std::move(seat));
        }
        if (i % 3 == 0) list.clear();
      }
    });
  }
  for (std::thread& each : threads) each.join();
  std::size_t held = 0;
  for (const auto& list : taken) held += list.size();
  CHECK(held <= 50);
  CHECK(seats->total() == held);
  CHECK(seats->load(0) + seats->load(1) == held);
}
