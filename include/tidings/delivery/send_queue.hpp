// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_SEND_QUEUE_HPP
#define TIDINGS_DELIVERY_SEND_QUEUE_HPP

#include <tidings/delivery/live_message.hpp>
#include <tidings/queue_policy.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Slot and offset of a message.
using SlotOffset = std::pair<std::uint32_t, std::uint64_t>;

/// One entry of a send queue: a message of the session's subscription `slot`, or the mark of offsets that the session
/// does not get.
struct Queued {
  enum class Kind : std::uint8_t {
    message,
    /// Dropped by the policy: the reader is told of a gap, a member's range is recorded.
    dropped,
    /// Gave way to a later message of the same key: a member's range is recorded, the reader needs no word.
    superseded,
  };

  LiveRef message;
  std::uint32_t slot = 0;
  Kind kind = Kind::message;
  /// Of a mark.
  std::uint64_t from = 0;
  std::uint64_t to = 0;

  std::size_t bytes() const { return message ? message->queued_bytes() : 0; }
  std::uint64_t first_offset() const { return message ? message->offset() : from; }
  bool same_mark(const Queued& other) const {
    return !message && slot == other.slot && kind == other.kind && from == other.from && to == other.to;
  }
};

/// What one session still has to send: bounded in bytes, with a policy for the message too many. No I/O.
///
/// A full queue never loses a message without a trace: `spill` tells the caller to discard the whole queue and read on
/// from the store later; the other policies leave a mark in place of what was given up, out of which the session makes
/// a gap and an exception range.
///
/// @tparam Message  `LiveRef`; a parameter so that only a unit that queues compiles this.
template <class Message>
class BasicSendQueue {
 public:
  enum class Verdict {
    queued,
    /// An earlier message with the same key gave way.
    conflated,
    /// A message was dropped and a mark stands in its place.
    dropped,
    /// Over the bound: the caller discards the queue and reads on from the store.
    spill,
    /// Over the bound: the caller ends the session with `errc::slow_consumer`.
    close,
  };

  BasicSendQueue(std::size_t max_bytes, QueuePolicy policy) : max_bytes_(max_bytes), policy_(policy) {}

  bool empty() const { return items_.empty(); }
  /// Messages and marks.
  std::size_t size() const { return items_.size(); }
  std::size_t bytes() const { return bytes_; }
  Queued& front() { return items_.front(); }
  const std::deque<Queued>& items() const { return items_; }

  Verdict push(Message message, std::uint32_t slot) {
    const std::size_t size = message->queued_bytes();
    const bool conflated = policy_ == QueuePolicy::conflate && supersede(*message, slot);
    // An empty queue takes any message: nothing could make room for it.
    if (bytes_ + size <= max_bytes_ || bytes_ == 0) {
      append(std::move(message), slot, size);
      return conflated ? Verdict::conflated : Verdict::queued;
    }
    switch (policy_) {
      case QueuePolicy::drop_new: mark_dropped_new(message->offset(), slot); return Verdict::dropped;
      case QueuePolicy::drop_oldest:
        while (bytes_ + size > max_bytes_ && bytes_ > 0) drop_first_message();
        append(std::move(message), slot, size);
        return Verdict::dropped;
      case QueuePolicy::close: return Verdict::close;
      case QueuePolicy::spill:
      case QueuePolicy::conflate: break;
    }
    return Verdict::spill;
  }

  void pop() {
    bytes_ -= items_.front().bytes();
    items_.pop_front();
  }

  /// The first entry, a message, on its way; adds it to `taken`.
  Queued take(std::vector<SlotOffset>& taken) {
    Queued first = std::move(items_.front());
    items_.pop_front();
    bytes_ -= first.bytes();
    taken.emplace_back(first.slot, first.first_offset());
    return first;
  }

  /// Forgets everything of one subscription.
  void erase_slot(std::uint32_t slot) {
    std::erase_if(items_, [&](const Queued& item) {
      if (item.slot != slot) return false;
      bytes_ -= item.bytes();
      return true;
    });
  }

  /// The first offset queued or given up for a subscription; 0 = none.
  std::uint64_t first_offset(std::uint32_t slot) const {
    std::uint64_t first = 0;
    for (const Queued& item : items_) {
      if (item.slot == slot && (first == 0 || item.first_offset() < first)) first = item.first_offset();
    }
    return first;
  }

 private:
  void append(Message message, std::uint32_t slot, std::size_t size) {
    items_.push_back({std::move(message), slot});
    bytes_ += size;
  }

  // The newer message goes to the end, so that offsets stay in order.
  bool supersede(const LiveMessage& message, std::uint32_t slot) {
    const std::string& key = message.stored().message.key;
    if (key.empty()) return false;
    for (auto item = items_.begin(); item != items_.end(); ++item) {
      if (item->message && item->slot == slot && item->message->stored().message.key == key) {
        replace_by_mark(item, Queued::Kind::superseded);
        return true;
      }
    }
    return false;
  }

  // A mark of the same kind that stands before it without a message of the subscription between them grows instead.
  void replace_by_mark(std::deque<Queued>::iterator item, Queued::Kind kind) {
    const std::uint32_t slot = item->slot;
    const std::uint64_t offset = item->message->offset();
    bytes_ -= item->bytes();
    for (auto mark = item; mark != items_.begin();) {
      --mark;
      if (mark->slot != slot) continue;
      if (mark->kind != kind) break;
      mark->to = offset;
      items_.erase(item);
      return;
    }
    *item = {{}, slot, kind, offset, offset};
  }

  void mark_dropped_new(std::uint64_t offset, std::uint32_t slot) {
    for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
      if (item->slot != slot) continue;
      if (item->kind != Queued::Kind::dropped) break;
      item->to = offset;
      return;
    }
    items_.push_back({{}, slot, Queued::Kind::dropped, offset, offset});
  }

  void drop_first_message() {
    const auto victim =
        std::find_if(items_.begin(), items_.end(), [](const Queued& item) { return static_cast<bool>(item.message); });
    replace_by_mark(victim, Queued::Kind::dropped);
  }

  std::deque<Queued> items_;
  std::size_t bytes_ = 0;
  std::size_t max_bytes_;
  QueuePolicy policy_;
};

using SendQueue = BasicSendQueue<LiveRef>;

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_SEND_QUEUE_HPP
