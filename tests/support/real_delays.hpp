// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_REAL_DELAYS_HPP
#define TIDINGS_TESTS_SUPPORT_REAL_DELAYS_HPP

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

namespace support {

/// Calls things later on a thread of its own, and rolls the dice; to a DelayedStore what a SimWorld is to one in simulated
/// time.
///
/// Thread    any. Lifetime  drops what has not been called.
class RealDelays {
 public:
  explicit RealDelays(std::uint64_t seed) : random_(seed), thread_([this] { run(); }) {}
  RealDelays(const RealDelays&) = delete;
  RealDelays& operator=(const RealDelays&) = delete;
  ~RealDelays() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// 0 .. below - 1.
  std::size_t pick(std::size_t below) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(random_() % below);
  }
  bool chance(double probability) {
    const std::lock_guard lock(mutex_);
    return static_cast<double>(random_() >> 11U) * 0x1.0p-53 < probability;
  }
  void after(std::chrono::milliseconds delay, std::function<void()> event) {
    {
      const std::lock_guard lock(mutex_);
      events_.emplace(std::chrono::steady_clock::now() + delay, std::move(event));
    }
    changed_.notify_all();
  }
  /// Waits until nothing is on its way.
  void settle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return events_.empty() && !calling_; });
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      if (events_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const auto first = events_.begin();
      if (first->first > std::chrono::steady_clock::now()) {
        changed_.wait_until(lock, first->first);
        continue;
      }
      const std::function<void()> event = std::move(first->second);
      events_.erase(first);
      calling_ = true;
      lock.unlock();
      event();
      lock.lock();
      calling_ = false;
      if (events_.empty()) changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::mt19937_64 random_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> events_;
  bool calling_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_REAL_DELAYS_HPP
