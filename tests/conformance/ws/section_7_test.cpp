// SPDX-License-Identifier: BSL-1.0
//
// RFC 6455 7: who closes, with which code, and how the connection ends.

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "conformance/ws/rule.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace conformance;
using namespace std::chrono_literals;
using Then = Rule::Then;

namespace {

// 7.4.1 and the registry of IANA: 1012 to 1014 came later, 3000 to 4999 are other people's.
const std::vector<unsigned>& good_codes() {
  static const std::vector<unsigned> codes{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011,
                                           1012, 1013, 1014, 3000, 3999, 4000, 4401, 4999};
  return codes;
}

const std::vector<unsigned>& bad_codes() {
  static const std::vector<unsigned> codes{0,    1,    999,  1004, 1005, 1006, 1015,  1016,
                                           1099, 1100, 2000, 2999, 5000, 9999, 32768, 65535};
  return codes;
}

std::string ordered_close(const Connection& connection, const std::string& command) {
  return connection.peer.text("!close " + command);
}

}  // namespace

TEST_CASE("7.4: every code that may be sent is taken, echoed and told", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  std::vector<Rule> rules;
  for (const unsigned code : good_codes()) {
    const std::string name = "code " + std::to_string(code);
    rules.push_back({name, way.peer().close(code), "", Then::closes, code});
    rules.push_back({name + " with a reason", way.peer().close(code, "a reason"), "", Then::closes, code, "a reason"});
  }
  way.check(rules);
}

TEST_CASE("7.4: a code that may not be sent fails the connection", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  std::vector<Rule> rules;
  for (const unsigned code : bad_codes()) {
    const std::string name = "code " + std::to_string(code);
    rules.push_back({name, way.peer().close(code), "", Then::fails, 1002});
    rules.push_back({name + " with a reason", way.peer().close(code, "a reason"), "", Then::fails, 1002});
  }
  way.check(rules);
}

TEST_CASE("5.5.1: nothing is read behind a close", "[ws]") {
  const Way way = GENERATE(from_range(all_ways()));
  const Peer peer = way.peer();
  const std::string close = peer.close(1000, "bye");
  way.check({
      {"text", close + peer.text("late"), "", Then::closes, 1000, "bye"},
      {"ping", close + peer.ping("late"), "", Then::closes, 1000, "bye"},
      {"another close", close + peer.close(1002, "late"), "", Then::closes, 1000, "bye"},
      {"a fault", close + peer.frame(0xFF, "late"), "", Then::closes, 1000, "bye"},
      {"rubbish", close + std::string(5000, '\xFF'), "", Then::closes, 1000, "bye"},
      {"text behind an empty close", peer.frame(fin_bit | close_op) + peer.text("late"), "", Then::closes, 0},
      {"pings before", peer.ping("1") + peer.ping("2") + close, "pong(1) pong(2) ", Then::closes, 1000, "bye"},
  });
}

TEST_CASE("7.1.2: every code can be sent, and the peer answers", "[ws]") {
  const Role role = GENERATE(Role::server, Role::client);
  for (const unsigned code : good_codes()) {
    INFO(code);
    Connection connection = connect(role);
    const std::string number = std::to_string(code);
    connection.raw.send(ordered_close(connection, number + " a reason"));
    CHECK(connection.next() == shown_close(code, "a reason"));
    // Behind its close it says nothing more, not even pongs.
    connection.raw.send(connection.peer.ping("late") + connection.peer.close(code));
    if (role == Role::server) CHECK(connection.ends());
    connection.raw.close();
    CHECK(connection.report->whole() ==
          "text(!close " + number + " a reason) closed(" + number + " a reason, local, clean) ");
  }
}

TEST_CASE("5.5.1: a reason has 123 bytes at most, whole characters", "[ws]") {
  const Role role = GENERATE(Role::server, Role::client);
  std::string reason;
  for (int i = 0; i < 62; ++i) reason += "\xC3\xA9";
  Connection connection = connect(role);
  connection.raw.send(ordered_close(connection, "4000 " + reason));
  CHECK(connection.next() == shown_close(4000, reason.substr(0, 122)));
}

TEST_CASE("7.1: what was sent before a close comes before it", "[ws]") {
  const Role role = GENERATE(Role::server, Role::client);
  Connection connection = connect(role);
  connection.raw.send(connection.peer.text("!hurry 1001"));
  CHECK(connection.until_close() == "text(a) text(b) text(c) text(d) text(e) close(1001) ");
}

TEST_CASE("7.1: two that close at once are both answered", "[ws]") {
  const Role role = GENERATE(Role::server, Role::client);
  Connection connection = connect(role);
  connection.raw.send(ordered_close(connection, "4001 ours") + connection.peer.close(4002, "theirs"));
  CHECK(connection.next() == "close(4001 ours) ");
  if (role == Role::server) CHECK(connection.ends());
  connection.raw.close();
  CHECK(connection.report->whole() == "text(!close 4001 ours) closed(4001 ours, local, clean) ");
}

TEST_CASE("7.1: a peer that closes and goes gets its answer all the same", "[ws]") {
  const Role role = GENERATE(Role::server, Role::client);
  Connection connection = connect(role);
  connection.raw.send(connection.peer.close(1001, "bye"));
  connection.raw.finish_sending();
  CHECK(connection.next() == "close(1001) ");
  CHECK(connection.ends());
  CHECK(connection.report->whole() == "closed(1001 bye, peer, clean) ");
}

TEST_CASE("7.1.5: without a close it is 1006, and the application is told", "[ws]") {
  const Role role = GENERATE(Role::server, Role::client);
  Connection connection = connect(role);
  SECTION("the peer ends its side") {
    connection.raw.finish_sending();
    CHECK(connection.raw.wait_for_end() == support::RawClient::End::closed);
    CHECK(connection.report->whole() == "closed(1006, transport, unclean) ");
  }
  SECTION("the peer ends its side inside of a frame") {
    connection.raw.send(connection.peer.text("text").substr(0, 3));
    connection.raw.finish_sending();
    CHECK(connection.raw.wait_for_end() == support::RawClient::End::closed);
    CHECK(connection.report->whole() == "closed(1006, transport, unclean) ");
  }
  SECTION("the connection breaks") {
    connection.raw.reset();
    CHECK(connection.report->whole() == "closed(1006, transport, unclean, broken) ");
  }
}

TEST_CASE("7.1.1: a close ends, whatever the peer does", "[ws]") {
  const Role role = GENERATE(Role::server, Role::client);
  Connection connection = connect(role, {.close_timeout = 100ms});
  SECTION("the peer does not answer") {
    connection.raw.send(ordered_close(connection, "4000"));
    CHECK(connection.report->whole() == "text(!close 4000) closed(4000, local, unclean, timeout) ");
  }
  SECTION("the peer goes on talking") {
    connection.raw.send(ordered_close(connection, "4000") + connection.peer.text("and") +
                        connection.peer.ping("so on"));
    CHECK(connection.until_close() == "close(4000) ");
    CHECK(connection.report->whole() == "text(!close 4000) closed(4000, local, unclean, timeout) ");
  }
  SECTION("the peer answers and stays") {
    connection.raw.send(ordered_close(connection, "4000") + connection.peer.close(4000));
    // To end the connection is the server's part.
    CHECK(connection.report->whole() == (role == Role::server
                                             ? "text(!close 4000) closed(4000, local, clean) "
                                             : "text(!close 4000) closed(4000, local, unclean, timeout) "));
  }
  SECTION("the peer closes and stays") {
    connection.raw.send(connection.peer.close(4000));
    CHECK(connection.report->whole() ==
          (role == Role::server ? "closed(4000, peer, clean) " : "closed(4000, peer, unclean, timeout) "));
  }
  SECTION("the peer is at fault and stays") {
    connection.raw.send(connection.peer.frame(0xFF));
    CHECK(connection.until_close().starts_with("close(1002 "));
    CHECK(connection.report->whole().starts_with("closed(1002 "));
  }
  SECTION("the peer reads nothing") {
    const std::string large(1'000'000, 'x');
    // More than the kernels take.
    for (int i = 0; i < 20; ++i) {
      if (connection.raw.try_send(connection.peer.text(large), 100ms) < large.size()) break;
    }
    connection.raw.try_send(ordered_close(connection, "4000"), 100ms);
    CHECK_FALSE(connection.report->whole().empty());
  }
  CHECK(connection.raw.wait_for_end() != support::RawClient::End::open);
}
