// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_STORE_TYPES_HPP
#define TIDINGS_STORE_TYPES_HPP

#include <tidings/completion.hpp>
#include <tidings/message.hpp>
#include <tidings/receipt.hpp>
#include <tidings/topic_state.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// What a store is asked to append: one message, under an id that the hub made.
struct AppendRequest {
  MessageId id;
  Message message;
};

/// Answer of an append. `duplicate`: an earlier publication had the same idempotency key; id and position are its.
struct Appended {
  MessageId id;
  Position position;
  bool duplicate = false;
};

/// Offsets from .. to, both included.
struct OffsetRange {
  std::uint64_t from = 0;
  std::uint64_t to = 0;

  friend bool operator==(const OffsetRange&, const OffsetRange&) = default;
};

/// Answer of a read: every offset in (after, through] is in `messages`, or expired, superseded or acknowledged away.
struct ReadResult {
  /// In order of their offsets; may be shorter than the limit although more follow: go on from `through`.
  std::vector<StoredMessagePtr> messages;
  /// Offsets in (after, through] whose message gave way to a later one of the same key, ascending. All other holes are
  /// expired or acknowledged away.
  std::vector<OffsetRange> superseded;
  std::uint64_t through = 0;
  TopicState state;
};

/// One user's acknowledgement of everything up to a position of a topic.
struct Acknowledgement {
  std::string user;
  std::string topic;
  Position position;
  Evidence evidence = Evidence::ack;
};

/// A range of a topic that a member did not get, and why.
struct ExceptionEntry {
  std::string user;
  std::string topic;
  ExceptionRange range;
};

/// Where a user stands in a topic.
struct MemberPosition {
  std::string topic;
  bool member = false;
  /// A member's acknowledged offset, under the topic's present epoch.
  Position acknowledged;
  /// The topic's present, in the same moment: who begins here misses nothing of a membership that begins later.
  Position top;
};

/// What one member has of one message.
struct MemberStanding {
  std::string user;
  Standing standing = Standing::outstanding;
  Evidence evidence = Evidence::none;
  ExceptionReason reason = ExceptionReason::gap;
  bool seen = false;
};

/// Answer to "who has this message".
struct StandingsResult {
  /// False when the topic has no members at all.
  bool has_members = false;
  std::vector<MemberStanding> members;
};

/// One line of an inbox.
struct InboxItem {
  StoredMessagePtr message;
  bool acknowledged = false;
  bool seen = false;
};

/// A page of an inbox, newest first.
struct InboxPage {
  std::vector<InboxItem> items;
  std::size_t unread = 0;
  bool more = false;
  std::uint64_t epoch = 0;
};

/// Which messages of an inbox were seen: offsets under an epoch, or all up to the top.
struct SeenRequest {
  std::string user;
  std::vector<Position> positions;
  bool all = false;
};

/// How a store tells of an appended message. Called once per append, possibly late, twice or out of order when the
/// store says `Store::lossy_announcements`.
using Announce = std::function<void(const StoredMessagePtr&)>;

/// What a ledger keeps of one publication: where it went.
struct PublicationRecord {
  MessageId id;
  wall_time time;
  std::string event;
  /// One entry for a topic; one per recipient's inbox for `publish_to`.
  std::vector<std::pair<std::string, Position>> places;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_STORE_TYPES_HPP
