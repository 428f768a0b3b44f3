// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ORDER_POINT_HPP
#define TIDINGS_DELIVERY_ORDER_POINT_HPP

#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// The one place of a loop and topic where the order of messages is decided.
///
/// A hand-over with the next offset is given to the sessions; a lower one was given before; a higher one waits while
/// the hole is read from the store. So a lost and a reordered announcement are one case.
class OrderPoint {
 public:
  enum class Verdict { deliver, duplicate, parked, epoch_changed };

  constexpr OrderPoint(std::uint64_t epoch, std::uint64_t next_offset) : epoch_(epoch), next_offset_(next_offset) {}

  /// Moves on past the offset when the verdict is `deliver`.
  constexpr Verdict on_message(std::uint64_t epoch, std::uint64_t offset) {
    if (epoch != epoch_) return Verdict::epoch_changed;
    if (offset < next_offset_) return Verdict::duplicate;
    if (offset > next_offset_) return Verdict::parked;
    ++next_offset_;
    return Verdict::deliver;
  }

  /// Everything up to the offset is known to be given, gone or not there.
  constexpr void advance_through(std::uint64_t offset) {
    if (offset >= next_offset_) next_offset_ = offset + 1;
  }

  constexpr std::uint64_t epoch() const { return epoch_; }
  constexpr std::uint64_t next_offset() const { return next_offset_; }

 private:
  std::uint64_t epoch_;
  std::uint64_t next_offset_;
};

/// Messages that came before their turn. Bounded: what does not fit is read from the store with its hole.
template <class T>
class ParkingLot {
 public:
  explicit ParkingLot(std::size_t most) : most_(most) {}

  /// The latest offset gives way when the lot is full: it is needed last.
  void park(std::uint64_t offset, T message) {
    if (most_ == 0) return;
    if (!parked_) parked_ = std::make_unique<std::map<std::uint64_t, T>>();
    parked_->emplace(offset, std::move(message));
    if (parked_->size() > most_) parked_->erase(std::prev(parked_->end()));
  }

  /// The message whose turn it is, if it waits here; moves the order point past it.
  std::optional<T> pop_ready(OrderPoint& order) {
    forget_through(order.next_offset() - 1);
    if (!parked_ || parked_->begin()->first != order.next_offset()) return std::nullopt;
    std::optional<T> message = std::move(parked_->begin()->second);
    parked_->erase(parked_->begin());
    if (parked_->empty()) clear();
    order.advance_through(order.next_offset());
    return message;
  }

  void forget_through(std::uint64_t offset) {
    if (!parked_) return;
    parked_->erase(parked_->begin(), parked_->upper_bound(offset));
    if (parked_->empty()) clear();
  }
  void clear() { parked_.reset(); }
  bool empty() const { return !parked_; }
  std::size_t size() const { return parked_ ? parked_->size() : 0; }

 private:
  // Null when empty: most topics never park anything.
  std::unique_ptr<std::map<std::uint64_t, T>> parked_;
  std::size_t most_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ORDER_POINT_HPP
