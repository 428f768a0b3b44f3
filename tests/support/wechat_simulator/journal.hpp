// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_JOURNAL_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_JOURNAL_HPP

#include "support/wechat_simulator/json.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

namespace wechat_simulator {

/// Every request that was read to its end, with its answer; of old ones as many as fit.
class Journal {
 public:
  struct Entry {
    std::uint64_t number = 0;
    std::int64_t at = 0;
    /// On the real clock.
    std::int64_t real_at = 0;
    std::string method{};
    std::string path{};
    std::string ip{};
    std::string account{};
    std::string user{};
    std::string space{};
    /// Of the token; 0 = it came without, or with one that is none.
    std::uint64_t generation = 0;
    std::string body{};
    int status = 0;
    std::string answer{};
    /// How many others were being answered.
    std::int64_t parallel = 0;
    /// Whether something was done.
    bool committed = false;
    /// The action of the rule that was used.
    std::string fault{};
  };

  explicit Journal(std::size_t limit = 100'000) : limit_(limit) {}

  Entry& add(Entry entry) {
    entry.number = ++last_;
    if (entries_.size() >= limit_) entries_.pop_front();
    entries_.push_back(std::move(entry));
    return entries_.back();
  }

  /// Those behind number `after`, with `last`, the number of the newest one.
  Json report(std::uint64_t after, std::size_t limit, const std::string& path) const {
    Json all = Json::array();
    for (const Entry& each : entries_) {
      if (each.number <= after || (!path.empty() && each.path != path)) continue;
      if (all.size() == limit) break;
      all.push_back(json_of(each));
    }
    return {{"last", last_}, {"entries", std::move(all)}};
  }

 private:
  static Json json_of(const Entry& entry) {
    Json answer = Json::parse(entry.answer, nullptr, false);
    Json body = Json::parse(entry.body, nullptr, false);
    return {{"number", entry.number},
            {"at", entry.at},
            {"real_at", entry.real_at},
            {"method", entry.method},
            {"path", entry.path},
            {"ip", entry.ip},
            {"account", entry.account},
            {"user", entry.user},
            {"space", entry.space},
            {"generation", entry.generation},
            {"body", body.is_discarded() ? Json(entry.body) : std::move(body)},
            {"status", entry.status},
            {"answer", answer.is_discarded() ? Json(entry.answer) : std::move(answer)},
            {"parallel", entry.parallel},
            {"committed", entry.committed},
            {"fault", entry.fault.empty() ? Json() : Json::parse(entry.fault)}};
  }

  std::size_t limit_;
  std::uint64_t last_ = 0;
  std::deque<Entry> entries_{};
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_JOURNAL_HPP
