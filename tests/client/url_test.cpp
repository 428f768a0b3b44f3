// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/url.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <optional>
#include <string>
#include <tuple>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

TEST_CASE("a URL says where to connect to", "[client][url]") {
  using Row = std::tuple<std::string, bool, std::string, int, std::string, std::string>;
  const auto [text, secure, host, port, authority, target] =
      GENERATE(table<std::string, bool, std::string, int, std::string, std::string>({
          Row{"ws://a.example/push", false, "a.example", 80, "a.example", "/push"},
          Row{"wss://a.example/push?x=1", true, "a.example", 443, "a.example", "/push?x=1"},
          Row{"http://a.example:8080/push", false, "a.example", 8080, "a.example:8080", "/push"},
          Row{"HTTPS://a.example:443", true, "a.example", 443, "a.example", "/"},
          Row{"ws://[::1]:81/p", false, "::1", 81, "[::1]:81", "/p"},
          Row{"ws://a.example?x=1#part", false, "a.example", 80, "a.example", "/?x=1"},
      }));
  const std::optional<Url> url = parse_url(text);
  REQUIRE(url);
  CHECK(url->secure == secure);
  CHECK(url->host == host);
  CHECK(url->port == port);
  CHECK(url->authority == authority);
  CHECK(url->target == target);
}

TEST_CASE("what is no URL of a server is refused", "[client][url]") {
  const auto text =
      GENERATE(as<std::string>{}, "", "a.example/push", "ftp://a.example/", "ws://", "ws:///push",
               "ws://user@a.example/", "ws://user:secret@a.example/", "ws://a.example:0/", "ws://a.example:65536/",
               "ws://a example/", "ws://a.example/a b", "ws://a.example/a\r\nX: y", "ws://[::1/");
  CHECK_FALSE(parse_url(text));
}

TEST_CASE("a query component is escaped", "[client][url]") {
  std::string out = "x=";
  protocol::append_percent_encoded(out, "aZ9-._~ ,/\xC3\xA9");
  CHECK(out == "x=aZ9-._~%20%2C%2F%C3%A9");
}
