// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RECEIPT_DESK_HPP
#define TIDINGS_WECHAT_RECEIPT_DESK_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/receipt_options.hpp>
#include <tidings/wechat/receipt_report.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Where receipts wait for their sends and sends for their receipts. No I/O, no clock.
///
/// Thread  none of its own.
class ReceiptDesk {
 public:
  struct Parked {
    ReceiptReport report{};
    wall_time since{};
  };
  struct Overdue {
    std::uint64_t attempt = 0;
    std::string account{};
    std::string msgid{};
  };
  struct Due {
    std::vector<Parked> unclaimed{};
    std::vector<Overdue> overdue{};
  };

  /// Throws `std::invalid_argument` for options out of their range.
  explicit ReceiptDesk(const ReceiptOptions& options) : options_(options) {
    if (options.timeout.count() <= 0 || options.parked_life.count() <= 0) {
      throw std::invalid_argument("ReceiptOptions: timeout and parked_life: > 0");
    }
    if (options.max_expected < 1 || options.max_parked < 1) {
      throw std::invalid_argument("ReceiptOptions: max_expected and max_parked: at least 1");
    }
  }

  /// Keeps a receipt until it is taken or has waited enough; the same one twice is kept once. Says which one had to go for
  /// it, if any.
  std::optional<Parked> park(Parked parked) {
    const Key key(parked.report.account, parked.report.msgid);
    const auto [first, last] = parked_by_id_.equal_range(key);
    if (std::any_of(first, last, [&](const auto& each) { return parked_.at(each.second).report == parked.report; })) {
      return std::nullopt;
    }
    std::optional<Parked> oldest;
    if (parked_.size() >= options_.max_parked) oldest = drop(parked_.begin());
    const Place place(parked.since + options_.parked_life, next_++);
    parked_.emplace(place, std::move(parked));
    parked_by_id_.emplace(key, place);
    return oldest;
  }

  /// The receipts of a send, in the order in which they came; they wait no longer.
  std::vector<Parked> take(const std::string& account, const std::string& msgid) {
    std::vector<Parked> taken;
    const Key key(account, msgid);
    for (auto found = parked_by_id_.find(key); found != parked_by_id_.end(); found = parked_by_id_.find(key)) {
      taken.push_back(drop(parked_.find(found->second)));
    }
    return taken;
  }

  /// Watches for the receipt of a send. False when there are too many.
  bool expect(std::uint64_t attempt, std::string account, std::string msgid, wall_time accepted) {
    if (expected_.size() >= options_.max_expected) return false;
    const Key key(account, msgid);
    if (expected_by_id_.contains(key)) return true;
    const Place place(accepted + options_.timeout, next_++);
    expected_.emplace(place, Overdue{attempt, std::move(account), std::move(msgid)});
    expected_by_id_.emplace(key, place);
    return true;
  }

  /// The receipt came.
  void settle(const std::string& account, const std::string& msgid) {
    const auto found = expected_by_id_.find({account, msgid});
    if (found == expected_by_id_.end()) return;
    expected_.erase(found->second);
    expected_by_id_.erase(found);
  }

  /// What has waited enough; it waits no longer.
  Due on_time(wall_time now) {
    Due due;
    while (!parked_.empty() && parked_.begin()->first.first <= now) due.unclaimed.push_back(drop(parked_.begin()));
    while (!expected_.empty() && expected_.begin()->first.first <= now) {
      Overdue overdue = std::move(expected_.begin()->second);
      expected_.erase(expected_.begin());
      expected_by_id_.erase({overdue.account, overdue.msgid});
      due.overdue.push_back(std::move(overdue));
    }
    return due;
  }

  /// When `on_time` has something to say; nothing = never.
  std::optional<wall_time> next_time() const {
    std::optional<wall_time> next;
    if (!parked_.empty()) next = parked_.begin()->first.first;
    if (!expected_.empty())
      next = std::min(next.value_or(expected_.begin()->first.first), expected_.begin()->first.first);
    return next;
  }

  std::size_t parked() const { return parked_.size(); }
  std::size_t expected() const { return expected_.size(); }

 private:
  // Account and msgid.
  using Key = std::pair<std::string, std::string>;
  // By the time of waiting enough, then by arrival.
  using Place = std::pair<wall_time, std::uint64_t>;

  Parked drop(std::map<Place, Parked>::iterator at) {
    const Place place = at->first;
    Parked parked = std::move(at->second);
    parked_.erase(at);
    const auto [first, last] = parked_by_id_.equal_range({parked.report.account, parked.report.msgid});
    parked_by_id_.erase(std::find_if(first, last, [&](const auto& each) { return each.second == place; }));
    return parked;
  }

  ReceiptOptions options_;
  std::map<Place, Parked> parked_;
  std::multimap<Key, Place> parked_by_id_;
  std::map<Place, Overdue> expected_;
  std::map<Key, Place> expected_by_id_;
  std::uint64_t next_ = 0;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RECEIPT_DESK_HPP
