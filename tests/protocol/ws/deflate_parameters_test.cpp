// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/ws/deflate_parameters.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <tuple>

using namespace tidings::protocol;

namespace {

// What was read, as it would be written again.
std::string read(const std::string& element, bool of_offer) {
  const auto parameters = read_deflate_parameters(element, of_offer);
  return parameters ? to_header_value(*parameters) : "-";
}

}  // namespace

TEST_CASE("RFC 7692 7.1: what an offer may say", "[protocol][ws][deflate]") {
  const auto [element, expected] = GENERATE(table<std::string, std::string>({
      {"permessage-deflate", "permessage-deflate"},
      {" permessage-deflate ", "permessage-deflate"},
      {"permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"},
      {"permessage-deflate;client_no_context_takeover", "permessage-deflate; client_no_context_takeover"},
      // Chromium, Firefox
      {"permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits"},
      {"permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8"},
      {"permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15"},
      {"permessage-deflate; server_max_window_bits = 10", "permessage-deflate; server_max_window_bits=10"},
      {R"(permessage-deflate; server_max_window_bits="10")", "permessage-deflate; server_max_window_bits=10"},
      {R"(permessage-deflate; server_max_window_bits="1\0")", "permessage-deflate; server_max_window_bits=10"},
      {"permessage-deflate; client_max_window_bits=9; server_max_window_bits=8; client_no_context_takeover; "
       "server_no_context_takeover",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; "
       "client_max_window_bits=9"},
  }));
  CAPTURE(element);
  CHECK(read(element, true) == expected);
}

TEST_CASE("RFC 7692 7.1: an offer with anything else in it is declined", "[protocol][ws][deflate]") {
  const std::string element = GENERATE(
      as<std::string>{},
      // another extension, or none
      "", ";", "x-webkit-deflate-frame", "permessage-bzip2", "Permessage-Deflate",
      // not defined
      "permessage-deflate; unknown", "permessage-deflate; server_max_window=15", "permessage-deflate;",
      "permessage-deflate; ; client_max_window_bits",
      // twice
      "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
      "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
      "permessage-deflate; client_max_window_bits; client_max_window_bits",
      "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
      // with a value, or without
      "permessage-deflate; server_no_context_takeover=1",
      "permessage-deflate; client_no_context_takeover=", "permessage-deflate; server_max_window_bits",
      // the wrong value
      "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
      "permessage-deflate; server_max_window_bits=08", "permessage-deflate; server_max_window_bits=+9",
      "permessage-deflate; server_max_window_bits=9x",
      "permessage-deflate; server_max_window_bits=", "permessage-deflate; client_max_window_bits=0",
      "permessage-deflate; client_max_window_bits=100", "permessage-deflate; client_max_window_bits=4294967304",
      R"(permessage-deflate; client_max_window_bits="")", R"(permessage-deflate; client_max_window_bits="9)",
      R"(permessage-deflate; client_max_window_bits=")", R"(permessage-deflate; client_max_window_bits="9\")",
      R"(permessage-deflate; client_max_window_bits=" 9")");
  CAPTURE(element);
  CHECK(read(element, true) == "-");
}

TEST_CASE("RFC 7692 7.1.2.2: in an answer the client's window has a value", "[protocol][ws][deflate]") {
  CHECK(read("permessage-deflate; client_max_window_bits", false) == "-");
  CHECK(read("permessage-deflate; client_max_window_bits=9", false) == "permessage-deflate; client_max_window_bits=9");
}
