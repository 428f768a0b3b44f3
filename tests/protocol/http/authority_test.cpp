// SPDX-License-Identifier: BSL-1.0

#include <tidings/protocol/http/authority.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <optional>
#include <string>
#include <tuple>

using namespace tidings::protocol;

TEST_CASE("an authority is a host and perhaps a port", "[protocol][http]") {
  // Host, port; host `-` = cannot be read
  auto [text, host, port] = GENERATE(table<std::string, std::string, int>({
      {"h", "h", 0},
      {"h:80", "h", 80},
      {"h:", "h", 0},
      {"h:1", "h", 1},
      {"h:65535", "h", 65535},
      {"my_host.example", "my_host.example", 0},
      {"127.0.0.1:8080", "127.0.0.1", 8080},
      {"[::1]", "[::1]", 0},
      {"[::1]:8080", "[::1]", 8080},
      {"", "-", 0},
      {":80", "-", 0},
      {"h:0", "-", 0},
      {"h:65536", "-", 0},
      {"h:99999999999", "-", 0},
      {"h:+1", "-", 0},
      {"h:-1", "-", 0},
      {"h:80:80", "-", 0},
      {"h:80x", "-", 0},
      {"::1", "-", 0},
      {"[::1", "-", 0},
      {"[::1]x", "-", 0},
      {"u@h", "-", 0},
      {"h/p", "-", 0},
      {"h?q", "-", 0},
      {"h#f", "-", 0},
      {"a,b", "-", 0},
      {"a b", "-", 0},
      {"a\\b", "-", 0},
      {"a\nb", "-", 0},
  }));
  CAPTURE(text);
  const std::optional<Authority> parsed = parse_authority(text);
  CHECK((parsed ? parsed->host : "-") == host);
  if (parsed) CHECK(parsed->port == port);
}
