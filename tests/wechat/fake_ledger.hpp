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

  // Of the concept. What is asked is done when the answer comes: that is the unkind order.
  void find_attempt(std::string account, std::string msgid, Found found) {
    give([this, account = std::move(account), msgid = std::move(msgid), found = std::move(found)](bool fails) mutable {
      if (fails) return found.fail(tidings::errc::store_unavailable);
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i].account == account && rows_[i].msgid == msgid) return found({}, attempt(i));
      }
      found({}, std::nullopt);
    });
  }
  void find_unknown(std::string account, std::string user, Found found) {
    give([this, account = std::move(account), user = std::move(user), found = std::move(found)](bool fails) mutable {
      if (fails) return found.fail(tidings::errc::store_unavailable);
      std::optional<tidings::wechat::ReceiptAttempt> one;
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i].account != account || rows_[i].user != user || rows_[i].state != State::unknown) continue;
        if (one) return found({}, std::nullopt);
        one = attempt(i);
      }
      found({}, one);
    });
  }
  void move_attempt(std::uint64_t id, State from, State to, std::string reason, tidings::Completion<bool> moved) {
    give([this, id, from, to, reason = std::move(reason), moved = std::move(moved)](bool fails) mutable {
      if (fails) return moved.fail(tidings::errc::store_unavailable);
      if (row(id).state != from) return moved({}, false);
      row(id).state = to;
      row(id).reason = std::move(reason);
      row(id).history.push_back(to);
      moved({}, true);
    });
  }

 private:
  tidings::wechat::ReceiptAttempt attempt(std::size_t i) const { return {i + 1, rows_[i].state}; }

  template <class F>
  void give(F f) {
    ++calls;
    const bool fails = failures > 0 && failures-- > 0;
    if (!late) return f(fails);
    answers_.emplace_back([f = std::move(f), fails]() mutable { f(fails); });
  }

  std::vector<Row> rows_;
  std::deque<tidings::UniqueFunction<void()>> answers_;
};

static_assert(tidings::wechat::ReceiptLedger<FakeLedger>);

}  // namespace support

#endif  // TIDINGS_TESTS_WECHAT_FAKE_LEDGER_HPP
