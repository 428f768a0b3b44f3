// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_LEDGER_ASKED_LEDGER_HPP
#define TIDINGS_TESTS_CONFORMANCE_LEDGER_ASKED_LEDGER_HPP

#include <tidings/delivery/attempt_ledger.hpp>
#include <tidings/wechat/receipt_ledger.hpp>

#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace conformance {

using namespace tidings;

/// Calls a ledger and waits for what it says.
template <class L>
class Asked {
 public:
  explicit Asked(L& l) : ledger(l) {}

  std::vector<AttemptLine> open(std::vector<SendRecord> sends, AttemptState state = AttemptState::queued) {
    return wait<std::vector<AttemptLine>>([&](auto done) { ledger.open(std::move(sends), state, std::move(done)); });
  }
  std::vector<bool> begin(std::vector<std::uint64_t> ids, const std::string& owner, wall_time now) {
    return wait<std::vector<bool>>([&](auto done) { ledger.begin(std::move(ids), owner, now, std::move(done)); });
  }
  AttemptLine end(AttemptEnd end) {
    return wait<std::vector<AttemptLine>>([&](auto done) { ledger.end({std::move(end)}, std::move(done)); }).at(0);
  }
  void renew(const std::string& owner, wall_time until) {
    auto box = std::make_shared<support::Mailbox<std::error_code>>();
    ledger.renew(owner, until, [box](std::error_code ec) { box->put(ec); });
    CHECK_FALSE(box->expect());
  }
  std::vector<AttemptLine> adopt(const std::string& account, const std::string& owner, wall_time now,
                                 std::size_t limit = 100) {
    return wait<std::vector<AttemptLine>>(
        [&](auto done) { ledger.adopt(account, owner, now, limit, std::move(done)); });
  }
  std::vector<AttemptLine> awaited(const std::string& account, std::uint64_t after, std::size_t limit) {
    return wait<std::vector<AttemptLine>>([&](auto done) { ledger.awaited(account, after, limit, std::move(done)); });
  }
  std::optional<AttemptLine> find(const std::string& account, const std::string& id) {
    return wait<std::optional<AttemptLine>>([&](auto done) { ledger.find(account, id, std::move(done)); });
  }
  std::vector<AttemptLine> attempts(MessageId message, const std::string& user = {}) {
    return wait<std::vector<AttemptLine>>([&](auto done) { ledger.attempts(message, user, std::move(done)); });
  }
  std::vector<AttemptLine> history(const std::string& user, std::size_t limit = 100) {
    return wait<std::vector<AttemptLine>>([&](auto done) { ledger.history(user, limit, std::move(done)); });
  }
  std::vector<MissedRecipient> missed(MessageId message) {
    return wait<std::vector<MissedRecipient>>([&](auto done) { ledger.missed(message, std::move(done)); });
  }
  std::vector<AttemptLine> dead(const std::string& account, std::size_t limit = 100) {
    return wait<std::vector<AttemptLine>>([&](auto done) { ledger.dead_letters(account, limit, std::move(done)); });
  }
  bool requeue(std::uint64_t send, wall_time now) {
    return wait<bool>([&](auto done) { ledger.requeue(send, now, std::move(done)); });
  }
  std::size_t calls(const std::string& account, const std::string& channel, wall_time since) {
    return wait<std::size_t>([&](auto done) { ledger.calls(account, channel, since, std::move(done)); });
  }
  bool move(std::uint64_t id, AttemptState from, AttemptState to) {
    return wait<bool>([&](auto done) { ledger.move_attempt(id, from, to, "a receipt", std::move(done)); });
  }
  std::optional<wechat::ReceiptAttempt> unknown(const std::string& account, const std::string& address) {
    return wait<std::optional<wechat::ReceiptAttempt>>(
        [&](auto done) { ledger.find_unknown(account, address, std::move(done)); });
  }

  L& ledger;

 private:
  template <class Result, class F>
  static Result wait(F ask) {
    auto box = std::make_shared<support::Mailbox<std::pair<std::error_code, Result>>>();
    ask(Completion<Result>([box](std::error_code ec, Result result) { box->put({ec, std::move(result)}); }));
    auto [ec, result] = box->expect();
    CHECK_FALSE(ec);
    return std::move(result);
  }
};

inline SendRecord send_to(const std::string& user, std::uint64_t message = 1) {
  SendRecord send;
  send.message = {5, message};
  send.channel = "template_message";
  send.account = "oa";
  send.user = user;
  send.address = "o-" + user;
  send.body = std::string("{\"a\":\"\0一\"}", 12);
  send.owner = "p1";
  send.key = "k";
  send.key_until = wall_time{9000};
  send.created = {1000};
  return send;
}
inline AttemptEnd end_of(const AttemptLine& line, AttemptState state) {
  AttemptEnd end;
  end.attempt = line.attempt.id;
  end.owner = line.send.owner;
  end.state = state;
  end.now = {2000};
  return end;
}
/// From `queued` to there.
template <class L>
AttemptLine bring(Asked<L>& asked, const AttemptLine& line, AttemptState state, const std::string& receipt_id = {}) {
  CHECK(asked.begin({line.attempt.id}, line.send.owner, {1500}) == std::vector<bool>{true});
  if (state == AttemptState::sending) return line;
  AttemptEnd end = end_of(line, state);
  end.receipt_id = receipt_id;
  return asked.end(std::move(end));
}

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_LEDGER_ASKED_LEDGER_HPP
