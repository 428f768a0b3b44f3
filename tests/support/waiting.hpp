// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WAITING_HPP
#define TIDINGS_TESTS_SUPPORT_WAITING_HPP

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

/// Waiting for what other threads do. Time is a failure limit here, never a way to let something happen.
namespace support {

using Clock = std::chrono::steady_clock;

/// How much slower a sanitizer makes everything: for limits that a specification gives.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif
inline constexpr int slowness = sanitized ? 5 : 1;

/// After this whatever a test waits for will not come any more.
inline constexpr std::chrono::milliseconds failure_limit{20'000};

/// Counts events of any thread.
class Tally {
 public:
  void add(std::size_t n = 1) {
    const std::lock_guard lock(mutex_);
    count_ += n;
    // With the lock held: whoever waits may destroy this as soon as it has seen the count.
    grown_.notify_all();
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  /// Waits until there are so many; false when there are not within the limit.
  bool reaches(std::size_t n, std::chrono::milliseconds limit = failure_limit) {
    std::unique_lock lock(mutex_);
    return grown_.wait_for(lock, limit, [&] { return count_ >= n; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable grown_;
  std::size_t count_ = 0;
};

/// What one thread hands to another, in order.
template <class T>
class Mailbox {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    arrived_.notify_one();
  }
  /// The next one; none within the limit.
  std::optional<T> take(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, limit, [this] { return !values_.empty(); })) return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    return value;
  }
  /// The next one; throws when there is none within the failure limit.
  T expect(const char* what = "nothing arrived") {
    std::optional<T> value = take(failure_limit);
    if (!value) throw std::runtime_error(what);
    return std::move(*value);
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return values_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<T> values_;
};

/// For what tells nobody when it happens: looks again and again until the limit.
template <class F>
bool eventually(F condition, std::chrono::milliseconds limit = failure_limit) {
  const auto end = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_WAITING_HPP
