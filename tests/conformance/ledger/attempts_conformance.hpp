// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_LEDGER_ATTEMPTS_CONFORMANCE_HPP
#define TIDINGS_TESTS_CONFORMANCE_LEDGER_ATTEMPTS_CONFORMANCE_HPP

#include <tidings/delivery/attempt_ledger.hpp>
#include <tidings/wechat/receipt_ledger.hpp>

#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

/// What every ledger of attempts does. A model's test calls `attempts_conform` with something that makes an empty one.
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

template <class L>
void keeps_what_it_is_given(L& ledger) {
  Asked asked(ledger);
  SendRecord given = send_to("alice");
  const AttemptLine line = asked.open({given}).at(0);
  given.id = line.send.id;
  CHECK(given.id != 0);
  CHECK(line.send == given);
  CHECK(line.attempt.number == 1);
  CHECK(line.attempt.due == wall_time{1000});
  CHECK(asked.attempts({5, 1}, "alice") == std::vector<AttemptLine>{line});
  CHECK(asked.attempts({5, 1}, "bob").empty());
  CHECK(asked.attempts({5, 2}).empty());
  const AttemptLine sending = asked.open({send_to("bob")}, AttemptState::sending).at(0);
  CHECK(sending.attempt.started == wall_time{1000});
  CHECK(asked.calls("oa", "template_message", {1000}) == 1);
  CHECK(asked.calls("oa", "template_message", {1001}) == 0);
  CHECK(asked.calls("oa", "app_message", {0}) == 0);
}

template <class L>
void goes_from_state_to_state(L& ledger) {
  Asked asked(ledger);
  const AttemptLine line = asked.open({send_to("alice")}).at(0);
  // Not from `queued`, and not another's.
  CHECK(asked.end(end_of(line, AttemptState::accepted)).attempt.id == 0);
  CHECK(asked.begin({line.attempt.id}, "p2", {1500}) == std::vector<bool>{false});
  CHECK(asked.begin({line.attempt.id, 77}, "p1", {1500}) == std::vector<bool>{true, false});
  CHECK(asked.begin({line.attempt.id}, "p1", {1500}) == std::vector<bool>{false});
  AttemptEnd others = end_of(line, AttemptState::accepted);
  others.owner = "p2";
  CHECK(asked.end(others).attempt.id == 0);
  AttemptEnd end = end_of(line, AttemptState::rejected);
  end.code = -1;
  end.reason = "busy";
  end.progress = "1,2";
  end.again = wall_time{5000};
  const AttemptLine next = asked.end(end);
  CHECK(next.attempt.number == 2);
  CHECK(next.attempt.state == AttemptState::queued);
  CHECK(next.attempt.due == wall_time{5000});
  CHECK(next.send.progress == "1,2");
  const AttemptLine last = bring(asked, next, AttemptState::accepted, "35572543676937502770");
  CHECK(last.attempt.ended == wall_time{2000});
  CHECK(asked.end(end_of(last, AttemptState::rejected)).attempt.state == AttemptState::rejected);
  const std::vector<AttemptLine> all = asked.attempts({5, 1});
  REQUIRE(all.size() == 2);
  CHECK(all[0].attempt.code == -1);
  CHECK(all[0].attempt.reason == "busy");
  CHECK(all[1].attempt.started == wall_time{1500});
  CHECK(asked.history("alice", 1).at(0).attempt.number == 2);
}

template <class L>
void lets_the_living_keep_theirs(L& ledger) {
  Asked asked(ledger);
  asked.renew("p1", {3000});
  const std::vector<AttemptLine> lines =
      asked.open({send_to("alice"), send_to("bob"), send_to("carol"), send_to("dave")});
  bring(asked, lines[1], AttemptState::sending);
  bring(asked, lines[2], AttemptState::accepted);
  CHECK(asked.adopt("oa", "p2", {2999}).empty());
  CHECK(asked.adopt("oa", "p1", {2999}).empty());
  CHECK(asked.adopt("other", "p2", {3000}).empty());
  asked.renew("p2", {9000});
  const std::vector<AttemptLine> first = asked.adopt("oa", "p2", {3000}, 2);
  REQUIRE(first.size() == 2);
  CHECK(first[0].send.user == "alice");
  CHECK(first[0].send.owner == "p2");
  CHECK(first[1].attempt.state == AttemptState::sending);
  CHECK(asked.adopt("oa", "p2", {3000}, 2).size() == 1);
  CHECK(asked.adopt("oa", "p2", {3000}, 2).empty());
  // Whoever was thought dead changes nothing any more.
  CHECK(asked.end(end_of(lines[1], AttemptState::accepted)).attempt.id == 0);
}

template <class L>
void adopts_groups_whole(L& ledger) {
  Asked asked(ledger);
  std::vector<SendRecord> sends{send_to("alice"), send_to("bob"), send_to("carol"), send_to("dave", 2)};
  for (std::size_t i = 0; i < 3; ++i) sends[i].group = "g";
  asked.open(std::move(sends));
  CHECK(asked.adopt("oa", "p2", {3000}, 1).size() == 3);
  CHECK(asked.adopt("oa", "p2", {3000}, 1).size() == 1);
}

template <class L>
void says_who_missed_it(L& ledger) {
  Asked asked(ledger);
  const std::vector<AttemptLine> lines =
      asked.open({send_to("alice"), send_to("bob"), send_to("carol"), send_to("dave"), send_to("erin")});
  const AttemptLine accepted = bring(asked, lines[0], AttemptState::accepted, "m1");
  CHECK(asked.move(accepted.attempt.id, AttemptState::accepted, AttemptState::delivered));
  CHECK_FALSE(asked.move(accepted.attempt.id, AttemptState::accepted, AttemptState::delivered));
  CHECK_FALSE(asked.move(accepted.attempt.id, AttemptState::delivered, AttemptState::accepted));
  CHECK(asked.find("oa", "m1")->attempt.evidence == Evidence::receipt);
  const AttemptLine silent = bring(asked, lines[1], AttemptState::accepted, "m2");
  CHECK(asked.move(silent.attempt.id, AttemptState::accepted, AttemptState::no_receipt));
  AttemptEnd dead = end_of(lines[2], AttemptState::rejected);
  dead.dead = true;
  asked.begin({lines[2].attempt.id}, "p1", {1500});
  asked.end(dead);
  bring(asked, lines[3], AttemptState::unknown);
  const std::vector<MissedRecipient> missed = asked.missed({5, 1});
  REQUIRE(missed.size() == 4);
  CHECK(missed[0].user == "bob");
  CHECK(missed[0].state == AttemptState::no_receipt);
  CHECK(missed[1].outcome == Outcome::dead);
  CHECK(missed[2].state == AttemptState::unknown);
  CHECK(missed[3].outcome == Outcome::pending);
  CHECK(asked.missed({5, 9}).empty());
}

template <class L>
void keeps_dead_letters(L& ledger) {
  Asked asked(ledger);
  const AttemptLine line = asked.open({send_to("alice")}).at(0);
  asked.begin({line.attempt.id}, "p1", {1500});
  AttemptEnd end = end_of(line, AttemptState::rejected);
  end.dead = true;
  end.progress = "9";
  asked.end(end);
  CHECK(asked.dead("oa").size() == 1);
  CHECK(asked.dead("").size() == 1);
  CHECK(asked.dead("other").empty());
  CHECK(asked.adopt("oa", "p2", {3000}).empty());
  CHECK(asked.requeue(line.send.id, {4000}));
  CHECK_FALSE(asked.requeue(line.send.id, {4000}));
  CHECK(asked.dead("").empty());
  asked.renew("p1", {9000});
  const std::vector<AttemptLine> again = asked.adopt("oa", "p2", {3000});
  REQUIRE(again.size() == 1);
  CHECK(again[0].attempt.number == 2);
  CHECK(again[0].attempt.due == wall_time{4000});
  CHECK(again[0].send.progress.empty());
}

template <class L>
void finds_receipts(L& ledger) {
  Asked asked(ledger);
  const std::vector<AttemptLine> lines = asked.open({send_to("alice"), send_to("bob"), send_to("bob", 2)});
  bring(asked, lines[0], AttemptState::accepted, "m1");
  CHECK(asked.find("oa", "m1")->send.user == "alice");
  CHECK_FALSE(asked.find("other", "m1"));
  CHECK_FALSE(asked.find("oa", ""));
  CHECK_FALSE(asked.unknown("oa", "o-bob"));
  bring(asked, lines[1], AttemptState::unknown);
  CHECK(asked.unknown("oa", "o-bob")->id == lines[1].attempt.id);
  bring(asked, lines[2], AttemptState::unknown);
  CHECK_FALSE(asked.unknown("oa", "o-bob"));
  const std::vector<AttemptLine> awaited = asked.awaited("oa", 0, 10);
  REQUIRE(awaited.size() == 1);
  CHECK(asked.awaited("oa", awaited[0].attempt.id, 10).empty());
}

template <class L>
void tells_of_transitions(L& ledger) {
  Asked asked(ledger);
  auto told = std::make_shared<std::vector<std::string>>();
  ledger.observe([told](const AttemptLine& line, AttemptState from) {
    told->push_back(std::string(to_string(from)) + ">" + to_string(line.attempt.state));
  });
  const AttemptLine line = asked.open({send_to("alice")}).at(0);
  asked.begin({line.attempt.id}, "p1", {1500});
  AttemptEnd end = end_of(line, AttemptState::unknown);
  end.again = wall_time{3000};
  asked.end(end);
  asked.end(end);
  CHECK(asked.move(line.attempt.id, AttemptState::unknown, AttemptState::delivered));
  CHECK(*told == std::vector<std::string>{"queued>queued", "queued>sending", "sending>unknown", "queued>queued",
                                          "unknown>delivered"});
}

/// @param make  `() -> L`, empty.
template <class Make>
void attempts_conform(Make make) {
  const auto with = [&](auto check) {
    auto ledger = make();
    check(ledger);
  };
  with([](auto& each) { keeps_what_it_is_given(each); });
  with([](auto& each) { goes_from_state_to_state(each); });
  with([](auto& each) { lets_the_living_keep_theirs(each); });
  with([](auto& each) { adopts_groups_whole(each); });
  with([](auto& each) { says_who_missed_it(each); });
  with([](auto& each) { keeps_dead_letters(each); });
  with([](auto& each) { finds_receipts(each); });
  with([](auto& each) { tells_of_transitions(each); });
}

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_LEDGER_ATTEMPTS_CONFORMANCE_HPP
