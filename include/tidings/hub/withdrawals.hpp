// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_WITHDRAWALS_HPP
#define TIDINGS_HUB_WITHDRAWALS_HPP

#include <tidings/defaults.hpp>
#include <tidings/hub/arrival.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// What `revoke` and `disconnect` take away while sessions are on their way in. Between the question to `authorize` and
/// its loop a session is in nobody's table: it asks here, on its loop, what it must not be given any more.
///
/// Remembers only as long as somebody who came before is still on the way, and `defaults::max_withdrawals` at most: who
/// was on the way longer is told that everything was withdrawn.
/// @tparam Loop  As for `BasicEngine`.
/// Thread    any. Lifetime  shared with the arrivals it gave.
template <class Loop>
class BasicWithdrawals : public std::enable_shared_from_this<BasicWithdrawals<Loop>> {
 public:
  Arrival arrive() {
    std::uint64_t now = 0;
    {
      const std::lock_guard lock(mutex_);
      now = last_;
      ++arrivals_[now];
    }
    return std::make_shared<const Since>(this->shared_from_this(), now);
  }

  /// To be called before the sessions that are there are told.
  void disconnect(const std::string& user) { add({0, user, {}, true}); }
  void revoke(const std::string& user, const std::string& topic) { add({0, user, topic, false}); }

  /// How many are remembered.
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return log_.size();
  }

 private:
  struct Entry {
    std::uint64_t number;
    std::string user;
    std::string topic;
    bool all;
  };

  struct Since final : Withdrawn {
    Since(std::shared_ptr<BasicWithdrawals> o, std::uint64_t n) : of(std::move(o)), number(n) {}
    ~Since() override { of->forget(number); }

    bool lost() const override { return of->lost(number); }
    bool concerns(std::string_view user) const override {
      return of->any(number, [user](const Entry& each) { return each.user == user; });
    }
    bool disconnected(std::string_view user) const override {
      return of->any(number, [user](const Entry& each) { return each.all && each.user == user; });
    }
    bool revoked(std::string_view user, std::string_view topic) const override {
      return of->any(number, [&](const Entry& each) { return !each.all && each.user == user && each.topic == topic; });
    }

    std::shared_ptr<BasicWithdrawals> of;
    std::uint64_t number;
  };

  void add(Entry entry) {
    const std::lock_guard lock(mutex_);
    if (arrivals_.empty()) return;
    entry.number = ++last_;
    log_.push_back(std::move(entry));
    if (log_.size() <= defaults::max_withdrawals) return;
    forgotten_ = log_.front().number;
    log_.pop_front();
  }

  bool lost(std::uint64_t since) const {
    const std::lock_guard lock(mutex_);
    return since < forgotten_;
  }
  template <class Wanted>
  bool any(std::uint64_t since, Wanted wanted) const {
    const std::lock_guard lock(mutex_);
    if (since < forgotten_) return true;
    for (auto each = log_.rbegin(); each != log_.rend() && each->number > since; ++each) {
      if (wanted(*each)) return true;
    }
    return false;
  }
  void forget(std::uint64_t since) {
    const std::lock_guard lock(mutex_);
    const auto own = arrivals_.find(since);
    if (--own->second == 0) arrivals_.erase(own);
    // What came before the first who is still on the way concerns nobody.
    const std::uint64_t oldest = arrivals_.empty() ? last_ : arrivals_.begin()->first;
    while (!log_.empty() && log_.front().number <= oldest) log_.pop_front();
  }

  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;
  // Entries up to this one had no room.
  std::uint64_t forgotten_ = 0;
  std::deque<Entry> log_;
  // How many arrived after which entry.
  std::map<std::uint64_t, std::size_t> arrivals_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_WITHDRAWALS_HPP
