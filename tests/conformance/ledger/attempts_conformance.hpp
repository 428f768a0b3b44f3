// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_LEDGER_ATTEMPTS_CONFORMANCE_HPP
#define TIDINGS_TESTS_CONFORMANCE_LEDGER_ATTEMPTS_CONFORMANCE_HPP

#include <catch2/catch_test_macros.hpp>

#include "conformance/ledger/asked_ledger.hpp"
#include "conformance/ledger/attempts_walk.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What every ledger of attempts does. A model's test calls `attempts_conform` with something that makes an empty one.
namespace conformance {

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
void puts_groups_back_whole(L& ledger) {
  Asked asked(ledger);
  std::vector<SendRecord> sends{send_to("alice"), send_to("bob"), send_to("carol"), send_to("dave")};
  for (std::size_t i = 0; i < 3; ++i) sends[i].group = "g";
  const std::vector<AttemptLine> lines = asked.open(std::move(sends));
  for (const AttemptLine& each : lines) {
    asked.begin({each.attempt.id}, "p1", {1500});
    AttemptEnd end = end_of(each, each.send.user == "carol" ? AttemptState::accepted : AttemptState::rejected);
    end.dead = end.state == AttemptState::rejected;
    asked.end(end);
  }
  // The one that was asked for does not have the body.
  CHECK(asked.requeue(lines[1].send.id, {4000}));
  const std::vector<AttemptLine> again = asked.adopt("oa", "p2", {3000});
  REQUIRE(again.size() == 2);
  CHECK(again[0].send.user == "alice");
  CHECK(again[1].send.user == "bob");
  CHECK(asked.dead("").size() == 1);
}

template <class L>
void takes_who_has_it_from_the_dead(L& ledger) {
  Asked asked(ledger);
  const AttemptLine line = asked.open({send_to("alice")}).at(0);
  asked.begin({line.attempt.id}, "p1", {1500});
  AttemptEnd end = end_of(line, AttemptState::unknown);
  end.dead = true;
  asked.end(end);
  CHECK(asked.move(line.attempt.id, AttemptState::unknown, AttemptState::delivered));
  CHECK(asked.dead("").empty());
  CHECK_FALSE(asked.requeue(line.send.id, {4000}));
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
  with([](auto& each) { puts_groups_back_whole(each); });
  with([](auto& each) { takes_who_has_it_from_the_dead(each); });
  with([](auto& each) { finds_receipts(each); });
  with([](auto& each) { tells_of_transitions(each); });
  with([](auto& each) { keeps_to_the_table(each); });
  with([](auto& each) { survives_a_random_walk(each); });
}

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_LEDGER_ATTEMPTS_CONFORMANCE_HPP
