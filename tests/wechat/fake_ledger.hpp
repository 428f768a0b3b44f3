// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_WECHAT_FAKE_LEDGER_HPP
#define TIDINGS_TESTS_WECHAT_FAKE_LEDGER_HPP

#include <tidings/error.hpp>
#include <tidings/unique_function.hpp>
#include <tidings/wechat/receipt_ledger.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// A ReceiptLedger in memory, that answers when the test says so.
class FakeLedger {
 public:
  using State = tidings::AttemptState;
  using Found = tidings::wechat::ReceiptAttemptFound;

  struct Row {
    std::string account{};
    std::string user{};
    std::string msgid{};
    State state = State::sending;
    std::string reason{};
    std::vector<State> history{};
  };

  /// Answers wait for `answer` instead of coming at once.
  bool late = false;
  /// What is asked is done at once, and only heard of late; else it is done when it is heard of.
  bool early = false;
  /// The next so many calls fail.
  int failures = 0;
  std::size_t calls = 0;

  std::uint64_t add(std::string account, std::string user, std::string msgid = {}, State state = State::sending) {
    rows_.push_back({std::move(account), std::move(user), std::move(msgid), state});
    return rows_.size();
  }
  Row& row(std::uint64_t id) { return rows_.at(id - 1); }
  std::size_t waiting() const { return answers_.size(); }

  /// Gives the n-th answer that waits.
  void answer(std::size_t n = 0) {
    tidings::UniqueFunction<void()> one = std::move(answers_.at(n));
    answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(n));
    one();
  }
  void answer_all() {
    while (!answers_.empty()) answer();
  }
  /// Loses what waits, as a ledger that is destroyed does.
  void lose() { answers_.clear(); }

  // Of the concept.
  void find_attempt(std::string account, std::string msgid, Found found) {
    give([this, account = std::move(account), msgid = std::move(msgid)] { return known(account, msgid); },
         std::move(found));
  }
  void find_unknown(std::string account, std::string user, Found found) {
    give([this, account = std::move(account), user = std::move(user)] { return only_unknown(account, user); },
         std::move(found));
  }
  void move_attempt(std::uint64_t id, State from, State to, std::string reason, tidings::Completion<bool> moved) {
    give(
        [this, id, from, to, reason = std::move(reason)] {
          if (row(id).state != from) return false;
          row(id).state = to;
          row(id).reason = reason;
          row(id).history.push_back(to);
          return true;
        },
        std::move(moved));
  }

 private:
  using Attempt = std::optional<tidings::wechat::ReceiptAttempt>;

  Attempt attempt(std::size_t i) const { return tidings::wechat::ReceiptAttempt{i + 1, rows_[i].state}; }

  Attempt known(const std::string& account, const std::string& msgid) const {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].account == account && rows_[i].msgid == msgid) return attempt(i);
    }
    return std::nullopt;
  }
  Attempt only_unknown(const std::string& account, const std::string& user) const {
    Attempt one;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].account != account || rows_[i].user != user || rows_[i].state != State::unknown) continue;
      if (one) return std::nullopt;
      one = attempt(i);
    }
    return one;
  }

  // Between what the ledger does and what is heard of it anything may happen, and before it too.
  template <class Work, class Done>
  void give(Work work, Done done) {
    ++calls;
    if (failures > 0) {
      --failures;
      put([done = std::move(done)]() mutable { done.fail(tidings::errc::store_unavailable); });
    } else if (early) {
      put([done = std::move(done), result = work()]() mutable { done({}, result); });
    } else {
      put([done = std::move(done), work = std::move(work)]() mutable { done({}, work()); });
    }
  }
  void put(tidings::UniqueFunction<void()> answer) {
    if (!late) return answer();
    answers_.push_back(std::move(answer));
  }

  std::vector<Row> rows_;
  std::deque<tidings::UniqueFunction<void()>> answers_;
};

static_assert(tidings::wechat::ReceiptLedger<FakeLedger>);

}  // namespace support

#endif  // TIDINGS_TESTS_WECHAT_FAKE_LEDGER_HPP
