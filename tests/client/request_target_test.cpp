// SPDX-License-Identifier: BSL-1.0

#include <tidings/client/request_target.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace tidings;
using namespace tidings::client;
using namespace std::chrono_literals;

TEST_CASE("a client asks for its topics behind its cursor", "[client][request]") {
  const std::vector<std::string> topics{"orders", "a,b"};
  const Url bare = *parse_url("ws://a.example/push");
  const Url asking = *parse_url("ws://a.example/push?lang=en");
  CHECK(request_target(bare, {.device = "d"}) == "/push?device=d");
  CHECK(request_target(asking, {.topics = topics, .cursor = "1", .device = "d"}) ==
        "/push?lang=en&topics=orders,a%2Cb&after=1&device=d");
  CHECK(request_target(bare, {.from = ClientOptions::From::start, .device = "d", .own_ids = true}) ==
        "/push?from=start&ids=own&device=d");
  CHECK(request_target(bare, {.from = ClientOptions::From::top, .device = "d"}) == "/push?from=top&device=d");
}
