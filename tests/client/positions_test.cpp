// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/positions.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

namespace {

protocol::PositionToken place(std::string_view topic, std::uint64_t offset, std::uint64_t epoch = 7) {
  return {protocol::topic_tag(topic), {epoch, offset}};
}
TopicPosition named(std::string topic, std::uint64_t offset, std::uint64_t epoch = 7) {
  const protocol::PositionToken token = place(topic, offset, epoch);
  return {std::move(topic), token};
}
std::uint64_t taken_of(const Positions& positions, std::string_view topic) {
  const auto found = positions.taken().find(protocol::topic_tag(topic));
  return found ? found->offset : 999;
}
void take(Positions& positions, const protocol::PositionToken& token) {
  positions.on_given(token);
  positions.on_taken();
}

}  // namespace

TEST_CASE("what came before is dropped by one comparison", "[client][positions]") {
  Positions positions;
  positions.on_hello({named("orders", 5)});
  CHECK_FALSE(positions.on_message(place("orders", 4)));
  CHECK_FALSE(positions.on_message(place("orders", 5)));
  CHECK(positions.on_message(place("orders", 6)));
  CHECK_FALSE(positions.on_message(place("orders", 6)));
  CHECK(positions.on_message(place("orders", 9)));
  CHECK(positions.on_message(place("news", 1)));
  // An epoch of its own begins anew.
  CHECK(positions.on_message(place("orders", 1, 8)));
  CHECK_FALSE(positions.on_message(place("orders", 1, 8)));
}

TEST_CASE("hello moves nobody who stands somewhere already", "[client][positions]") {
  Positions positions;
  positions.on_hello({named("orders", 5)});
  take(positions, place("orders", 6));
  positions.on_hello({named("orders", 9), named("news", 3)});
  CHECK(taken_of(positions, "orders") == 6);
  CHECK(taken_of(positions, "news") == 3);
  CHECK(positions.topic_of(protocol::topic_tag("news")) == "news");
  CHECK(positions.topic_of(protocol::topic_tag("other")).empty());
}

TEST_CASE("the next connection goes on behind what was taken, not behind what came", "[client][positions]") {
  Positions positions;
  positions.on_hello({named("orders", 0)});
  CHECK(positions.on_message(place("orders", 1)));
  CHECK(positions.on_message(place("orders", 2)));
  positions.on_given(place("orders", 1));
  CHECK(taken_of(positions, "orders") == 0);
  CHECK(positions.given().find(protocol::topic_tag("orders"))->offset == 1);
  positions.on_taken();
  CHECK(taken_of(positions, "orders") == 1);
  // What comes again of the second is a duplicate, for it waits here.
  CHECK_FALSE(positions.on_message(place("orders", 2)));
  positions.rewind();
  CHECK(positions.on_message(place("orders", 2)));
}

TEST_CASE("a gap moves on, also backwards", "[client][positions]") {
  Positions positions;
  positions.on_hello({named("orders", 9)});
  positions.on_gap(named("orders", 4, 8));
  CHECK_FALSE(positions.on_message(place("orders", 4, 8)));
  CHECK(positions.on_message(place("orders", 5, 8)));
}

TEST_CASE("the server is told what moved, once", "[client][positions]") {
  Positions positions;
  positions.on_hello({named("orders", 1), named("news", 1)});
  positions.on_connecting();
  CHECK(positions.news().empty());
  take(positions, place("news", 2));
  CHECK(positions.news() == "1" + protocol::to_token(place("news", 2).tag, {7, 2}));
  CHECK(positions.news().empty());
}

TEST_CASE("a topic that was given back is forgotten", "[client][positions]") {
  Positions positions;
  positions.on_hello({named("orders", 1), named("news", 1)});
  positions.forget("news");
  CHECK(positions.taken().size() == 1);
  CHECK(positions.topic_of(protocol::topic_tag("news")).empty());
  CHECK(positions.on_message(place("news", 1)));
}

TEST_CASE("a cursor of an earlier client is where it begins", "[client][positions]") {
  protocol::Cursor cursor;
  cursor.set(protocol::topic_tag("orders"), {7, 3});
  Positions positions(cursor);
  CHECK_FALSE(positions.on_message(place("orders", 3)));
  CHECK(positions.nameless() == cursor.text());
  positions.on_hello({named("orders", 8)});
  CHECK(positions.nameless().empty());
  CHECK(positions.on_message(place("orders", 4)));
}

TEST_CASE("a server cannot make the cursor longer than any may be", "[client][positions]") {
  Positions positions;
  positions.on_hello({named("old", 1)});
  for (int connection = 0; connection < 3; ++connection) {
    positions.on_connecting();
    for (int i = 0; i < 200; ++i) {
      const std::string topic = "t" + std::to_string(1000 * connection + i);
      positions.on_hello({named(topic, 1)});
      positions.on_gap(named("gap" + topic, 1));
      CHECK(positions.on_message(place(topic, 2)));
      take(positions, place(topic, 2));
    }
    protocol::Cursor parsed;
    CHECK_FALSE(protocol::Cursor::parse(positions.taken().text(), parsed));
    CHECK_FALSE(protocol::Cursor::parse(positions.given().text(), parsed));
    CHECK(positions.topic_of(protocol::topic_tag("t" + std::to_string(1000 * connection + 150))).empty());
  }
}

TEST_CASE("topics of earlier connections give way to those of this one", "[client][positions]") {
  Positions positions;
  for (int connection = 0; connection < 3; ++connection) {
    positions.on_connecting();
    std::vector<TopicPosition> at{named("stays", 1)};
    for (int i = 0; i < 50; ++i) at.push_back(named("t" + std::to_string(100 * connection + i), 1));
    positions.on_hello(at);
    take(positions, place("stays", static_cast<std::uint64_t>(5 + connection)));
    for (int i = 0; i < 50; ++i) CHECK(taken_of(positions, "t" + std::to_string(100 * connection + i)) == 1);
    CHECK(taken_of(positions, "stays") == static_cast<std::uint64_t>(5 + connection));
  }
  // As many of the one before as there is room for, the newest.
  CHECK(taken_of(positions, "t149") == 1);
  CHECK(taken_of(positions, "t100") == 999);
  CHECK(taken_of(positions, "t0") == 999);
}

TEST_CASE("what waits is asked for again when it is dropped", "[client][positions]") {
  Positions positions;
  positions.on_hello({named("orders", 0)});
  for (const std::uint64_t offset : {1, 2, 3}) CHECK(positions.on_message(place("orders", offset)));
  positions.on_given(place("orders", 1));
  positions.forget_waiting();
  CHECK_FALSE(positions.on_message(place("orders", 1)));
  CHECK(positions.on_message(place("orders", 2)));
}
