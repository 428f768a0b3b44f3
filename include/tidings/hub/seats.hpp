// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_SEATS_HPP
#define TIDINGS_HUB_SEATS_HPP

#include <tidings/delivery/session_start.hpp>
#include <tidings/error.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// Counts sessions: of the hub and of each user against their limits, of each loop for its load.
///
/// Thread    any. Lifetime  shared with the seats it gave.
class Seats : public std::enable_shared_from_this<Seats> {
 public:
  Seats(std::size_t max_sessions, std::size_t loops) : max_sessions_(max_sessions), loads_(loops) {}

  /// @param counted  Streams and waiting polls count against the limits, short polls only for the load.
  /// @param limit    Sessions that this user may have; an anonymous one has no limit of its own.
  /// Errors          errc::too_many_sessions (the user's), errc::overloaded (the hub's).
  std::error_code take(const std::string& user, bool counted, std::size_t limit, std::size_t loop,
                       std::unique_ptr<delivery::Seat>& seat) {
    Counts::value_type* count = nullptr;
    if (counted) {
      const std::lock_guard lock(mutex_);
      if (total_ >= max_sessions_) return errc::overloaded;
      if (!user.empty()) {
        if (limit == 0) return errc::too_many_sessions;
        count = &*users_.try_emplace(user).first;
        if (count->second >= limit) return errc::too_many_sessions;
        ++count->second;
      }
      ++total_;
    }
    seat = std::make_unique<Taken>(shared_from_this(), count, counted, loop);
    return {};
  }

  std::size_t least_loaded() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < loads_.size(); ++i) {
      if (load(i) < load(best)) best = i;
    }
    return best;
  }
  std::size_t load(std::size_t loop) const { return loads_[loop].load(std::memory_order_relaxed); }

  std::size_t total() const {
    const std::lock_guard lock(mutex_);
    return total_;
  }

 private:
  using Counts = std::unordered_map<std::string, std::size_t>;

  struct Taken final : delivery::Seat {
    Taken(std::shared_ptr<Seats> s, Counts::value_type* u, bool c, std::size_t l)
        : seats(std::move(s)), user(u), counted(c), loop(static_cast<std::uint32_t>(l)) {
      seats->loads_[loop].fetch_add(1, std::memory_order_relaxed);
    }
    ~Taken() override { seats->give_back(*this); }

    std::shared_ptr<Seats> seats;
    // Of the user; stays where it is as long as it is not 0. Null = anonymous, or not counted.
    Counts::value_type* user;
    bool counted;
    std::uint32_t loop;
  };

  void give_back(const Taken& taken) {
    loads_[taken.loop].fetch_sub(1, std::memory_order_relaxed);
    if (!taken.counted) return;
    const std::lock_guard lock(mutex_);
    --total_;
    if (taken.user != nullptr && --taken.user->second == 0) users_.erase(users_.find(taken.user->first));
  }

  mutable std::mutex mutex_;
  Counts users_;
  std::size_t total_ = 0;
  std::size_t max_sessions_;
  std::vector<std::atomic<std::size_t>> loads_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_SEATS_HPP
