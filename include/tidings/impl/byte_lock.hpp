// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_BYTE_LOCK_HPP
#define TIDINGS_IMPL_BYTE_LOCK_HPP

#include <tidings/version.hpp>

#include <atomic>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// A mutex of one byte, for objects of which there are many. Who waits sleeps.
///
/// Source  U. Drepper, "Futexes Are Tricky", 2011: the second mutex.
class ByteLock {
 public:
  ByteLock() = default;
  ByteLock(const ByteLock&) = delete;
  ByteLock& operator=(const ByteLock&) = delete;

  void lock() noexcept {
    std::uint8_t before = open;
    if (state_.compare_exchange_strong(before, taken, std::memory_order_acquire)) return;
    while (state_.exchange(contended, std::memory_order_acquire) != open) {
      state_.wait(contended, std::memory_order_relaxed);
    }
  }
  void unlock() noexcept {
    if (state_.exchange(open, std::memory_order_release) == contended) state_.notify_one();
  }

 private:
  static constexpr std::uint8_t open = 0;
  static constexpr std::uint8_t taken = 1;
  static constexpr std::uint8_t contended = 2;

  std::atomic<std::uint8_t> state_{open};
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_BYTE_LOCK_HPP
