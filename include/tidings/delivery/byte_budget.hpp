// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_BYTE_BUDGET_HPP
#define TIDINGS_DELIVERY_BYTE_BUDGET_HPP

#include <tidings/version.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Bytes that many connections share: what all of them together may make us hold.
///
/// Thread  any.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t most) noexcept : most_(most) {}

  /// False if there is no room; then nothing was taken.
  bool take(std::size_t bytes) noexcept {
    const std::size_t most = most_.load(std::memory_order_relaxed);
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > most - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  /// The bound is not to keep a single one from what it is allowed.
  void let_one_have(std::size_t bytes) noexcept {
    std::size_t most = most_.load(std::memory_order_relaxed);
    while (bytes > most && !most_.compare_exchange_weak(most, bytes, std::memory_order_relaxed)) {
    }
  }
  void give_back(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> most_;
};

/// One connection's part of a budget, given back with it. Without a budget there is room for anything.
///
/// Thread  one at a time. Lifetime  shares the budget.
class BudgetShare {
 public:
  /// @param largest  Bytes that this one may need at once; the budget is never less.
  explicit BudgetShare(std::shared_ptr<ByteBudget> budget = nullptr, std::size_t largest = 0) noexcept
      : budget_(std::move(budget)) {
    if (budget_) budget_->let_one_have(largest);
  }
  BudgetShare(BudgetShare&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  BudgetShare& operator=(BudgetShare&&) = delete;
  ~BudgetShare() { set(0); }

  std::size_t bytes() const noexcept { return bytes_; }
  /// Takes what is missing, or gives back what is too much. False, and as before, if there is no room.
  bool set(std::size_t bytes) noexcept {
    if (!budget_ || bytes == bytes_) return true;
    if (bytes > bytes_ && !budget_->take(bytes - bytes_)) return false;
    if (bytes < bytes_) budget_->give_back(bytes_ - bytes);
    bytes_ = bytes;
    return true;
  }

 private:
  std::shared_ptr<ByteBudget> budget_;
  std::size_t bytes_ = 0;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_BYTE_BUDGET_HPP
