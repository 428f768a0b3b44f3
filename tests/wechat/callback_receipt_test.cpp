// SPDX-License-Identifier: BSL-1.0

#include <tidings/wechat/receipt_desk.hpp>
#include <tidings/wechat/receipt_recipient.hpp>
#include <tidings/wechat/receipt_report.hpp>
#include <tidings/wechat/receipt_step.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using std::chrono::milliseconds;
using tidings::AttemptState;
using tidings::wall_time;
using tidings::wechat::CallbackEvent;
using tidings::wechat::ReceiptDesk;
using tidings::wechat::ReceiptOptions;
using tidings::wechat::ReceiptReport;
using tidings::wechat::ReceiptStep;
using tidings::wechat::ReceiptVerdict;
using tidings::wechat::RecipientChange;

ReceiptDesk::Parked parked(const std::string& msgid, wall_time since,
                           ReceiptVerdict verdict = ReceiptVerdict::delivered) {
  return {{.account = "oa", .msgid = msgid, .user = "o1", .verdict = verdict}, since};
}

CallbackEvent event_by(CallbackEvent::Type type) {
  CallbackEvent event;
  event.type = type;
  event.from_user = "o1";
  return event;
}

}  // namespace

TEST_CASE("statuses are read whatever their blanks and case", "[wechat][receipt]") {
  using tidings::wechat::verdict_of;
  const auto [status, verdict] = GENERATE(Catch::Generators::table<const char*, ReceiptVerdict>({
      {"success", ReceiptVerdict::delivered},
      {" Success\n", ReceiptVerdict::delivered},
      {"failed:user block", ReceiptVerdict::blocked},
      {"failed: user block", ReceiptVerdict::blocked},
      {"FAILED : User  Block ", ReceiptVerdict::blocked},
      {"failed: system failed", ReceiptVerdict::system_failed},
      {"failed:system failed", ReceiptVerdict::system_failed},
      {"failed:freq limit", ReceiptVerdict::throttled},
      {"failed", ReceiptVerdict::failed},
      {"failed:something new", ReceiptVerdict::failed},
      {"fail", ReceiptVerdict::failed},
      {"", ReceiptVerdict::unclear},
      {" ", ReceiptVerdict::unclear},
      {":", ReceiptVerdict::unclear},
      {"successful", ReceiptVerdict::unclear},
      {"sent", ReceiptVerdict::unclear},
  }));
  CAPTURE(status);
  CHECK(to_string(verdict_of(status)) == std::string(to_string(verdict)));
}

TEST_CASE("of a subscription message the code has the last word", "[wechat][receipt]") {
  using tidings::wechat::verdict_of;
  CHECK(verdict_of("0", "success") == ReceiptVerdict::delivered);
  CHECK(verdict_of("0", "odd") == ReceiptVerdict::delivered);
  CHECK(verdict_of("3", "success") == ReceiptVerdict::failed);
  CHECK(verdict_of("3", "") == ReceiptVerdict::failed);
  CHECK(verdict_of("3", "failed:user block") == ReceiptVerdict::blocked);
  CHECK(verdict_of("", "success") == ReceiptVerdict::delivered);
  CHECK(verdict_of("", "") == ReceiptVerdict::unclear);
}

TEST_CASE("an event has a receipt for each id in it", "[wechat][receipt]") {
  using tidings::wechat::reports_of;
  CallbackEvent event = event_by(CallbackEvent::Type::template_receipt);
  CHECK(reports_of("oa", event).empty());
  event.msgid = "7";
  event.status = "failed:user block";
  const std::vector<ReceiptReport> one = reports_of("oa", event);
  REQUIRE(one.size() == 1);
  CHECK(one[0] == ReceiptReport{"oa", "7", "o1", "", ReceiptVerdict::blocked, "failed:user block"});

  event = event_by(CallbackEvent::Type::subscribe_receipt);
  event.items = {{.template_id = "T1", .msgid = "8", .error_code = "0", .error_status = "success"},
                 {.template_id = "T2", .msgid = ""},
                 {.template_id = "T3", .msgid = "9", .error_code = "5", .error_status = "no"}};
  const std::vector<ReceiptReport> two = reports_of("mini", event);
  REQUIRE(two.size() == 2);
  CHECK(two[0] == ReceiptReport{"mini", "8", "o1", "T1", ReceiptVerdict::delivered, "success"});
  CHECK(two[1] == ReceiptReport{"mini", "9", "o1", "T3", ReceiptVerdict::failed, "no"});

  event = event_by(CallbackEvent::Type::mass_receipt);
  event.msgid = "10";
  event.status = "send success";
  CHECK(reports_of("oa", event).empty());
}

TEST_CASE("following opens a recipient, leaving and blocking close it", "[wechat][receipt]") {
  using tidings::wechat::changes_of;
  using Type = CallbackEvent::Type;
  using To = RecipientChange::To;
  using Reason = RecipientChange::Reason;
  const auto only = [](To to, Reason reason) { return std::vector<RecipientChange>{{"oa", "o1", "", to, reason}}; };
  CHECK(changes_of("oa", event_by(Type::followed)) == only(To::open, Reason::followed));
  CHECK(changes_of("oa", event_by(Type::unfollowed)) == only(To::closed, Reason::unfollowed));
  CHECK(changes_of("oa", event_by(Type::message)) == only(To::open, Reason::seen));
  CHECK(changes_of("oa", event_by(Type::entered)) == only(To::open, Reason::seen));
  CHECK(changes_of("oa", event_by(Type::other)).empty());
  CHECK(changes_of("oa", CallbackEvent{.type = Type::followed}).empty());
  CallbackEvent event = event_by(Type::template_receipt);
  event.status = "failed:user block";
  CHECK(changes_of("oa", event) == only(To::closed, Reason::blocked));
  event.status = "failed: system failed";
  CHECK(changes_of("oa", event).empty());

  event = event_by(Type::subscribe_popup);
  event.items = {{.template_id = "T1", .subscribe_status = "accept"},
                 {.template_id = "T2", .subscribe_status = "reject"},
                 {.template_id = "T3", .subscribe_status = "perhaps"},
                 {.subscribe_status = "accept"}};
  CHECK(changes_of("oa", event) == std::vector<RecipientChange>{{"oa", "o1", "T1", To::open, Reason::allowed},
                                                                {"oa", "o1", "T2", To::closed, Reason::refused}});
}

TEST_CASE("what a receipt does to each state follows from the table of transitions", "[wechat][receipt]") {
  using Kind = ReceiptStep::Kind;
  using tidings::wechat::step_of;
  for (const AttemptState from :
       {AttemptState::sending, AttemptState::accepted, AttemptState::unknown, AttemptState::no_receipt}) {
    CHECK(step_of(from, ReceiptVerdict::delivered).kind == Kind::moves);
    CHECK(step_of(from, ReceiptVerdict::delivered).to == AttemptState::delivered);
    for (const ReceiptVerdict verdict :
         {ReceiptVerdict::blocked, ReceiptVerdict::system_failed, ReceiptVerdict::throttled, ReceiptVerdict::failed}) {
      CHECK(step_of(from, verdict).kind == Kind::moves);
      CHECK(step_of(from, verdict).to == AttemptState::rejected);
    }
    CHECK(step_of(from, ReceiptVerdict::unclear).kind == Kind::unclear);
  }
  CHECK(step_of(AttemptState::delivered, ReceiptVerdict::delivered).kind == Kind::repeats);
  CHECK(step_of(AttemptState::seen, ReceiptVerdict::delivered).kind == Kind::repeats);
  CHECK(step_of(AttemptState::rejected, ReceiptVerdict::failed).kind == Kind::repeats);
  CHECK(step_of(AttemptState::delivered, ReceiptVerdict::failed).kind == Kind::contradicts);
  CHECK(step_of(AttemptState::rejected, ReceiptVerdict::delivered).kind == Kind::contradicts);
  CHECK(step_of(AttemptState::cancelled, ReceiptVerdict::delivered).kind == Kind::contradicts);
}

TEST_CASE("receipts wait at the desk until they are taken, or have waited enough", "[wechat][receipt]") {
  ReceiptDesk desk({.parked_life = milliseconds(100)});
  CHECK_FALSE(desk.next_time());
  CHECK_FALSE(desk.park(parked("1", {0})));
  CHECK_FALSE(desk.park(parked("2", {10})));
  CHECK_FALSE(desk.park(parked("1", {20}, ReceiptVerdict::failed)));
  // The same again.
  CHECK_FALSE(desk.park(parked("1", {30})));
  CHECK(desk.parked() == 3);
  CHECK(desk.next_time() == wall_time{100});
  CHECK(desk.take("other", "1").empty());
  const auto taken = desk.take("oa", "1");
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].report.verdict == ReceiptVerdict::delivered);
  CHECK(taken[1].report.verdict == ReceiptVerdict::failed);
  CHECK(desk.take("oa", "1").empty());
  CHECK(desk.on_time({109}).unclaimed.empty());
  const auto due = desk.on_time({110});
  REQUIRE(due.unclaimed.size() == 1);
  CHECK(due.unclaimed[0].report.msgid == "2");
  CHECK(desk.parked() == 0);
  CHECK_FALSE(desk.next_time());
}

TEST_CASE("for one receipt too many the oldest has waited enough", "[wechat][receipt]") {
  ReceiptDesk desk({.max_parked = 2});
  CHECK_FALSE(desk.park(parked("1", {0})));
  CHECK_FALSE(desk.park(parked("2", {1})));
  const auto oldest = desk.park(parked("3", {2}));
  REQUIRE(oldest);
  CHECK(oldest->report.msgid == "1");
  CHECK(desk.parked() == 2);
  CHECK(desk.take("oa", "1").empty());
  CHECK(desk.take("oa", "3").size() == 1);
}

TEST_CASE("sends wait at the desk for their receipts", "[wechat][receipt]") {
  ReceiptDesk desk({.timeout = milliseconds(1000), .max_expected = 2});
  CHECK(desk.expect(1, "oa", "1", {0}));
  CHECK(desk.expect(2, "oa", "2", {5}));
  CHECK_FALSE(desk.expect(3, "oa", "3", {6}));
  desk.settle("oa", "1");
  desk.settle("oa", "1");
  CHECK(desk.expect(3, "oa", "3", {6}));
  CHECK(desk.next_time() == wall_time{1005});
  CHECK(desk.on_time({1004}).overdue.empty());
  const auto due = desk.on_time({1006});
  REQUIRE(due.overdue.size() == 2);
  CHECK(due.overdue[0].attempt == 2);
  CHECK(due.overdue[1].msgid == "3");
  CHECK(desk.expected() == 0);
}

TEST_CASE("options of receipts that cannot be are refused at once", "[wechat][receipt]") {
  CHECK_THROWS_AS(ReceiptDesk(ReceiptOptions{.timeout = milliseconds(0)}), std::invalid_argument);
  CHECK_THROWS_AS(ReceiptDesk(ReceiptOptions{.max_expected = 0}), std::invalid_argument);
  CHECK_THROWS_AS(ReceiptDesk(ReceiptOptions{.parked_life = milliseconds(0)}), std::invalid_argument);
  CHECK_THROWS_AS(ReceiptDesk(ReceiptOptions{.max_parked = 0}), std::invalid_argument);
}
