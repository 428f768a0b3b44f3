// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_STORE_LAWS_MEMBER_LAWS_HPP
#define TIDINGS_TESTS_SUPPORT_STORE_LAWS_MEMBER_LAWS_HPP

#include "support/store_laws/common.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <vector>

namespace support::conformance {

template <class Factory>
void an_inbox_has_its_owner_as_member() {
  StoreUnderTest<Factory> store;
  store.append("@alice", "before anyone asked");
  const std::vector<MemberPosition> positions = store.positions("alice", {"@alice", "@bob", "t"});
  REQUIRE(positions.size() == 3);
  CHECK(positions[0].topic == "@alice");
  CHECK(positions[0].member);
  CHECK(positions[0].acknowledged.offset == 0);
  CHECK(positions[1].topic == "@bob");
  CHECK_FALSE(positions[1].member);
  CHECK(positions[2].topic == "t");
  CHECK_FALSE(positions[2].member);
  // Where the topic stands, for members and others.
  for (const MemberPosition& each : positions) {
    const tidings::TopicState state = store.read(each.topic, 0, 0).state;
    CHECK(each.top == Position{state.epoch, state.top});
  }
  CHECK(store.standings("@alice", 1).has_members);
  CHECK(lines_of(store.standings("@alice", 1)) == Lines{"alice outstanding"});
}

template <class Factory>
void an_untouched_inbox_takes_acknowledgements_and_exceptions() {
  StoreUnderTest<Factory> store;
  for (int i = 0; i < 3; ++i) store.append("@alice", "m");
  for (int i = 0; i < 3; ++i) store.append("@bob", "m");
  store.except("alice", "@alice", 1, 2, ExceptionReason::skipped_start);
  CHECK(lines_of(store.standings("@alice", 2)) == Lines{"alice excepted skipped_start"});
  store.acknowledge("bob", "@bob", 2, Evidence::cursor);
  CHECK(lines_of(store.standings("@bob", 2)) == Lines{"bob acknowledged cursor"});
}

template <class Factory>
void a_member_gets_what_comes_after_joining() {
  StoreUnderTest<Factory> store;
  store.append("t", "1");
  CHECK_FALSE(store.standings("t", 1).has_members);
  store.add_member("t", "alice");
  store.add_member("t", "alice");
  store.append("t", "2");
  store.add_member("t", "bob");
  store.append("t", "3");
  CHECK(store.standings("t", 1).has_members);
  CHECK(lines_of(store.standings("t", 1)).empty());
  CHECK(lines_of(store.standings("t", 2)) == Lines{"alice outstanding"});
  CHECK(lines_of(store.standings("t", 3)) == Lines{"alice outstanding", "bob outstanding"});
  CHECK(store.positions("alice", {"t"})[0].acknowledged.offset == 1);
  CHECK(store.positions("bob", {"t"})[0].acknowledged.offset == 2);
  store.remove_member("t", "alice");
  store.append("t", "4");
  CHECK_FALSE(store.positions("alice", {"t"})[0].member);
  CHECK(lines_of(store.standings("t", 2)) == Lines{"alice outstanding"});
  CHECK(lines_of(store.standings("t", 4)) == Lines{"bob outstanding"});
}

template <class Factory>
void only_a_member_acknowledges_and_only_forwards() {
  StoreUnderTest<Factory> store;
  store.add_member("t", "alice");
  for (int i = 0; i < 5; ++i) store.append("t", "m");
  const std::uint64_t epoch = store.read("t", 0).state.epoch;
  store.acknowledge("mallory", "t", 5, Evidence::ack);
  store.acknowledge("alice", "t", 3, Evidence::cursor);
  store.acknowledge("alice", "t", 2, Evidence::ack);
  store.acknowledge("alice", "t", 6, Evidence::ack);
  store.acknowledge("alice", "t", Position{epoch + 1, 5}, Evidence::ack);
  store.acknowledge("alice", "never", 1, Evidence::ack);
  CHECK(store.positions("alice", {"t"})[0].acknowledged == Position{epoch, 3});
  CHECK(lines_of(store.standings("t", 2)) == Lines{"alice acknowledged cursor"});
  CHECK(lines_of(store.standings("t", 4)) == Lines{"alice outstanding"});
  store.acknowledge("alice", "t", 4, Evidence::ack);
  CHECK(lines_of(store.standings("t", 3)) == Lines{"alice acknowledged cursor"});
  CHECK(lines_of(store.standings("t", 4)) == Lines{"alice acknowledged ack"});
}

template <class Factory>
void an_exception_stays_where_the_confirmation_passes_it() {
  StoreUnderTest<Factory> store;
  store.add_member("t", "alice");
  for (int i = 0; i < 5; ++i) store.append("t", "m");
  store.except("alice", "t", 2, 3, ExceptionReason::gap);
  store.except("alice", "t", 3, 4, ExceptionReason::dropped);
  store.except("mallory", "t", 1, 5, ExceptionReason::gap);
  store.acknowledge("alice", "t", 5, Evidence::ack);
  store.except("alice", "t", 1, 5, ExceptionReason::expired);
  CHECK(lines_of(store.standings("t", 1)) == Lines{"alice acknowledged ack"});
  CHECK(lines_of(store.standings("t", 2)) == Lines{"alice excepted gap"});
  CHECK(lines_of(store.standings("t", 3)) == Lines{"alice excepted gap"});
  CHECK(lines_of(store.standings("t", 4)) == Lines{"alice excepted dropped"});
  CHECK(lines_of(store.standings("t", 5)) == Lines{"alice acknowledged ack"});
}

// A member that left with messages open must not find them confirmed when coming back.
template <class Factory>
void coming_back_confirms_nothing() {
  StoreUnderTest<Factory> store;
  store.add_member("t", "alice");
  store.append("t", "1");
  store.remove_member("t", "alice");
  store.append("t", "2");
  store.add_member("t", "alice");
  CHECK(lines_of(store.standings("t", 1)) == Lines{"alice outstanding"});
  CHECK(lines_of(store.standings("t", 2)).empty());
}

// DESIGN 3.3: a position of an epoch that the log never had is a place of some other message.
template <class Factory>
void a_foreign_position_is_delivered_to_nobody() {
  StoreUnderTest<Factory> store;
  store.add_member("t", "alice");
  store.append("t", "1");
  store.acknowledge("alice", "t", 1, Evidence::ack);
  const std::uint64_t epoch = store.read("t", 0).state.epoch;
  for (const tidings::MemberStanding& each : store.standings("t", Position{epoch + 2, 1}).members) {
    CHECK(each.standing != Standing::acknowledged);
    CHECK_FALSE(each.seen);
  }
}

}  // namespace support::conformance

#endif  // TIDINGS_TESTS_SUPPORT_STORE_LAWS_MEMBER_LAWS_HPP
