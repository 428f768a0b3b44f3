// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/commands.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

// The server's own reader takes what a client writes.
TEST_CASE("commands of a client are what a server reads", "[client][envelope]") {
  protocol::Upward upward;
  REQUIRE_FALSE(protocol::parse_upward(encode_ack("1"), upward));
  CHECK(upward.ack == "1");
  REQUIRE_FALSE(protocol::parse_upward(encode_seen("7", {}), upward));
  CHECK(upward.seen_all);
  CHECK(upward.ref == "7");
  REQUIRE_FALSE(protocol::parse_upward(encode_seen("", {"a", "b"}), upward));
  CHECK(upward.seen == std::vector<std::string>{"a", "b"});
  REQUIRE_FALSE(protocol::parse_upward(encode_subscribe("8", {"x \"y\"", "z"}, "1"), upward));
  CHECK(upward.subscribe == std::vector<std::string>{"x \"y\"", "z"});
  CHECK(upward.after == "1");
  REQUIRE_FALSE(protocol::parse_upward(encode_subscribe("8", {"x"}, ""), upward));
  CHECK_FALSE(upward.after);
  REQUIRE_FALSE(protocol::parse_upward(encode_topics("9", "unsubscribe", {"x"}), upward));
  CHECK(upward.unsubscribe == std::vector<std::string>{"x"});
  REQUIRE_FALSE(protocol::parse_upward(encode_renew("9", "secret"), upward));
  CHECK(upward.renew == "secret");
  REQUIRE_FALSE(protocol::parse_upward(encode_send("7", {.event = "say", .data = "\xE4\xBD\xA0"}), upward));
  CHECK(upward.send->event == "say");
  CHECK(upward.send->data == "\xE4\xBD\xA0");
  REQUIRE_FALSE(protocol::parse_upward(encode_send("", {.data = "[1]", .json = true}), upward));
  CHECK(upward.send->json);
  CHECK(upward.send->data == "[1]");
}

TEST_CASE("what cannot be sent is found before it is", "[client][envelope]") {
  CHECK_FALSE(check_send({.event = "say", .data = "x"}));
  CHECK(check_send({.event = "tidings.x"}) == errc::invalid_event_name);
  CHECK(check_send({.data = "\xFF"}) == errc::invalid_utf8);
  CHECK(check_send({.data = "{", .json = true}) == errc::invalid_json);
  CHECK(error_of("topic_not_allowed") == errc::topic_not_allowed);
  CHECK(error_of("too long") == errc::refused);
}
