// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/positions.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

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
