// SPDX-License-Identifier: BSL-1.0

#include <tidings/hub/pollers.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace tidings;
using Pollers = tidings::hub::BasicPollers<void>;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr steady_time begin{std::chrono::hours(1000)};

// One client and its polls.
struct Client {
  std::string user;
  std::string device;
  std::string peer = "10.0.0.1:5000";
  std::uint64_t id = 1;

  SessionInfo seen(bool waits = false) const {
    SessionInfo seen;
    seen.id = {id};
    seen.user = user;
    seen.device = device;
    seen.peer = peer;
    seen.transport = waits ? Transport::long_poll : Transport::short_poll;
    return seen;
  }
  Pollers::Admitted begin_poll(Pollers& pollers, steady_time now, std::uint64_t session, bool waits = false) const {
    return pollers.begin(seen(waits), {session}, now, waits);
  }
  milliseconds end_poll(Pollers& pollers, steady_time now, std::uint64_t session, bool steer = true) const {
    const milliseconds hint = pollers.end(user, device, peer, {}, steer, now, 0.5);
    pollers.left(seen(), {session});
    return hint;
  }
  milliseconds poll(Pollers& pollers, steady_time now) const {
    begin_poll(pollers, now, 100 + id);
    return end_poll(pollers, now, 100 + id);
  }
};

std::set<std::string> devices(Pollers& pollers, steady_time now) {
  std::set<std::string> names;
  for (const SessionInfo& each : pollers.list(now)) names.insert(each.device);
  return names;
}

std::size_t clients_of(const std::vector<Client>& clients) {
  Pollers pollers({}, 100, 100);
  for (const Client& each : clients) each.poll(pollers, begin);
  return pollers.list(begin).size();
}

}  // namespace

TEST_CASE("a client is known by user and device, and one without by its address", "[hub][pollers]") {
  auto [first, second, clients] = GENERATE(table<Client, Client, std::size_t>({
      {{"alice", "phone"}, {"alice", "phone"}, 1},
      {{"alice", "phone"}, {"alice", "tablet"}, 2},
      {{"alice", "phone"}, {"bob", "phone"}, 2},
      {{"alice", ""}, {"alice", ""}, 1},
      {{"alice", "phone", "10.0.0.1:1"}, {"alice", "phone", "10.0.0.2:1"}, 1},
      {{"", "phone", "10.0.0.1:1"}, {"", "phone", "10.0.0.2:1"}, 1},
      {{"", "", "10.0.0.1:1"}, {"", "", "10.0.0.2:1"}, 2},
      // The port changes with every connection.
      {{"", "", "10.0.0.1:1"}, {"", "", "10.0.0.1:2"}, 1},
      {{"", "", "10.0.0.1"}, {"", "", "10.0.0.2"}, 2},
      {{"", "", "10.0.0.1"}, {"", "", "10.0.0.1:7"}, 1},
      {{"", "", "[2001:db8::1]:1"}, {"", "", "[2001:db8::1]:2"}, 1},
      {{"", "", "[2001:db8::1]:1"}, {"", "", "[2001:db8::2]:1"}, 2},
      // A server may tell the address alone.
      {{"", "", "2001:db8::1"}, {"", "", "2001:db8::2"}, 2},
      {{"", "", "2001:db8::1"}, {"", "", "2001:db8::1"}, 1},
      {{"", "", ""}, {"", "", ""}, 1},
      {{"a", "b"}, {"", "a\nb"}, 2},
  }));
  CAPTURE(first.user, first.device, first.peer, second.user, second.device, second.peer);
  CHECK(clients_of({first, second}) == clients);
}

TEST_CASE("a poller keeps its first id and shows its latest poll", "[hub][pollers]") {
  Pollers pollers({}, 100, 100);
  Client client{"alice", "phone", "10.0.0.1:1", 7};
  client.poll(pollers, begin);
  client.id = 8;
  client.peer = "10.0.0.2:2";
  client.begin_poll(pollers, begin + 30s, 55, true);
  const std::vector<SessionInfo> list = pollers.list(begin + 30s);
  REQUIRE(list.size() == 1);
  CHECK(list[0].id == SessionId{7});
  CHECK(list[0].peer == "10.0.0.2:2");
  CHECK(list[0].transport == Transport::long_poll);
}

TEST_CASE("the session that answers is known while it does", "[hub][pollers]") {
  Pollers pollers({}, 100, 100);
  const Client client{"alice", "phone"};
  client.begin_poll(pollers, begin, 55);
  CHECK(pollers.current({1}) == SessionId{55});
  CHECK(pollers.current({2}) == std::nullopt);
  client.end_poll(pollers, begin, 55);
  CHECK(pollers.current({1}) == std::nullopt);
}

TEST_CASE("a poll that overlaps a newer one does not end it", "[hub][pollers]") {
  Pollers pollers({}, 100, 100);
  const Client client{"alice", "phone"};
  client.begin_poll(pollers, begin, 55);
  client.begin_poll(pollers, begin, 56);
  client.end_poll(pollers, begin, 55);
  CHECK(pollers.current({1}) == SessionId{56});
}

TEST_CASE("a hold and a confirmation stay from poll to poll", "[hub][pollers]") {
  Pollers pollers({}, 100, 100);
  const Client client{"alice", "phone"};
  CHECK_FALSE(client.begin_poll(pollers, begin, 55).held);
  client.end_poll(pollers, begin, 5);
  pollers.hold({1}, true);
  pollers.hold({2}, true);
  pollers.confirm("alice", "phone", "elsewhere:1", "TOKEN");
  CHECK(client.begin_poll(pollers, begin + 30s, 56).held);
  CHECK(pollers.list(begin + 30s)[0].confirmed == "TOKEN");
  pollers.hold({1}, false);
  CHECK_FALSE(client.begin_poll(pollers, begin + 60s, 57).held);
}

TEST_CASE("the last answers are told with their users", "[hub][pollers]") {
  Pollers pollers({}, 100, 100);
  const Client alice{"alice", "phone"};
  const Client bob{"bob", "phone"};
  alice.begin_poll(pollers, begin, 1);
  bob.begin_poll(pollers, begin, 2);
  protocol::Cursor cursor;
  cursor.set(1, {77, 5});
  pollers.end("alice", "phone", "", cursor, true, begin, 0.5);
  std::vector<std::string> users;
  pollers.for_each_answer([&](const std::string& user, const protocol::Cursor& answered, Transport transport) {
    users.push_back(user);
    CHECK(answered == cursor);
    CHECK(transport == Transport::short_poll);
  });
  CHECK(users == std::vector<std::string>{"alice"});
}

TEST_CASE("only a short poll with nothing more waiting is steered", "[hub][pollers]") {
  Pollers pollers({}, 100, 100);
  const Client client{"alice", "phone"};
  client.begin_poll(pollers, begin, 1);
  CHECK(client.end_poll(pollers, begin, 5, false) == 0ms);
  client.begin_poll(pollers, begin, 1);
  const milliseconds hint = client.end_poll(pollers, begin, 5, true);
  CHECK(hint >= 14s);
  CHECK(hint <= 46s);
  // One that is not known any more gets its moment as well.
  CHECK(Client{"nobody", "x"}.end_poll(pollers, begin, 5, true) >= 14s);
  CHECK(pollers.interval() == 30s);
}

TEST_CASE("a client too early at a full moment is told when to come", "[hub][pollers]") {
  Pollers pollers({.interval = 30s, .max_polls_per_second = 1}, 1000, 1000);
  const Client hasty{"hasty", "phone"};
  const milliseconds hint = hasty.poll(pollers, begin);
  for (std::uint64_t i = 0; i < 20; ++i) Client{"user" + std::to_string(i), "x", "", 10 + i}.poll(pollers, begin);
  const Pollers::Admitted admitted = hasty.begin_poll(pollers, begin + 1s, 5);
  CHECK(admitted.throttled);
  CHECK(admitted.retry_after >= hint - 1s);
  CHECK(admitted.retry_after <= hint - 1s + 2ms);
  // The refused poll has no session, and a long poll is not steered.
  CHECK(pollers.current({1}) == std::nullopt);
  CHECK_FALSE(hasty.begin_poll(pollers, begin + 1s, 6, true).throttled);
}

TEST_CASE("a poller counts as a session for two intervals and a wait", "[hub][pollers]") {
  Pollers pollers({.interval = 30s}, 100, 100);
  Client{"alice", "phone"}.poll(pollers, begin);
  const Client waiting{"bob", "tablet"};
  waiting.begin_poll(pollers, begin, 5, true);
  CHECK(devices(pollers, begin + 84s) == std::set<std::string>{"phone", "tablet"});
  // The one whose poll is being answered stays.
  CHECK(devices(pollers, begin + 86s) == std::set<std::string>{"tablet"});
}

// Under load a moment may be promised that is far away; who keeps it must still be known (and held) then.
TEST_CASE("a poller is not forgotten before the moment that it was promised", "[hub][pollers]") {
  Pollers pollers({.interval = 30s, .max_polls_per_second = 1}, 1000, 1000);
  for (std::uint64_t i = 0; i < 300; ++i) Client{"user" + std::to_string(i), "crowd", "", 10 + i}.poll(pollers, begin);
  const Client last{"alice", "last"};
  const milliseconds hint = last.poll(pollers, begin);
  REQUIRE(hint > 250s);
  pollers.hold({1}, true);
  // The load is over, and the interval has fallen back.
  Client{"bob", "late", "", 2}.poll(pollers, begin + hint - 5s);
  REQUIRE(pollers.interval() == 30s);
  CHECK(devices(pollers, begin + hint - 1s).contains("last"));
  CHECK(last.begin_poll(pollers, begin + hint, 5).held);
}

TEST_CASE("beyond the limit those unseen for long go first", "[hub][pollers]") {
  Pollers pollers({.interval = 30s}, 100, 100);
  for (int i = 0; i < 100; ++i) Client{"user", "old" + std::to_string(i)}.poll(pollers, begin);
  for (int i = 0; i < 50; ++i) {
    Client{"user", "new" + std::to_string(i)}.poll(pollers, begin + 60s + milliseconds(i));
  }
  const std::set<std::string> known = devices(pollers, begin + 61s);
  CHECK(known.size() == 100);
  int kept = 0;
  for (int i = 0; i < 50; ++i) kept += known.contains("new" + std::to_string(i)) ? 1 : 0;
  CHECK(kept == 50);
}

TEST_CASE("pollers stay within their number", "[hub][pollers]") {
  const std::size_t most = GENERATE(1U, 2U, 100U);
  Pollers pollers({.interval = 30s}, most, most);
  for (int i = 0; i < 1000; ++i) {
    Client{"user", std::to_string(i)}.poll(pollers, begin + milliseconds(i));
    REQUIRE(pollers.list(begin + milliseconds(i)).size() <= most);
  }
  CHECK(devices(pollers, begin + 1s).contains("999"));
}
