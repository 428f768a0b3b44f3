// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_RECEIPT_HPP
#define TIDINGS_RECEIPT_HPP

#include <tidings/message_id.hpp>
#include <tidings/time.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// Why an attempt is called delivered. A completed write is none of them.
enum class Evidence {
  none,
  /// The client's word.
  ack,
  /// The client asked for what comes after the message.
  cursor,
  /// The endpoint at the other end echoed a ping that was sent behind the message.
  pong,
  /// A third party's receipt.
  receipt,
};

/// Why a range of a topic counts as passed although its member did not get it.
enum class ExceptionReason {
  /// Retention had removed it; the reader was told to re-read the topic.
  gap,
  /// A queue policy gave it up; the reader was told likewise.
  dropped,
  /// The session asked to begin at the present.
  skipped_start,
  /// Its time to live ended before it could be delivered.
  expired,
  /// A later message of the same key took its place before it could be delivered.
  superseded,
};

/// What became of one message for one recipient: computed from its attempts, never stored.
enum class Outcome {
  /// Nothing has left yet: no session, or the session has not come to it.
  pending,
  /// Completely handed to the kernel or server; says nothing about receipt.
  written,
  /// Proved by an `Evidence`.
  delivered,
  /// The client or application said so.
  seen,
  /// Left out on purpose: no route, no address, begun at the present.
  skipped,
  /// Given up for the last reason.
  failed,
  /// Attempts used up.
  dead,
};

/// Offsets that a member did not get, and why.
struct ExceptionRange {
  std::uint64_t from = 0;
  /// Inclusive.
  std::uint64_t to = 0;
  ExceptionReason reason = ExceptionReason::gap;

  friend bool operator==(const ExceptionRange&, const ExceptionRange&) = default;
};

/// How a member stands to one message.
enum class Standing {
  /// Not a member when the message was appended: it was never meant for this user.
  not_member,
  /// Neither acknowledged nor excepted.
  outstanding,
  acknowledged,
  /// Inside an exception range.
  excepted,
};

/// What one recipient has of one message.
struct RecipientStatus {
  std::string user;
  /// The topic over which the message reached for this recipient.
  std::string topic;
  Outcome outcome = Outcome::pending;
  /// Meaningful when delivered or seen.
  Evidence evidence = Evidence::none;
  /// The transport of the best attempt: `sse`, `websocket`, `long_poll`, `short_poll`; empty = none.
  std::string transport;
  /// Why it is not delivered: `gap`, `dropped`, `expired`, `no session`, `not confirmed`; empty when it is.
  std::string reason;
};

/// Answer to "did it arrive".
struct MessageStatus {
  MessageId id;
  wall_time time;
  std::string event;
  /// False when no topic of the message has members: then nobody can be said to have missed it.
  bool has_members = false;
  /// In the order of their names.
  std::vector<RecipientStatus> recipients;
};

constexpr const char* to_string(Evidence evidence) {
  switch (evidence) {
    case Evidence::none: return "none";
    case Evidence::ack: return "ack";
    case Evidence::cursor: return "cursor";
    case Evidence::pong: return "pong";
    case Evidence::receipt: return "receipt";
  }
  return "unknown";
}

constexpr const char* to_string(ExceptionReason reason) {
  switch (reason) {
    case ExceptionReason::gap: return "gap";
    case ExceptionReason::dropped: return "dropped";
    case ExceptionReason::skipped_start: return "skipped_start";
    case ExceptionReason::expired: return "expired";
    case ExceptionReason::superseded: return "superseded";
  }
  return "unknown";
}

constexpr const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::pending: return "pending";
    case Outcome::written: return "written";
    case Outcome::delivered: return "delivered";
    case Outcome::seen: return "seen";
    case Outcome::skipped: return "skipped";
    case Outcome::failed: return "failed";
    case Outcome::dead: return "dead";
  }
  return "unknown";
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_RECEIPT_HPP
