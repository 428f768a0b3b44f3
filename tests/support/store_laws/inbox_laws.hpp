// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_STORE_LAWS_INBOX_LAWS_HPP
#define TIDINGS_TESTS_SUPPORT_STORE_LAWS_INBOX_LAWS_HPP

#include "support/store_laws/common.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>

namespace support::conformance {

template <class Factory>
void an_inbox_is_listed_newest_first_in_pages() {
  StoreUnderTest<Factory> store;
  CHECK(store.inbox("alice", 0, 10).items.empty());
  CHECK_FALSE(store.inbox("alice", 0, 10).more);
  for (int i = 0; i < 7; ++i) store.append("@alice", "m");
  const InboxPage first = store.inbox("alice", 0, 3);
  CHECK(offsets_of(first) == Offsets{7, 6, 5});
  CHECK(first.more);
  CHECK(first.unread == 7);
  CHECK(first.epoch == store.read("@alice", 0).state.epoch);
  CHECK(offsets_of(store.inbox("alice", 5, 3)) == Offsets{4, 3, 2});
  CHECK(offsets_of(store.inbox("alice", 2, 3)) == Offsets{1});
  CHECK_FALSE(store.inbox("alice", 2, 3).more);
  CHECK(offsets_of(store.inbox("alice", 4, 3)) == Offsets{3, 2, 1});
  CHECK_FALSE(store.inbox("alice", 4, 3).more);
  CHECK(store.inbox("alice", 1, 3).items.empty());
  CHECK(offsets_of(store.inbox("alice", 1000, 2)) == Offsets{7, 6});
}

template <class Factory>
void an_inbox_shows_only_what_is_still_good() {
  StoreUnderTest<Factory> store({.max_age = 60s});
  store.append("@alice", "old");
  store.advance(40s);
  store.append_keyed("@alice", "k");
  store.append_for("@alice", "short", 5s);
  store.append_keyed("@alice", "k");
  CHECK(offsets_of(store.inbox("alice", 0, 10)) == Offsets{4, 3, 1});
  CHECK(store.unread("alice") == 3);
  store.advance(5s);
  CHECK(offsets_of(store.inbox("alice", 0, 10)) == Offsets{4, 1});
  CHECK(store.unread("alice") == 2);
  store.advance(16s);
  CHECK(store.unread("alice") == 1);
  CHECK(offsets_of(store.inbox("alice", 0, 10)) == Offsets{4});
}

template <class Factory>
void an_inbox_says_what_was_seen_and_confirmed() {
  StoreUnderTest<Factory> store;
  for (int i = 0; i < 5; ++i) store.append("@alice", "m");
  const std::uint64_t epoch = store.read("@alice", 0).state.epoch;
  CHECK(store.mark_seen("alice", {{epoch, 2}, {epoch, 9}, {epoch, 0}, {epoch + 1, 3}}) == 4);
  CHECK(store.unread("alice") == 4);
  CHECK(store.unread("bob") == 0);
  store.acknowledge("alice", "@alice", 3, Evidence::ack);
  const InboxPage page = store.inbox("alice", 0, 10);
  REQUIRE(page.items.size() == 5);
  for (const tidings::InboxItem& each : page.items) {
    CHECK(each.seen == (each.message->position.offset == 2));
    CHECK(each.acknowledged == (each.message->position.offset <= 3));
  }
  CHECK(lines_of(store.standings("@alice", 2)) == Lines{"alice acknowledged ack seen"});
  CHECK(store.mark_seen("alice", {{epoch, 2}}) == 4);
  CHECK(store.mark_all_seen("alice") == 0);
  // Also not seen: the offset that was claimed before there was a message.
  for (int i = 0; i < 5; ++i) store.append("@alice", "new");
  CHECK(store.unread("alice") == 5);
}

// DESIGN 3.3: what was skipped is not called delivered.
template <class Factory>
void an_inbox_does_not_call_an_exception_confirmed() {
  StoreUnderTest<Factory> store;
  for (int i = 0; i < 3; ++i) store.append("@alice", "m");
  store.positions("alice", {"@alice"});
  store.except("alice", "@alice", 1, 2, ExceptionReason::skipped_start);
  store.acknowledge("alice", "@alice", 3, Evidence::ack);
  const InboxPage page = store.inbox("alice", 0, 10);
  REQUIRE(page.items.size() == 3);
  CHECK(page.items[0].acknowledged);
  CHECK_FALSE(page.items[1].acknowledged);
  CHECK_FALSE(page.items[2].acknowledged);
}

}  // namespace support::conformance

#endif  // TIDINGS_TESTS_SUPPORT_STORE_LAWS_INBOX_LAWS_HPP
