// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_IMPL_RECEIPT_FOLLOWER_HPP
#define TIDINGS_WECHAT_IMPL_RECEIPT_FOLLOWER_HPP

#include <tidings/error.hpp>
#include <tidings/wechat/receipt_follower.hpp>
#include <tidings/wechat/receipt_step.hpp>

#include <mutex>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

template <ReceiptLedger L>
class ReceiptFollower<L>::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(L& ledger, const ReceiptOptions& options, Told told) : ledger_(ledger), desk_(options), told_(std::move(told)) {}

  void on_report(ReceiptReport report, wall_time now) {
    const std::string account = report.account;
    const std::string msgid = report.msgid;
    if (auto oldest = with_desk([&](ReceiptDesk& desk) { return desk.park({std::move(report), now}); })) {
      look_for(std::move(*oldest));
    }
    ledger_.find_attempt(account, msgid,
                         [self = this->shared_from_this(), account, msgid](
                             std::error_code ec, const std::optional<ReceiptAttempt>& attempt) {
                           // Without an answer it waits on, and is looked for once more when it has waited enough.
                           if (!ec && attempt) self->claim(account, msgid, *attempt);
                         });
  }

  void on_accepted(std::uint64_t attempt, std::string account, std::string msgid, wall_time accepted) {
    const bool watched = with_desk([&](ReceiptDesk& desk) { return desk.expect(attempt, account, msgid, accepted); });
    if (claim(account, msgid, {attempt, AttemptState::accepted}) || watched) return;
    tell({.report = {.account = std::move(account), .msgid = std::move(msgid)},
          .attempt = attempt,
          .why = errc::queue_full});
  }

  void on_time(wall_time now) {
    ReceiptDesk::Due due = with_desk([&](ReceiptDesk& desk) { return desk.on_time(now); });
    for (ReceiptDesk::Parked& each : due.unclaimed) look_for(std::move(each));
    for (ReceiptDesk::Overdue& each : due.overdue) give_up(std::move(each));
  }

  template <class F>
  auto with_desk(F&& f) {
    const std::lock_guard lock(mutex_);
    return f(desk_);
  }

 private:
  // How often a receipt may find that its attempt has moved meanwhile: by other nodes, each one step.
  static constexpr int most_tries = 4;

  // Whether a receipt was there for it.
  bool claim(const std::string& account, const std::string& msgid, const ReceiptAttempt& attempt) {
    std::vector<ReceiptDesk::Parked> taken = with_desk([&](ReceiptDesk& desk) { return desk.take(account, msgid); });
    for (ReceiptDesk::Parked& each : taken) apply(std::move(each.report), attempt, most_tries);
    return !taken.empty();
  }

  // The last try for a receipt that has waited enough.
  void look_for(ReceiptDesk::Parked parked) {
    ReceiptReport report = std::move(parked.report);
    const std::string account = report.account;
    const std::string msgid = report.msgid;
    ledger_.find_attempt(account, msgid,
                         [self = this->shared_from_this(), report = std::move(report)](
                             std::error_code ec, const std::optional<ReceiptAttempt>& attempt) mutable {
                           if (ec) return self->fail(std::move(report), 0, ec);
                           if (attempt) return self->apply(std::move(report), *attempt, most_tries);
                           self->look_among_unknown(std::move(report));
                         });
  }

  void look_among_unknown(ReceiptReport report) {
    const std::string account = report.account;
    const std::string user = report.user;
    ledger_.find_unknown(account, user,
                         [self = this->shared_from_this(), report = std::move(report)](
                             std::error_code ec, const std::optional<ReceiptAttempt>& attempt) mutable {
                           if (ec) return self->fail(std::move(report), 0, ec);
                           if (attempt) return self->apply(std::move(report), *attempt, most_tries);
                           self->tell({.kind = ReceiptOutcome::Kind::unclaimed, .report = std::move(report)});
                         });
  }

  void apply(ReceiptReport report, const ReceiptAttempt& attempt, int tries) {
    using Kind = ReceiptOutcome::Kind;
    const ReceiptStep step = step_of(attempt.state, report.verdict);
    if (step.kind == ReceiptStep::Kind::moves) return move(std::move(report), attempt, step.to, tries);
    const Kind kind = step.kind == ReceiptStep::Kind::repeats       ? Kind::repeated
                      : step.kind == ReceiptStep::Kind::contradicts ? Kind::contradicted
                                                                    : Kind::unclear;
    if (kind != Kind::unclear) settle(report);
    tell(
        {.kind = kind, .report = std::move(report), .attempt = attempt.id, .from = attempt.state, .to = attempt.state});
  }

  void move(ReceiptReport report, const ReceiptAttempt& attempt, AttemptState to, int tries) {
    const std::string reason = to == AttemptState::delivered ? std::string() : report.status;
    ledger_.move_attempt(attempt.id, attempt.state, to, reason,
                         [self = this->shared_from_this(), report = std::move(report), attempt, to, tries](
                             std::error_code ec, bool moved) mutable {
                           if (ec) return self->fail(std::move(report), attempt.id, ec);
                           if (!moved) return self->look_again(std::move(report), attempt.id, tries - 1);
                           self->settle(report);
                           self->tell({.kind = ReceiptOutcome::Kind::moved,
                                       .report = std::move(report),
                                       .attempt = attempt.id,
                                       .from = attempt.state,
                                       .to = to});
                         });
  }

  void look_again(ReceiptReport report, std::uint64_t id, int tries) {
    if (tries <= 0) return fail(std::move(report), id, errc::store_unavailable);
    const std::string account = report.account;
    const std::string msgid = report.msgid;
    ledger_.find_attempt(account, msgid,
                         [self = this->shared_from_this(), report = std::move(report), id, tries](
                             std::error_code ec, const std::optional<ReceiptAttempt>& attempt) mutable {
                           if (ec) return self->fail(std::move(report), id, ec);
                           // It was one whose outcome was unknown, and somebody else has claimed it.
                           if (!attempt)
                             return self->tell({.kind = ReceiptOutcome::Kind::unclaimed, .report = std::move(report)});
                           self->apply(std::move(report), *attempt, tries);
                         });
  }

  void give_up(ReceiptDesk::Overdue overdue) {
    const std::uint64_t id = overdue.attempt;
    ReceiptReport report{.account = std::move(overdue.account), .msgid = std::move(overdue.msgid)};
    ledger_.move_attempt(
        id, AttemptState::accepted, AttemptState::no_receipt, std::string(),
        [self = this->shared_from_this(), report = std::move(report), id](std::error_code ec, bool moved) mutable {
          if (ec) return self->fail(std::move(report), id, ec);
          if (!moved) return;
          self->tell({.kind = ReceiptOutcome::Kind::moved,
                      .report = std::move(report),
                      .attempt = id,
                      .from = AttemptState::accepted,
                      .to = AttemptState::no_receipt});
        });
  }

  void settle(const ReceiptReport& report) {
    with_desk([&](ReceiptDesk& desk) { desk.settle(report.account, report.msgid); });
  }
  void fail(ReceiptReport report, std::uint64_t attempt, std::error_code why) {
    tell({.kind = ReceiptOutcome::Kind::failed, .report = std::move(report), .attempt = attempt, .why = why});
  }
  void tell(const ReceiptOutcome& outcome) {
    if (told_) told_(outcome);
  }

  L& ledger_;
  mutable std::mutex mutex_;
  ReceiptDesk desk_;
  Told told_;
};

template <ReceiptLedger L>
ReceiptFollower<L>::ReceiptFollower(L& ledger, const ReceiptOptions& options, Told told)
    : core_(std::make_shared<Core>(ledger, options, std::move(told))) {}

template <ReceiptLedger L>
void ReceiptFollower<L>::on_report(ReceiptReport report, wall_time now) {
  core_->on_report(std::move(report), now);
}

template <ReceiptLedger L>
void ReceiptFollower<L>::on_accepted(std::uint64_t attempt, std::string account, std::string msgid,
                                     wall_time accepted) {
  core_->on_accepted(attempt, std::move(account), std::move(msgid), accepted);
}

template <ReceiptLedger L>
void ReceiptFollower<L>::on_time(wall_time now) {
  core_->on_time(now);
}

template <ReceiptLedger L>
std::optional<wall_time> ReceiptFollower<L>::next_time() const {
  return core_->with_desk([](const ReceiptDesk& desk) { return desk.next_time(); });
}

template <ReceiptLedger L>
std::size_t ReceiptFollower<L>::parked() const {
  return core_->with_desk([](const ReceiptDesk& desk) { return desk.parked(); });
}

template <ReceiptLedger L>
std::size_t ReceiptFollower<L>::expected() const {
  return core_->with_desk([](const ReceiptDesk& desk) { return desk.expected(); });
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_IMPL_RECEIPT_FOLLOWER_HPP
