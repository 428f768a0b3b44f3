// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALL_METER_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALL_METER_HPP

#include "support/wechat_simulator/virtual_clock.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace wechat_simulator {

/// Counts the calls of one account: a day of Asia/Shanghai and a minute of the clock at a time.
class CallMeter {
 public:
  struct Count {
    std::int64_t day = 0;
    std::int64_t used_today = 0;
    std::int64_t minute = 0;
    std::int64_t used_this_minute = 0;
    /// WeCom: who went beyond a minute's limit waits for a whole one.
    std::int64_t blocked_until = 0;
  };

  /// The path's counts, begun anew where a day or a minute is over.
  Count& at(const std::string& path, std::int64_t now) {
    Count& count = counts_[path];
    if (count.day != day_of(now)) {
      count.day = day_of(now);
      count.used_today = 0;
    }
    if (count.minute != minute_of(now)) {
      count.minute = minute_of(now);
      count.used_this_minute = 0;
    }
    return count;
  }
  void clear() { counts_.clear(); }
  const std::unordered_map<std::string, Count>& counts() const { return counts_; }

 private:
  std::unordered_map<std::string, Count> counts_{};
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALL_METER_HPP
