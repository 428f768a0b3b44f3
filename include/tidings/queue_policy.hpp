// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_QUEUE_POLICY_HPP
#define TIDINGS_QUEUE_POLICY_HPP

#include <tidings/version.hpp>

TIDINGS_NAMESPACE_BEGIN

/// What happens when a reader's queue is full.
enum class QueuePolicy {
  /// The queue is discarded whole and the session reads on from the store when it can be written again. Nothing is
  /// lost while the retention holds it. Hub sessions only; the default there.
  spill,
  /// A queued message gives way to a newer one of the same key; a queue still full spills.
  conflate,
  /// The new message is dropped and reported: a gap to the reader, an exception range to the ledger.
  drop_new,
  /// The oldest queued message is dropped and reported likewise.
  drop_oldest,
  /// The session is ended with `errc::slow_consumer`.
  close,
};

constexpr const char* to_string(QueuePolicy policy) {
  switch (policy) {
    case QueuePolicy::spill: return "spill";
    case QueuePolicy::conflate: return "conflate";
    case QueuePolicy::drop_new: return "drop_new";
    case QueuePolicy::drop_oldest: return "drop_oldest";
    case QueuePolicy::close: return "close";
  }
  return "unknown";
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_QUEUE_POLICY_HPP
