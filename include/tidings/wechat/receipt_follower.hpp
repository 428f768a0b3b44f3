// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RECEIPT_FOLLOWER_HPP
#define TIDINGS_WECHAT_RECEIPT_FOLLOWER_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/receipt_desk.hpp>
#include <tidings/wechat/receipt_ledger.hpp>
#include <tidings/wechat/receipt_options.hpp>
#include <tidings/wechat/receipt_outcome.hpp>
#include <tidings/wechat/receipt_report.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Brings receipts and sends together in a ledger: whichever comes first, whatever comes twice, and what never comes. No
/// clock, no I/O but the ledger's.
///
/// ```cpp
/// tidings::wechat::ReceiptFollower follower{ledger, {}, [](const auto& outcome) { log(outcome); }};
/// follower.on_accepted(attempt, "oa", msgid, now);                           // the ledger has state and msgid
/// for (auto& report : reports_of("oa", event)) follower.on_report(report, now);  // a callback was accepted
/// follower.on_time(now);                                                     // at next_time()
/// ```
/// A receipt is kept before the ledger is asked for its send, and taken when the answer to the send, or to that question,
/// is there: so one of the two always finds the other. A receipt that is never claimed belongs to a call whose outcome is
/// unknown, if there is exactly one to its user. What is kept here lives in memory only.
///
/// @tparam L  A model of ReceiptLedger.
/// Errors    told as outcomes: errc::queue_full, errc::store_unavailable, whatever the ledger says.
/// Thread    any; outcomes are told on the thread of the call or of the ledger's completion, with no lock held.
/// Lifetime  the ledger outlives this and its completions; completions may come after this is gone, and still tell.
template <ReceiptLedger L>
class ReceiptFollower {
 public:
  using Told = std::function<void(const ReceiptOutcome&)>;

  /// Throws `std::invalid_argument` for options out of their range.
  ReceiptFollower(L& ledger, const ReceiptOptions& options, Told told);

  /// A receipt came.
  void on_report(ReceiptReport report, wall_time now);
  /// The ledger has written that a send was accepted, and its msgid. After a restart once for each that is accepted still.
  ///
  /// @param accepted  The time that the ledger has.
  void on_accepted(std::uint64_t attempt, std::string account, std::string msgid, wall_time accepted);
  /// Time has passed.
  void on_time(wall_time now);
  /// When `on_time` is to be called; nothing = not before something else is.
  std::optional<wall_time> next_time() const;

  /// Receipts and sends that wait.
  std::size_t parked() const;
  std::size_t expected() const;

 private:
  class Core;

  std::shared_ptr<Core> core_;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#include <tidings/wechat/impl/receipt_follower.hpp>

#endif  // TIDINGS_WECHAT_RECEIPT_FOLLOWER_HPP
