// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_HOLDS_HPP
#define TIDINGS_NET_HOLDS_HPP

#include <tidings/version.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Counts what somebody waits for: last words on their way, answers to be had.
///
/// @tparam Mutex  `std::mutex`; a parameter so that only a unit that waits compiles this.
/// Thread    any. Lifetime  shared with the holds it gave.
template <class Mutex>
class BasicHolds : public std::enable_shared_from_this<BasicHolds<Mutex>> {
 public:
  /// Counts until the answer is destroyed.
  std::shared_ptr<void> take() {
    const std::lock_guard lock(mutex_);
    ++count_;
    return {nullptr, [self = this->shared_from_this()](void*) { self->give_back(); }};
  }

  /// False when some are left after the timeout.
  bool wait_for_none(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, timeout, [this] { return count_ == 0; });
  }

  void wait_for_none() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  void give_back() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) none_.notify_all();
  }

  Mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
};

using Holds = BasicHolds<std::mutex>;

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_HOLDS_HPP
