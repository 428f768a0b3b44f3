// SPDX-License-Identifier: BSL-1.0

#include <tidings/defaults.hpp>
#include <tidings/hub/withdrawals.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace tidings;
using hub::Arrival;
using Withdrawals = hub::BasicWithdrawals<void>;

TEST_CASE("who is on the way learns what is withdrawn from then on", "[hub][withdrawals]") {
  const auto withdrawals = std::make_shared<Withdrawals>();
  const Arrival early = withdrawals->arrive();
  withdrawals->revoke("alice", "stock");
  const Arrival late = withdrawals->arrive();
  CHECK(early->revoked("alice", "stock"));
  CHECK_FALSE(early->revoked("alice", "orders"));
  CHECK_FALSE(early->revoked("bob", "stock"));
  CHECK_FALSE(early->disconnected("alice"));
  CHECK_FALSE(late->revoked("alice", "stock"));
  withdrawals->disconnect("alice");
  CHECK(early->disconnected("alice"));
  CHECK(late->disconnected("alice"));
  CHECK_FALSE(late->disconnected("bob"));
  CHECK_FALSE(late->revoked("alice", "stock"));
}

TEST_CASE("what concerns nobody any more is forgotten", "[hub][withdrawals]") {
  const auto withdrawals = std::make_shared<Withdrawals>();
  withdrawals->revoke("alice", "stock");
  CHECK(withdrawals->size() == 0);
  Arrival first = withdrawals->arrive();
  Arrival beside = withdrawals->arrive();
  withdrawals->revoke("alice", "stock");
  Arrival second = withdrawals->arrive();
  withdrawals->revoke("bob", "stock");
  CHECK(withdrawals->size() == 2);
  first = nullptr;
  CHECK(withdrawals->size() == 2);
  beside = nullptr;
  CHECK(withdrawals->size() == 1);
  CHECK(second->revoked("bob", "stock"));
  second = nullptr;
  CHECK(withdrawals->size() == 0);
}

TEST_CASE("who was on the way while too much was withdrawn is told so, and the memory stays", "[hub][withdrawals]") {
  const auto withdrawals = std::make_shared<Withdrawals>();
  const Arrival early = withdrawals->arrive();
  for (std::size_t i = 0; i < defaults::max_withdrawals; ++i) withdrawals->revoke("user " + std::to_string(i), "stock");
  CHECK_FALSE(early->lost());
  CHECK_FALSE(early->concerns("alice"));
  CHECK(early->concerns("user 0"));
  const Arrival late = withdrawals->arrive();
  for (int i = 0; i < 10; ++i) withdrawals->revoke("bob", "stock");
  CHECK(withdrawals->size() == defaults::max_withdrawals);
  CHECK(early->lost());
  CHECK(early->disconnected("alice"));
  CHECK(early->revoked("alice", "orders"));
  CHECK_FALSE(late->lost());
  CHECK_FALSE(late->concerns("alice"));
  CHECK(late->revoked("bob", "stock"));
}

TEST_CASE("threads that come, go and withdraw leave nothing behind", "[hub][withdrawals]") {
  const auto withdrawals = std::make_shared<Withdrawals>();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        const Arrival arrival = withdrawals->arrive();
        withdrawals->revoke("alice", "stock");
        if (!arrival->revoked("alice", "stock")) std::abort();
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(withdrawals->size() == 0);
}
