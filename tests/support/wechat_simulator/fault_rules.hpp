// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_FAULT_RULES_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_FAULT_RULES_HPP

#include "support/wechat_simulator/json.hpp"
#include "support/wechat_simulator/random.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wechat_simulator {

/// What goes wrong, and when: rules in the order they came, of which the first that fits is used.
class FaultRules {
 public:
  /// What a rule is held against.
  struct Subject {
    /// "request" or "receipt".
    std::string on = "request";
    std::string path{};
    std::string user{};
    std::string account{};
    bool reused = false;
  };

  /// {"on", "match": {"path", "user", "account", "nth", "probability", "seed"}, "times", "action"}; throws
  /// `std::invalid_argument`.
  void add(const Json& rule);
  void clear() { rules_.clear(); }
  bool empty() const { return rules_.empty(); }

  /// The action of the first rule that fits, which it counts as used; null = nothing goes wrong.
  Json take(const Subject& subject);
  /// With how often each was used.
  Json report() const;

 private:
  struct Rule {
    std::string on = "request";
    std::string path{};
    std::string user{};
    std::string account{};
    /// Only the nth that fits, from 1; 0 = each.
    std::uint64_t nth = 0;
    double probability = 1;
    /// Negative = for ever.
    std::int64_t times = 1;
    Json action = Json::object();
    std::uint64_t seen = 0;
    std::uint64_t used = 0;
    Random random{};

    bool is_about(const Subject& subject) const;
  };

  std::vector<Rule> rules_{};
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_FAULT_RULES_HPP
