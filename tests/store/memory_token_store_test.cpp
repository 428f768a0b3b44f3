// SPDX-License-Identifier: BSL-1.0

#include <tidings/store/memory_token_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace tidings;
using wechat::TokenClaim;
using wechat::TokenRecord;

namespace {

TokenRecord read_token(MemoryTokenStore& store, const std::string& key) {
  TokenRecord record{"not called"};
  store.read(key, [&](std::error_code ec, TokenRecord each) {
    CHECK_FALSE(ec);
    record = std::move(each);
  });
  return record;
}
bool claim_token(MemoryTokenStore& store, const std::string& owner, std::int64_t now, std::int64_t until) {
  bool claimed = false;
  store.claim(TokenClaim{"key", owner, {now}, {until}}, [&](std::error_code, bool each) { claimed = each; });
  return claimed;
}
bool write_token(MemoryTokenStore& store, std::uint64_t expected, TokenRecord record) {
  bool written = false;
  store.write("key", expected, std::move(record), [&](std::error_code, bool each) { written = each; });
  return written;
}

}  // namespace

static_assert(wechat::TokenStore<MemoryTokenStore>);

TEST_CASE("a token store holds one record for a key, from generation 0", "[store][token]") {
  MemoryTokenStore store;
  CHECK(read_token(store, "key") == TokenRecord());
  CHECK(write_token(store, 0, {"one", {7}, 1}));
  CHECK(read_token(store, "key") == TokenRecord{"one", {7}, 1});
  CHECK(read_token(store, "other") == TokenRecord());
}

TEST_CASE("only who knows the stored generation writes", "[store][token]") {
  MemoryTokenStore store;
  REQUIRE(write_token(store, 0, {"one", {7}, 1}));
  CHECK_FALSE(write_token(store, 0, {"late", {9}, 1}));
  CHECK(write_token(store, 1, {"two", {8}, 2}));
  CHECK_FALSE(write_token(store, 1, {"late", {9}, 2}));
  CHECK(read_token(store, "key").value == "two");
}

TEST_CASE("a claim is one owner's until it ends or is released", "[store][token]") {
  MemoryTokenStore store;
  CHECK(claim_token(store, "a", 100, 200));
  CHECK_FALSE(claim_token(store, "b", 100, 200));
  CHECK_FALSE(claim_token(store, "b", 199, 300));
  CHECK(claim_token(store, "a", 150, 250));
  CHECK_FALSE(claim_token(store, "b", 200, 300));
  CHECK(claim_token(store, "b", 250, 300));
  CHECK_FALSE(claim_token(store, "a", 260, 300));
  // What is not one's own cannot be released.
  store.release("key", "a", [](std::error_code) {});
  CHECK_FALSE(claim_token(store, "a", 260, 300));
  store.release("key", "b", [](std::error_code) {});
  CHECK(claim_token(store, "a", 260, 300));
}

TEST_CASE("of many threads that write the same generation one succeeds", "[store][token]") {
  MemoryTokenStore store;
  std::atomic<int> written{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&store, &written, i] {
      for (std::uint64_t generation = 0; generation < 200; ++generation) {
        store.write("key", generation, {std::to_string(i), {1}, generation + 1},
                    [&](std::error_code, bool each) { written += each ? 1 : 0; });
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(static_cast<std::uint64_t>(written) == read_token(store, "key").generation);
}
