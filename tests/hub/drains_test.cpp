// SPDX-License-Identifier: BSL-1.0

#include <tidings/hub/drains.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <optional>
#include <string>

using namespace tidings;
using Drains = tidings::hub::BasicDrains<void>;
using tidings::protocol::Cursor;

namespace {

Cursor cursor_of(std::uint64_t offset) {
  Cursor cursor;
  cursor.set(1, {77, offset});
  return cursor;
}

// The offset of a device's last drain; 0 = unknown.
std::uint64_t offset_of(const Drains& drains, const std::string& user, const std::string& device) {
  const std::optional<Cursor> cursor = drains.find(user, device).cursor;
  return cursor ? cursor->find(1)->offset : 0;
}

}  // namespace

TEST_CASE("each device of each user has its own last drain", "[hub][drains]") {
  Drains drains(10, 10);
  CHECK(drains.find("alice", "phone").cursor == std::nullopt);
  CHECK_FALSE(drains.find("alice", "phone").lost);
  drains.set("alice", "phone", cursor_of(1));
  drains.set("alice", "tablet", cursor_of(2));
  drains.set("bob", "phone", cursor_of(3));
  drains.set("alice", "phone", cursor_of(4));
  CHECK(offset_of(drains, "alice", "phone") == 4);
  CHECK(offset_of(drains, "alice", "tablet") == 2);
  CHECK(offset_of(drains, "bob", "phone") == 3);
  CHECK(offset_of(drains, "bob", "tablet") == 0);
  CHECK(offset_of(drains, "", "phone") == 0);
  CHECK(offset_of(drains, "alicephone", "") == 0);
}

TEST_CASE("an empty cursor is a drain too", "[hub][drains]") {
  Drains drains(10, 10);
  drains.set("alice", "phone", Cursor());
  CHECK(drains.find("alice", "phone").cursor == Cursor());
}

TEST_CASE("the device not heard of for longest goes first", "[hub][drains]") {
  Drains drains(3, 3);
  for (std::uint64_t i = 1; i <= 3; ++i) drains.set("alice", std::to_string(i), cursor_of(i));
  drains.set("alice", "1", cursor_of(10));
  drains.set("alice", "4", cursor_of(4));
  CHECK(offset_of(drains, "alice", "1") == 10);
  CHECK(offset_of(drains, "alice", "2") == 0);
  CHECK(offset_of(drains, "alice", "3") == 3);
  CHECK(offset_of(drains, "alice", "4") == 4);
}

TEST_CASE("drains stay within their number", "[hub][drains]") {
  Drains drains(1, 1);
  for (std::uint64_t i = 1; i <= 1000; ++i) drains.set("user", std::to_string(i), cursor_of(i));
  CHECK(offset_of(drains, "user", "1000") == 1000);
  for (std::uint64_t i = 1; i < 1000; ++i) REQUIRE(offset_of(drains, "user", std::to_string(i)) == 0);
}

TEST_CASE("a device that may have been forgotten is said to be lost", "[hub][drains]") {
  Drains drains(4, 2);
  drains.set("bob", "phone", cursor_of(1));
  for (std::uint64_t i = 1; i <= 3; ++i) drains.set("alice", std::to_string(i), cursor_of(i));
  CHECK(drains.find("alice", "1").lost);
  CHECK(drains.find("alice", "new").lost);
  CHECK_FALSE(drains.find("alice", "2").lost);
  CHECK_FALSE(drains.find("bob", "new").lost);
  CHECK_FALSE(drains.find("carol", "new").lost);
  // Once there was no room at all, anybody may have been here.
  drains.set("carol", "1", cursor_of(1));
  drains.set("dave", "1", cursor_of(1));
  CHECK(drains.find("erin", "new").lost);
}

TEST_CASE("a user with room for one device has it said of the others too", "[hub][drains]") {
  Drains drains(10, 1);
  drains.set("alice", "phone", cursor_of(1));
  CHECK_FALSE(drains.find("alice", "tablet").lost);
  drains.set("alice", "tablet", cursor_of(2));
  CHECK(drains.find("alice", "phone").lost);
}
