// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/byte_budget.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using namespace tidings::delivery;

TEST_CASE("a budget gives what it has and no more", "[delivery][budget]") {
  ByteBudget budget(100);
  CHECK(budget.take(60));
  CHECK_FALSE(budget.take(41));
  CHECK_FALSE(budget.take(std::numeric_limits<std::size_t>::max()));
  CHECK(budget.used() == 60);
  CHECK(budget.take(40));
  budget.give_back(100);
  CHECK(budget.used() == 0);
}

TEST_CASE("a share grows and shrinks, and is given back at its end", "[delivery][budget]") {
  const auto budget = std::make_shared<ByteBudget>(100);
  std::optional<BudgetShare> share(budget);
  CHECK(share->set(80));
  CHECK_FALSE(share->set(101));
  CHECK(share->bytes() == 80);
  CHECK(budget->used() == 80);
  CHECK(share->set(30));
  CHECK(budget->used() == 30);
  std::optional<BudgetShare> heir(std::move(*share));
  share.reset();
  CHECK(budget->used() == 30);
  heir.reset();
  CHECK(budget->used() == 0);
}

TEST_CASE("a budget is never less than what a single one is allowed", "[delivery][budget]") {
  const auto budget = std::make_shared<ByteBudget>(100);
  BudgetShare large(budget, 300);
  BudgetShare small(budget, 50);
  CHECK(large.set(300));
  CHECK_FALSE(small.set(1));
  CHECK(large.set(0));
  CHECK(small.set(300));
}

TEST_CASE("without a budget there is room for anything", "[delivery][budget]") {
  BudgetShare share;
  CHECK(share.set(std::numeric_limits<std::size_t>::max()));
}

TEST_CASE("threads that share a budget never have more than it, and leave nothing behind", "[delivery][budget]") {
  const auto budget = std::make_shared<ByteBudget>(100);
  std::atomic<std::size_t> most{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      BudgetShare share(budget);
      for (std::size_t round = 0; round < 10'000; ++round) {
        share.set(round * 7 % 90);
        if (budget->used() > most) most = budget->used();
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(most <= 100);
  CHECK(budget->used() == 0);
}
