// SPDX-License-Identifier: BSL-1.0

#include <tidings/queue_policy.hpp>
#include <tidings/receipt.hpp>
#include <tidings/session_info.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <tuple>

using namespace tidings;

// Golden: these words stand in JSON answers.
TEST_CASE("evidence has its word", "[vocabulary][receipt]") {
  auto [evidence, word] = GENERATE(table<Evidence, std::string>({
      {Evidence::none, "none"},
      {Evidence::ack, "ack"},
      {Evidence::cursor, "cursor"},
      {Evidence::pong, "pong"},
      {Evidence::receipt, "receipt"},
      {static_cast<Evidence>(5), "unknown"},
  }));
  CHECK(to_string(evidence) == word);
}

TEST_CASE("the reason of an exception has its word", "[vocabulary][receipt]") {
  auto [reason, word] = GENERATE(table<ExceptionReason, std::string>({
      {ExceptionReason::gap, "gap"},
      {ExceptionReason::dropped, "dropped"},
      {ExceptionReason::skipped_start, "skipped_start"},
      {ExceptionReason::expired, "expired"},
      {ExceptionReason::superseded, "superseded"},
      {static_cast<ExceptionReason>(5), "unknown"},
  }));
  CHECK(to_string(reason) == word);
}

TEST_CASE("an outcome has its word", "[vocabulary][receipt]") {
  auto [outcome, word] = GENERATE(table<Outcome, std::string>({
      {Outcome::pending, "pending"},
      {Outcome::written, "written"},
      {Outcome::delivered, "delivered"},
      {Outcome::seen, "seen"},
      {Outcome::skipped, "skipped"},
      {Outcome::failed, "failed"},
      {Outcome::dead, "dead"},
      {static_cast<Outcome>(7), "unknown"},
  }));
  CHECK(to_string(outcome) == word);
}

TEST_CASE("transports and queue policies have their words", "[vocabulary][receipt]") {
  CHECK(to_string(Transport::sse) == std::string("sse"));
  CHECK(to_string(Transport::long_poll) == std::string("long_poll"));
  CHECK(to_string(Transport::short_poll) == std::string("short_poll"));
  CHECK(to_string(QueuePolicy::spill) == std::string("spill"));
  CHECK(to_string(QueuePolicy::conflate) == std::string("conflate"));
  CHECK(to_string(QueuePolicy::drop_new) == std::string("drop_new"));
  CHECK(to_string(QueuePolicy::drop_oldest) == std::string("drop_oldest"));
  CHECK(to_string(QueuePolicy::close) == std::string("close"));
}

TEST_CASE("a session id is 16 lower-case hexadecimal digits", "[vocabulary][receipt]") {
  CHECK(to_string(SessionId{}) == "0000000000000000");
  CHECK(to_string(SessionId{0x0123456789ABCDEFU}) == "0123456789abcdef");
  CHECK_FALSE(static_cast<bool>(SessionId{}));
  CHECK(static_cast<bool>(SessionId{1}));
}

TEST_CASE("the defaults of a status never look like success", "[vocabulary][receipt]") {
  CHECK(RecipientStatus{}.outcome == Outcome::pending);
  CHECK(RecipientStatus{}.evidence == Evidence::none);
  CHECK_FALSE(MessageStatus{}.has_members);
}
