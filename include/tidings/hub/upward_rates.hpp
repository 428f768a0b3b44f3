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
/// @tparam Key  `std::string`; a parameter so that only a unit that serves requests compiles this.
/// Thread  any.
template <class Key>
class BasicUpwardRates {
 public:
  /// Takes one message of this sender; false if it comes too often, or too many others send.
  bool take(const Key& sender, double rate, double burst, steady_time now) {
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
  std::unordered_map<Key, delivery::TokenBucket> buckets_;
};

using UpwardRates = BasicUpwardRates<std::string>;

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_UPWARD_RATES_HPP
