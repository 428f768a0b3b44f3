// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_UPWARD_RATES_HPP
#define TIDINGS_HUB_UPWARD_RATES_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/token_bucket.hpp>
#include <tidings/time.hpp>

#include <mutex>
#include <string>
#include <unordered_map>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// How often each sender may bring a message by POST.
///
/// @tparam Owner  Who keeps it; a parameter so that only a unit that serves requests compiles this.
/// Thread  any.
template <class Owner>
class BasicUpwardRates {
 public:
  /// Takes one message of this sender; false if it comes too often, or too many others send.
  bool take(const std::string& sender, double rate, double burst, steady_time now) {
    const std::lock_guard lock(mutex_);
    if (buckets_.size() >= defaults::max_upward_senders) {
      // Who may send at once again need not be remembered.
      std::erase_if(buckets_, [now](auto& each) { return each.second.is_full(now); });
    }
    if (buckets_.size() >= defaults::max_upward_senders && buckets_.count(sender) == 0) return false;
    return buckets_.try_emplace(sender, rate, burst, now).first->second.try_take(now);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, delivery::TokenBucket> buckets_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_UPWARD_RATES_HPP
