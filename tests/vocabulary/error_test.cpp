// SPDX-License-Identifier: BSL-1.0

#include <tidings/error.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cctype>
#include <iterator>
#include <set>
#include <string>
#include <system_error>
#include <tuple>
#include <type_traits>

using namespace tidings;

namespace {

constexpr int errc_count = 49;
constexpr int condition_count = 8;

bool in(std::error_code ec, condition wanted) { return ec == wanted; }

// The conditions of one code, one letter each: Retryable, peer Gone, Slow, Unauthorized, Throttled, Bad input,
// recipient unreachable (N), Credential.
std::string conditions_of(errc code) {
  const std::error_code ec = code;
  std::string letters;
  if (in(ec, condition::retryable)) letters += 'R';
  if (in(ec, condition::peer_gone)) letters += 'G';
  if (in(ec, condition::slow)) letters += 'S';
  if (in(ec, condition::unauthorized)) letters += 'U';
  if (in(ec, condition::throttled)) letters += 'T';
  if (in(ec, condition::bad_input)) letters += 'B';
  if (in(ec, condition::recipient_unreachable)) letters += 'N';
  if (in(ec, condition::credential)) letters += 'C';
  return letters;
}

}  // namespace

// Golden: values are never reused or renumbered, names stand in JSON answers and logs.
TEST_CASE("every error code keeps its number, name and conditions", "[vocabulary][error]") {
  auto [number, code, name, conditions] = GENERATE(table<int, errc, std::string, std::string>({
      {1, errc::closed, "closed", "G"},
      {2, errc::peer_gone, "peer_gone", "G"},
      {3, errc::write_stalled, "write_stalled", "GS"},
      {4, errc::slow_consumer, "slow_consumer", "RS"},
      {5, errc::queue_full, "queue_full", "RS"},
      {6, errc::would_deadlock, "would_deadlock", ""},
      {7, errc::no_members, "no_members", ""},
      {8, errc::unknown_message, "unknown_message", ""},
      {9, errc::invalid_topic, "invalid_topic", "B"},
      {10, errc::invalid_event_name, "invalid_event_name", "B"},
      {11, errc::invalid_header_value, "invalid_header_value", "B"},
      {12, errc::invalid_utf8, "invalid_utf8", "B"},
      {13, errc::invalid_json, "invalid_json", "B"},
      {14, errc::payload_too_large, "payload_too_large", "B"},
      {15, errc::too_many_topics, "too_many_topics", "B"},
      {16, errc::too_many_sessions, "too_many_sessions", "RT"},
      {17, errc::throttled, "throttled", "RT"},
      {18, errc::unauthorized, "unauthorized", "U"},
      {19, errc::forbidden_origin, "forbidden_origin", "U"},
      {20, errc::credentials_expired, "credentials_expired", "U"},
      {21, errc::draining, "draining", "R"},
      {22, errc::overloaded, "overloaded", "RT"},
      {23, errc::timeout, "timeout", "R"},
      {24, errc::invalid_cursor, "invalid_cursor", "B"},
      {25, errc::malformed_request, "malformed_request", "B"},
      {26, errc::header_too_large, "header_too_large", "B"},
      {27, errc::too_many_headers, "too_many_headers", "B"},
      {28, errc::body_too_large, "body_too_large", "B"},
      {29, errc::unsupported_transfer_encoding, "unsupported_transfer_encoding", "B"},
      {30, errc::request_timeout, "request_timeout", ""},
      {31, errc::callback_failed, "callback_failed", ""},
      {32, errc::store_unavailable, "store_unavailable", "R"},
      {33, errc::already_answered, "already_answered", ""},
      {34, errc::not_supported, "not_supported", ""},
      {35, errc::expired, "expired", ""},
      {36, errc::cancelled, "cancelled", ""},
      {37, errc::disconnected, "disconnected", "G"},
      {38, errc::lifetime_ended, "lifetime_ended", "R"},
      {39, errc::topic_not_allowed, "topic_not_allowed", "U"},
      {40, errc::invalid_envelope, "invalid_envelope", "B"},
      {41, errc::invalid_key, "invalid_key", "B"},
      {42, errc::malformed_frame, "malformed_frame", "B"},
      {43, errc::too_many_frames, "too_many_frames", "B"},
      {44, errc::handshake_failed, "handshake_failed", ""},
      {45, errc::proxy_refused, "proxy_refused", ""},
      {46, errc::untrusted_certificate, "untrusted_certificate", ""},
      {47, errc::connection_lost, "connection_lost", "G"},
      {48, errc::refused, "refused", ""},
      {49, errc::message_under_way, "message_under_way", "R"},
  }));
  CAPTURE(name);
  CHECK(static_cast<int>(code) == number);
  CHECK(to_string(code) == name);
  CHECK(conditions_of(code) == conditions);
}

TEST_CASE("every error code has one row in order, with a name and a text of its own", "[vocabulary][error]") {
  std::set<std::string> names;
  std::set<std::string> texts;
  int number = 0;
  for (const detail::ErrcRow& row : detail::errc_rows) {
    CAPTURE(row.name);
    CHECK(static_cast<int>(row.code) == ++number);
    CHECK(names.insert(row.name).second);
    CHECK(texts.insert(row.text).second);
    CHECK(std::error_code(row.code).message() == row.text);
    CHECK_FALSE(std::string(row.text).ends_with('.'));
    CHECK(std::islower(static_cast<unsigned char>(row.text[0])) != 0);
  }
  CHECK(number == errc_count);
}

TEST_CASE("numbers outside the list have neither a name nor a condition", "[vocabulary][error]") {
  const int number = GENERATE(-1, 0, errc_count + 1, 1000);
  const auto code = static_cast<errc>(number);
  CHECK(to_string(code) == std::string("unknown"));
  CHECK(std::error_code(number, tidings_category()).message() == "unknown tidings error");
  CHECK(conditions_of(code).empty());
}

TEST_CASE("error codes convert to std::error_code and stay in their category", "[vocabulary][error]") {
  const std::error_code ec = errc::slow_consumer;
  CHECK(ec.category() == tidings_category());
  CHECK(ec == errc::slow_consumer);
  CHECK(ec != errc::queue_full);
  CHECK(ec != std::error_code(4, std::generic_category()));
  CHECK(std::string(tidings_category().name()) == "tidings");
  CHECK(std::string(condition_category().name()) == "tidings.condition");
  CHECK(&tidings_category() == &tidings_category());
  CHECK_FALSE(std::error_code() == errc::closed);
  STATIC_CHECK(std::is_error_code_enum_v<errc>);
  STATIC_CHECK(std::is_error_condition_enum_v<condition>);
}

TEST_CASE("a success and a foreign error satisfy no condition", "[vocabulary][error]") {
  const std::error_code ec = GENERATE(std::error_code(), std::make_error_code(std::errc::timed_out),
                                      std::make_error_code(std::errc::connection_reset));
  for (int number = 1; number <= condition_count; ++number) CHECK_FALSE(ec == static_cast<condition>(number));
}

TEST_CASE("every condition has a text of its own", "[vocabulary][error]") {
  std::set<std::string> texts;
  for (int number = 1; number <= condition_count; ++number) {
    const std::error_condition wanted = static_cast<condition>(number);
    CHECK(texts.insert(wanted.message()).second);
    CHECK(wanted.message() != "unknown tidings condition");
  }
  CHECK(std::error_condition(condition_count + 1, condition_category()).message() == "unknown tidings condition");
}
