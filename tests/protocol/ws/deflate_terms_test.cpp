// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/deflate_terms.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <tuple>

using namespace tidings::protocol;

namespace {

constexpr DeflateTerms nothing_kept{};
constexpr DeflateTerms all_kept{15, 15, true, true};
constexpr DeflateTerms small_kept{10, 11, true, true};

std::string to_text(const DeflateTerms& terms) {
  return std::to_string(terms.send_bits) + (terms.send_takeover ? "+" : "") + " " + std::to_string(terms.receive_bits) +
         (terms.receive_takeover ? "+" : "");
}

// A server's answer and what it does by it.
std::string accept(const std::string& offers, const DeflateTerms& ours) {
  std::string answer;
  const auto agreed = accept_deflate(offers, ours, answer);
  return agreed ? answer.substr(std::string("permessage-deflate").size()) + " -> " + to_text(*agreed) : "-";
}
// What a client does by this answer.
std::string agree(const std::string& answer, const DeflateTerms& ours) {
  const auto agreed = agree_on_deflate("permessage-deflate" + answer, ours);
  return agreed ? to_text(*agreed) : "-";
}

}  // namespace

TEST_CASE("a server answers the first offer that it can keep to", "[protocol][ws][deflate]") {
  const auto [offers, ours, expected] = GENERATE(table<std::string, DeflateTerms, std::string>({
      {"permessage-deflate", nothing_kept, "; server_no_context_takeover; client_no_context_takeover -> 15 15"},
      {"permessage-deflate; client_max_window_bits", nothing_kept,
       "; server_no_context_takeover; client_no_context_takeover -> 15 15"},
      {"permessage-deflate; client_max_window_bits=10", nothing_kept,
       "; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=10 -> 15 10"},
      {"permessage-deflate; server_max_window_bits=10", nothing_kept,
       "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10 -> 10 15"},
      // All in an answer that may be kept is kept.
      {"permessage-deflate", all_kept, " -> 15+ 15+"},
      {"permessage-deflate; server_max_window_bits=15", all_kept, "; server_max_window_bits=15 -> 15+ 15+"},
      {"permessage-deflate; client_max_window_bits=8", all_kept, "; client_max_window_bits=8 -> 15+ 8+"},
      {"permessage-deflate; server_no_context_takeover", all_kept, "; server_no_context_takeover -> 15 15+"},
      {"permessage-deflate; client_no_context_takeover", all_kept, "; client_no_context_takeover -> 15+ 15"},
      // Our own windows; RFC 7692 7.1.2.1: also unasked. A client that names no window cannot be given one.
      {"permessage-deflate; client_max_window_bits", small_kept,
       "; server_max_window_bits=10; client_max_window_bits=11 -> 10+ 11+"},
      {"permessage-deflate; client_max_window_bits=9; server_max_window_bits=9", small_kept,
       "; server_max_window_bits=9; client_max_window_bits=9 -> 9+ 9+"},
      {"permessage-deflate", small_kept, "; client_no_context_takeover; server_max_window_bits=10 -> 10+ 15"},
      // Several: zlib cannot keep to 2^8, and the next one is as good.
      {"permessage-deflate; server_max_window_bits=8", all_kept, "-"},
      {"permessage-deflate; server_max_window_bits=8, permessage-deflate", all_kept, " -> 15+ 15+"},
      {"foo; bar=\"a, permessage-deflate\", permessage-deflate; unknown, permessage-deflate; "
       "client_no_context_takeover, "
       "permessage-deflate",
       all_kept, "; client_no_context_takeover -> 15+ 15"},
      {"", all_kept, "-"},
      {",", all_kept, "-"},
      {"x-webkit-deflate-frame", all_kept, "-"},
  }));
  CAPTURE(offers, to_text(ours));
  CHECK(accept(offers, ours) == expected);
}

TEST_CASE("a client offers what it is ready to", "[protocol][ws][deflate]") {
  CHECK(to_header_value(offer_deflate(nothing_kept)) ==
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits");
  CHECK(to_header_value(offer_deflate(all_kept)) == "permessage-deflate; client_max_window_bits");
  CHECK(to_header_value(offer_deflate(small_kept)) ==
        "permessage-deflate; server_max_window_bits=11; client_max_window_bits=10");
  // A window of a server that forgets is none of its concern.
  CHECK(to_header_value(offer_deflate({15, 9, true, false})) ==
        "permessage-deflate; server_no_context_takeover; client_max_window_bits");
}

TEST_CASE("a client takes an answer to its offer, and no other", "[protocol][ws][deflate]") {
  const auto [answer, ours, expected] = GENERATE(table<std::string, DeflateTerms, std::string>({
      {"", all_kept, "15+ 15+"},
      {"; server_no_context_takeover", all_kept, "15+ 15"},
      {"; client_no_context_takeover", all_kept, "15 15+"},
      {"; server_max_window_bits=8; client_max_window_bits=9", all_kept, "9+ 8+"},
      // zlib cannot deflate with it: messages go as they are.
      {"; client_max_window_bits=8", all_kept, "8+ 15+"},
      {"; server_no_context_takeover", nothing_kept, "15 15"},
      {"; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12", nothing_kept, "15 12"},
      {"; server_max_window_bits=11", small_kept, "10+ 11+"},
      {"; server_max_window_bits=9; client_max_window_bits=10", small_kept, "10+ 9+"},
      // What was asked for and not given, or too large a window.
      {"", nothing_kept, "-"},
      {"; client_no_context_takeover", nothing_kept, "-"},
      {"", small_kept, "-"},
      {"; server_max_window_bits=12", small_kept, "-"},
      {"; server_max_window_bits=11; client_max_window_bits=11", small_kept, "-"},
      // Not an answer.
      {"; client_max_window_bits", all_kept, "-"},
      {"; unknown", all_kept, "-"},
      {", permessage-deflate", all_kept, "-"},
      {"; server_max_window_bits=16", all_kept, "-"},
  }));
  CAPTURE(answer, to_text(ours));
  CHECK(agree(answer, ours) == expected);
  CHECK_FALSE(agree_on_deflate("foo", ours));
}

TEST_CASE("whatever a server answers to our own client's offer is understood by it", "[protocol][ws][deflate]") {
  const auto terms = [](int number) {
    return DeflateTerms{9 + number % 7, 9 + number / 7 % 7, number % 2 == 0, number / 2 % 2 == 0};
  };
  for (int c = 0; c < 98; ++c) {
    for (int s = 0; s < 98; ++s) {
      std::string answer;
      const auto server = accept_deflate(to_header_value(offer_deflate(terms(c))), terms(s), answer);
      REQUIRE(server);
      const auto client = agree_on_deflate(answer, terms(c));
      CAPTURE(to_text(terms(c)), to_text(terms(s)), answer);
      REQUIRE(client);
      // What one refers to the other remembers, in a window that is large enough.
      CHECK((!client->send_takeover || server->receive_takeover));
      CHECK((!server->send_takeover || client->receive_takeover));
      CHECK(client->send_bits <= server->receive_bits);
      CHECK(server->send_bits <= client->receive_bits);
      CHECK((!server->receive_takeover || server->receive_bits <= terms(s).receive_bits));
      CHECK((!client->receive_takeover || client->receive_bits <= terms(c).receive_bits));
    }
  }
}

TEST_CASE("Safari 15.0 to 15.3 is known to fail", "[protocol][ws][deflate]") {
  const auto safari = [](const std::string& version) {
    return "Mozilla/5.0 (iPhone; CPU iPhone OS 15_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/" +
           version + " Mobile/15E148 Safari/604.1";
  };
  for (const char* version : {"15.0", "15.1", "15.2", "15.3", "15.2.1"}) CHECK(has_broken_deflate(safari(version)));
  for (const char* version : {"14.1", "15", "15.4", "15.10", "15.30", "15.x", "16.0", "115.0"}) {
    CHECK_FALSE(has_broken_deflate(safari(version)));
  }
  CHECK_FALSE(has_broken_deflate(""));
  CHECK_FALSE(has_broken_deflate("Mozilla/5.0 Version/15.1"));
  CHECK_FALSE(has_broken_deflate("Mozilla/5.0 Version/15.1 Chrome/96"));
}
