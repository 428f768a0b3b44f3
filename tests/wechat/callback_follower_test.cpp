// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat/receipt_follower.hpp>

#include <catch2/catch_test_macros.hpp>

#include "wechat/fake_ledger.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using support::FakeLedger;
using tidings::AttemptState;
using tidings::errc;
using tidings::wall_time;
using tidings::wechat::ReceiptFollower;
using tidings::wechat::ReceiptOptions;
using tidings::wechat::ReceiptOutcome;
using tidings::wechat::ReceiptReport;
using tidings::wechat::ReceiptVerdict;
using Came = ReceiptOutcome::Kind;
using std::chrono::milliseconds;

struct Followed {
  FakeLedger ledger{};
  std::vector<ReceiptOutcome> told{};
  ReceiptFollower<FakeLedger> follower;

  explicit Followed(const ReceiptOptions& options = {.timeout = milliseconds(1000), .parked_life = milliseconds(100)})
      : follower(ledger, options, [this](const ReceiptOutcome& outcome) { told.push_back(outcome); }) {}

  void report(const std::string& msgid, wall_time now, ReceiptVerdict verdict = ReceiptVerdict::delivered) {
    const bool good = verdict == ReceiptVerdict::delivered;
    follower.on_report({.account = "oa",
                        .msgid = msgid,
                        .user = "user of " + msgid,
                        .verdict = verdict,
                        .status = good ? "success" : "failed:user block"},
                       now);
  }
  std::uint64_t send(const std::string& msgid) { return ledger.add("oa", "user of " + msgid); }
  // The HTTP answer: the ledger has it before the follower hears.
  void answer(std::uint64_t id, const std::string& msgid, wall_time now) {
    ledger.row(id).state = AttemptState::accepted;
    ledger.row(id).msgid = msgid;
    follower.on_accepted(id, "oa", msgid, now);
  }
  // The only outcome since the last call.
  ReceiptOutcome only() {
    REQUIRE(told.size() == 1);
    ReceiptOutcome outcome = told[0];
    told.clear();
    return outcome;
  }
};

}  // namespace

TEST_CASE("a receipt after the answer moves the attempt", "[wechat][receipt]") {
  Followed all;
  const std::uint64_t id = all.send("1");
  all.answer(id, "1", {0});
  CHECK(all.follower.expected() == 1);
  all.report("1", {10});
  const ReceiptOutcome outcome = all.only();
  CHECK(outcome.kind == Came::moved);
  CHECK(outcome.attempt == id);
  CHECK(outcome.from == AttemptState::accepted);
  CHECK(outcome.to == AttemptState::delivered);
  CHECK(all.ledger.row(id).state == AttemptState::delivered);
  CHECK(all.ledger.row(id).reason.empty());
  CHECK(all.follower.expected() == 0);
  CHECK(all.follower.parked() == 0);
  CHECK_FALSE(all.follower.next_time());
}

TEST_CASE("a receipt before the answer waits for it", "[wechat][receipt]") {
  Followed all;
  const std::uint64_t id = all.send("1");
  all.report("1", {0}, ReceiptVerdict::blocked);
  CHECK(all.told.empty());
  CHECK(all.follower.parked() == 1);
  CHECK(all.follower.next_time() == wall_time{100});
  all.answer(id, "1", {50});
  CHECK(all.only().to == AttemptState::rejected);
  CHECK(all.ledger.row(id).reason == "failed:user block");
  CHECK(all.follower.parked() == 0);
  CHECK(all.follower.expected() == 0);
}

TEST_CASE("the same receipt twice is one transition, and another says otherwise in vain", "[wechat][receipt]") {
  Followed all;
  const std::uint64_t id = all.send("1");
  all.answer(id, "1", {0});
  all.report("1", {10});
  CHECK(all.only().kind == Came::moved);
  all.report("1", {20});
  CHECK(all.only().kind == Came::repeated);
  all.report("1", {30}, ReceiptVerdict::failed);
  CHECK(all.only().kind == Came::contradicted);
  CHECK(all.ledger.row(id).history == std::vector{AttemptState::delivered});
}

TEST_CASE("without a receipt the attempt says so after its time, and a late one still counts", "[wechat][receipt]") {
  Followed all;
  const std::uint64_t id = all.send("1");
  all.answer(id, "1", {0});
  all.follower.on_time({999});
  CHECK(all.told.empty());
  all.follower.on_time({1000});
  CHECK(all.only().to == AttemptState::no_receipt);
  CHECK(all.ledger.row(id).state == AttemptState::no_receipt);
  all.report("1", {5000});
  const ReceiptOutcome outcome = all.only();
  CHECK(outcome.from == AttemptState::no_receipt);
  CHECK(outcome.to == AttemptState::delivered);
}

TEST_CASE("a receipt that says nothing leaves the attempt waiting", "[wechat][receipt]") {
  Followed all;
  const std::uint64_t id = all.send("1");
  all.answer(id, "1", {0});
  all.report("1", {10}, ReceiptVerdict::unclear);
  CHECK(all.only().kind == Came::unclear);
  CHECK(all.ledger.row(id).state == AttemptState::accepted);
  CHECK(all.follower.expected() == 1);
}

TEST_CASE("a receipt that nobody claims belongs to the one call whose outcome is unknown", "[wechat][receipt]") {
  Followed all;
  const std::uint64_t id = all.send("1");
  all.ledger.row(id).state = AttemptState::unknown;
  all.report("1", {0});
  CHECK(all.told.empty());
  all.follower.on_time({100});
  const ReceiptOutcome outcome = all.only();
  CHECK(outcome.kind == Came::moved);
  CHECK(outcome.from == AttemptState::unknown);
  CHECK(all.ledger.row(id).state == AttemptState::delivered);

  // Two to one user: nobody can say which.
  for (int i = 0; i < 2; ++i) all.ledger.row(all.send("2")).state = AttemptState::unknown;
  all.report("2", {0});
  all.follower.on_time({100});
  CHECK(all.only().kind == Came::unclaimed);
  // A stranger's.
  all.report("3", {0});
  all.follower.on_time({100});
  CHECK(all.only().kind == Came::unclaimed);
}

TEST_CASE("a receipt whose send became known elsewhere is found when it has waited enough", "[wechat][receipt]") {
  Followed all;
  const std::uint64_t id = all.send("1");
  all.report("1", {0});
  // Another node had the answer.
  all.ledger.row(id).state = AttemptState::accepted;
  all.ledger.row(id).msgid = "1";
  all.follower.on_time({100});
  CHECK(all.only().kind == Came::moved);
}

TEST_CASE("an attempt that another node moves meanwhile is looked at again", "[wechat][receipt]") {
  Followed all;
  const std::uint64_t id = all.send("1");
  all.answer(id, "1", {0});
  all.ledger.late = true;
  all.report("1", {10});
  all.ledger.answer();
  all.ledger.row(id).state = AttemptState::no_receipt;
  all.ledger.answer_all();
  CHECK(all.only().from == AttemptState::no_receipt);

  const std::uint64_t other = all.send("2");
  all.ledger.late = false;
  all.answer(other, "2", {0});
  all.ledger.late = true;
  all.report("2", {10});
  all.ledger.answer();
  all.ledger.row(other).state = AttemptState::delivered;
  all.ledger.answer_all();
  CHECK(all.only().kind == Came::repeated);
}

TEST_CASE("a ledger that fails once is asked again, and one that fails twice is told of", "[wechat][receipt]") {
  Followed all;
  const std::uint64_t id = all.send("1");
  all.answer(id, "1", {0});
  all.ledger.failures = 1;
  all.report("1", {10});
  CHECK(all.told.empty());
  all.follower.on_time({110});
  CHECK(all.only().kind == Came::moved);

  const std::uint64_t other = all.send("2");
  all.answer(other, "2", {0});
  all.ledger.failures = 2;
  all.report("2", {10});
  all.follower.on_time({110});
  const ReceiptOutcome outcome = all.only();
  CHECK(outcome.kind == Came::failed);
  CHECK(outcome.why == errc::store_unavailable);
  CHECK(outcome.report.msgid == "2");
  CHECK(all.ledger.row(other).state == AttemptState::accepted);
}

TEST_CASE("sends beyond the bound are not watched, and their receipts count all the same", "[wechat][receipt]") {
  Followed all({.timeout = milliseconds(1000), .max_expected = 1, .parked_life = milliseconds(100), .max_parked = 1});
  all.answer(all.send("1"), "1", {0});
  const std::uint64_t id = all.send("2");
  all.answer(id, "2", {0});
  const ReceiptOutcome full = all.only();
  CHECK(full.kind == Came::failed);
  CHECK(full.why == errc::queue_full);
  CHECK(full.attempt == id);
  all.report("2", {10});
  CHECK(all.only().kind == Came::moved);

  // For one receipt too many the oldest is decided at once.
  all.report("3", {20});
  all.report("4", {20});
  const ReceiptOutcome unclaimed = all.only();
  CHECK(unclaimed.kind == Came::unclaimed);
  CHECK(unclaimed.report.msgid == "3");
}

TEST_CASE("answers of the ledger may come after the follower has gone, or never", "[wechat][receipt]") {
  FakeLedger ledger;
  ledger.late = true;
  int told = 0;
  auto follower =
      std::make_unique<ReceiptFollower<FakeLedger>>(ledger, ReceiptOptions{}, [&](const ReceiptOutcome&) { ++told; });
  ledger.add("oa", "o1", "1", AttemptState::accepted);
  follower->on_report({.account = "oa", .msgid = "1", .user = "o1", .verdict = ReceiptVerdict::delivered}, {0});
  follower.reset();
  ledger.answer_all();
  CHECK(told == 1);
  CHECK(ledger.row(1).state == AttemptState::delivered);

  Followed all;
  all.ledger.late = true;
  all.answer(all.send("1"), "1", {0});
  all.report("1", {0});
  all.ledger.lose();
  CHECK(all.follower.parked() == 1);
  all.follower.on_time({100});
  all.ledger.lose();
  CHECK(all.only().why == errc::closed);
}

TEST_CASE("in whatever order answers, receipts and the ledger come, each attempt moves once",
          "[wechat][receipt][property]") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 400; ++round) {
    Followed all({.timeout = std::chrono::hours(1), .parked_life = std::chrono::minutes(1)});
    all.ledger.late = true;
    struct Step {
      bool receipt;
      std::size_t send;
    };
    std::vector<Step> steps;
    const std::size_t sends = 1 + below(4);
    std::vector<std::uint64_t> ids;
    for (std::size_t i = 0; i < sends; ++i) {
      ids.push_back(all.send(std::to_string(i)));
      steps.push_back({false, i});
      for (std::size_t n = 1 + below(3); n > 0; --n) steps.push_back({true, i});
    }
    std::shuffle(steps.begin(), steps.end(), random);
    std::size_t reports = 0;
    for (const Step& each : steps) {
      all.ledger.early = below(2) == 0;
      if (each.receipt) {
        ++reports;
        all.report(std::to_string(each.send), {0});
      } else {
        all.answer(ids[each.send], std::to_string(each.send), {0});
      }
      while (all.ledger.waiting() > 0 && below(3) > 0) all.ledger.answer(below(all.ledger.waiting()));
    }
    while (all.ledger.waiting() > 0) all.ledger.answer(below(all.ledger.waiting()));
    std::size_t moved = 0;
    for (const ReceiptOutcome& each : all.told) {
      REQUIRE((each.kind == Came::moved || each.kind == Came::repeated));
      moved += each.kind == Came::moved ? 1 : 0;
    }
    REQUIRE(moved == sends);
    REQUIRE(all.told.size() <= reports);
    for (const std::uint64_t id : ids) REQUIRE(all.ledger.row(id).history == std::vector{AttemptState::delivered});
    REQUIRE(all.follower.parked() == 0);
    REQUIRE(all.follower.expected() == 0);
  }
}
