// SPDX-License-Identifier: BSL-1.0

#include <tidings/hub/device_table.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <vector>

using tidings::hub::DeviceTable;
using Table = DeviceTable<int>;

namespace {

void put(Table& table, const std::string& user, const std::string& client, int value) {
  table.touch(user, client, [] { return 0; }) = value;
}

int get(const Table& table, const std::string& user, const std::string& client) {
  const int* const value = table.find(user, client);
  return value == nullptr ? -1 : *value;
}

std::vector<int> values(const Table& table) {
  std::vector<int> all;
  for (const auto& each : table) all.push_back(each.value);
  return all;
}

}  // namespace

TEST_CASE("a client is a user's, and only that user's", "[hub][devices]") {
  Table table(10, 10);
  put(table, "alice", "phone", 1);
  put(table, "bob", "phone", 2);
  put(table, "", "phone", 3);
  CHECK(get(table, "alice", "phone") == 1);
  CHECK(get(table, "bob", "phone") == 2);
  CHECK(get(table, "", "phone") == 3);
  CHECK(get(table, "alice", "tablet") == -1);
  CHECK(get(table, "alicephone", "") == -1);
  table.erase(table.begin());
  CHECK(get(table, "alice", "phone") == -1);
  CHECK(values(table) == std::vector{2, 3});
}

TEST_CASE("who makes up names pushes out only clients of that user", "[hub][devices]") {
  Table table(100, 5);
  put(table, "alice", "phone", 1);
  for (int i = 0; i < 1000; ++i) put(table, "mallory", std::to_string(i), i);
  CHECK(get(table, "alice", "phone") == 1);
  CHECK(table.size() == 6);
  CHECK(get(table, "mallory", "999") == 999);
  CHECK(get(table, "mallory", "995") == 995);
  CHECK(get(table, "mallory", "994") == -1);
}

TEST_CASE("the one not touched for longest goes first, of the user and of all", "[hub][devices]") {
  Table table(4, 3);
  for (int i = 1; i <= 3; ++i) put(table, "alice", std::to_string(i), i);
  put(table, "alice", "1", 10);
  put(table, "alice", "4", 4);
  CHECK(values(table) == std::vector{3, 10, 4});
  put(table, "bob", "1", 5);
  put(table, "carol", "1", 6);
  CHECK(values(table) == std::vector{10, 4, 5, 6});
}

TEST_CASE("anonymous clients have no share, only the whole", "[hub][devices]") {
  Table table(10, 3);
  for (int i = 0; i < 20; ++i) put(table, "", std::to_string(i), i);
  CHECK(table.size() == 10);
  CHECK(get(table, "", "10") == 10);
}

TEST_CASE("a table of any size stays within it", "[hub][devices]") {
  const std::size_t most = GENERATE(1U, 2U, 7U, 100U);
  const std::size_t share = GENERATE(1U, 3U, 200U);
  std::mt19937 random(7);
  Table table(most, share);
  for (int i = 0; i < 3000; ++i) {
    const std::string user = std::to_string(random() % 5);
    put(table, user, std::to_string(random() % 40), i);
    if (random() % 7 == 0) table.erase(table.begin());
    REQUIRE(table.size() <= most);
    std::map<std::string, std::size_t> users;
    for (const auto& each : table) REQUIRE(++users[each.user] <= share);
  }
}

TEST_CASE("anonymous clients push out each other before anybody else", "[hub][devices]") {
  Table table(10, 10);
  for (int i = 0; i < 5; ++i) put(table, "user " + std::to_string(i), "phone", i);
  for (int i = 0; i < 100; ++i) put(table, "", std::to_string(i), i);
  CHECK(table.size() == 10);
  for (int i = 0; i < 5; ++i) CHECK(get(table, "user " + std::to_string(i), "phone") == i);
  CHECK(get(table, "", "99") == 99);
  CHECK(get(table, "", "94") == -1);
}

TEST_CASE("the names given may be those of the client that goes", "[hub][devices]") {
  struct Named {
    std::string user;
    std::string client;
  };
  DeviceTable<Named> table(1, 1);
  table.touch("a user with a long name that is allocated", "a client with a long name that is allocated", [] {
    return Named{"another user with a long name, allocated too", "another client with a long name"};
  });
  const Named& old = (*table.begin()).value;
  table.touch(old.user, old.client, [] { return Named{}; });
  CHECK(table.find("another user with a long name, allocated too", "another client with a long name") != nullptr);
  CHECK(table.size() == 1);
}

TEST_CASE("the clients of one user are visited alone", "[hub][devices]") {
  Table table(10, 10);
  put(table, "alice", "phone", 1);
  put(table, "bob", "phone", 2);
  put(table, "alice", "tablet", 3);
  int sum = 0;
  table.for_each_of("alice", [&](int value) { sum += value; });
  CHECK(sum == 4);
  table.for_each_of("nobody", [&](int) { sum = -1; });
  CHECK(sum == 4);
}
