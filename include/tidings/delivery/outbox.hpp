// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_OUTBOX_HPP
#define TIDINGS_DELIVERY_OUTBOX_HPP

#include <tidings/completion.hpp>
#include <tidings/delivery/part_queue.hpp>
#include <tidings/delivery/ring.hpp>
#include <tidings/error.hpp>
#include <tidings/payload_kind.hpp>
#include <tidings/queue_policy.hpp>
#include <tidings/rare.hpp>
#include <tidings/shared_bytes.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// What a single stream without a hub still has to send: bounded in bytes, with a policy for the piece too many. No I/O,
/// no clock.
///
/// Completions of pieces that are given up are handed out, never called in here: their owner holds a lock.
///
/// @tparam Done  `Completion<>`; a parameter so that only a unit that queues compiles this.
template <class Done>
class BasicOutbox {
 public:
  struct Piece {
    SharedBytes bytes;
    /// Of the policy `conflate`; empty = none.
    std::string key;
    Done done;
    PayloadKind kind = PayloadKind::text;
  };

  BasicOutbox(std::size_t max_bytes, QueuePolicy policy) : max_bytes_(max_bytes), policy_(policy) {}

  /// Adds a piece behind the others.
  ///
  /// @param given_up  Receives the completions of pieces that had to go, among them this one's.
  /// Errors          errc::slow_consumer: full, and the stream is to be ended; the piece was not taken.
  std::error_code push(Piece piece, std::vector<Done>& given_up) {
    if (policy_ == QueuePolicy::conflate && !piece.key.empty()) supersede(piece.key, given_up);
    const std::size_t size = piece.bytes->size();
    if (policy_ == QueuePolicy::drop_oldest) {
      while (!fits(size) && !pieces_.empty()) give_up(0, given_up);
    }
    if (fits(size)) {
      add(size);
      pieces_.push_back(std::move(piece));
      return {};
    }
    given_up.push_back(std::move(piece.done));
    if (policy_ != QueuePolicy::drop_new && policy_ != QueuePolicy::drop_oldest) return errc::slow_consumer;
    ++dropped_;
    return {};
  }

  bool empty() const { return pieces_.empty(); }

  // ---- a message in parts: what is pushed from its begin on waits for its end ----

  using Parts = BasicPartQueue<Done>;

  /// @returns  what it is known by; 0 if there is one already.
  std::uint32_t begin_parts(PayloadKind kind) {
    if (parts_) return 0;
    parts_.set(Parts(kind, max_bytes_));
    ahead_ = pieces_.size();
    return ++part_message_;
  }
  /// Null if there is none.
  Parts* parts() const { return parts_ ? &*parts_ : nullptr; }
  /// The same, of the one that is known by it.
  Parts* parts(std::uint32_t message) const { return message == part_message_ ? parts() : nullptr; }
  void end_parts() {
    parts_.reset();
    ahead_ = 0;
  }
  /// Whether the next piece may go.
  bool ready() const { return !pieces_.empty() && (!parts_ || ahead_ > 0); }
  /// Whether the next frame of the message in parts may.
  bool part_ready() const { return parts_ && ahead_ == 0 && parts_->ready(); }

  /// Bytes that wait or are on their way, without those of parts that wait; from any thread, without the owner's lock.
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  /// Pieces that the policy gave up, without those that gave way to a newer one of their key.
  std::size_t dropped() const { return dropped_; }

  /// The next bytes to write, several pieces at once up to `max_gather`; they count until `written`.
  SharedBytes take(std::size_t max_gather, std::vector<Done>& on_way) {
    SharedBytes bytes = take_one(on_way);
    if (pieces_.empty() || bytes->size() + pieces_.front().bytes->size() > max_gather) return bytes;
    std::string gathered = *bytes;
    while (!pieces_.empty() && gathered.size() + pieces_.front().bytes->size() <= max_gather) {
      gathered.append(*take_one(on_way));
    }
    return share_bytes(std::move(gathered));
  }
  /// The next piece alone; it counts until `written`.
  Piece take_piece() {
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    on_way_ += piece.bytes->size();
    if (ahead_ > 0) --ahead_;
    return piece;
  }
  /// Of the next piece.
  std::size_t next_bytes() const { return pieces_.front().bytes->size(); }
  std::size_t size() const { return pieces_.size(); }
  /// Bytes that went past it, and are on their way.
  void note_on_way(std::size_t bytes) {
    on_way_ += bytes;
    add(bytes);
  }
  void written() { subtract(std::exchange(on_way_, 0)); }

  /// Forgets everything; hands out all completions.
  void clear(std::vector<Done>& given_up) {
    if (parts_) parts_->clear(given_up);
    end_parts();
    while (!pieces_.empty()) give_up(0, given_up);
    written();
  }

 private:
  // Written by one thread at a time.
  void add(std::size_t bytes) { bytes_.store(this->bytes() + bytes, std::memory_order_relaxed); }
  void subtract(std::size_t bytes) { bytes_.store(this->bytes() - bytes, std::memory_order_relaxed); }

  // An empty queue takes any piece: nothing could make room for it.
  bool fits(std::size_t size) const { return bytes() + size <= max_bytes_ || bytes() == 0; }

  SharedBytes take_one(std::vector<Done>& on_way) {
    Piece piece = take_piece();
    if (piece.done) on_way.push_back(std::move(piece.done));
    return std::move(piece.bytes);
  }

  void give_up(std::size_t index, std::vector<Done>& given_up) {
    Piece& piece = pieces_[index];
    subtract(piece.bytes->size());
    if (piece.done) given_up.push_back(std::move(piece.done));
    pieces_.erase(index);
    if (index < ahead_) --ahead_;
    ++dropped_;
  }

  void supersede(const std::string& key, std::vector<Done>& given_up) {
    std::size_t old = 0;
    while (old < pieces_.size() && pieces_[old].key != key) ++old;
    if (old == pieces_.size()) return;
    give_up(old, given_up);
    --dropped_;
  }

  Ring<Piece> pieces_;
  Rare<Parts> parts_;
  // Pieces that go before it.
  std::size_t ahead_ = 0;
  std::uint32_t part_message_ = 0;
  std::atomic<std::size_t> bytes_{0};
  std::size_t on_way_ = 0;
  std::size_t dropped_ = 0;
  std::size_t max_bytes_;
  QueuePolicy policy_;
};

using Outbox = BasicOutbox<Completion<>>;

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_OUTBOX_HPP
