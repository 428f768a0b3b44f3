// SPDX-License-Identifier: BSL-1.0

#include <tidings/presence.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace tidings;

namespace {

SessionInfo reads(std::string user, Transport transport, std::int64_t since, std::vector<std::string> topics) {
  SessionInfo info;
  info.user = std::move(user);
  info.transport = transport;
  info.since = {since};
  info.topics = std::move(topics);
  return info;
}

}  // namespace

TEST_CASE("presence groups a topic's sessions by user", "[vocabulary][presence]") {
  const std::vector<SessionInfo> sessions{
      reads("bob", Transport::websocket, 30, {"a", "b"}), reads("", Transport::sse, 5, {"a"}),
      reads("alice", Transport::websocket, 20, {"a"}),    reads("alice", Transport::sse, 10, {"a"}),
      reads("alice", Transport::sse, 15, {"a"}),          reads("carol", Transport::sse, 1, {"b"})};
  const std::vector<Presence> present = who_reads("a", sessions);
  REQUIRE(present.size() == 3);
  CHECK(present[0].user.empty());
  CHECK(present[1].user == "alice");
  CHECK(present[1].sessions == 3);
  CHECK(present[1].transports == std::vector{Transport::sse, Transport::websocket});
  CHECK(present[1].since.ms == 10);
  CHECK(present[2].user == "bob");
  CHECK(who_reads("c", sessions).empty());
}
