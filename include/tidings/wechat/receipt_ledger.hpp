// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RECEIPT_LEDGER_HPP
#define TIDINGS_WECHAT_RECEIPT_LEDGER_HPP

#include <tidings/completion.hpp>
#include <tidings/delivery/attempt_state.hpp>
#include <tidings/version.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// An attempt as a ledger knows it.
struct ReceiptAttempt {
  /// The ledger's own number.
  std::uint64_t id = 0;
  AttemptState state = AttemptState::accepted;
};

using ReceiptAttemptFound = Completion<std::optional<ReceiptAttempt>>;

/// What receipts need of a ledger.
/// | l.find_attempt(account, msgid, found) | void | found(error_code, optional<ReceiptAttempt>): the attempt that got this id |
/// | l.find_unknown(account, user, found)  | void | likewise: the one attempt to this user whose outcome is unknown; none if there are several |
/// | l.move_attempt(id, from, to, reason, moved) | void | moved(error_code, bool): true if it was in `from` and is in `to` now, in one step |
/// Each completion is called once, from any thread, also inline. Lifetime: outlives its completions.
template <class L>
concept ReceiptLedger = requires(L& ledger, std::string text, std::uint64_t id, AttemptState state,
                                 ReceiptAttemptFound found, Completion<bool> moved) {
  { ledger.find_attempt(text, text, std::move(found)) } -> std::same_as<void>;
  { ledger.find_unknown(text, text, std::move(found)) } -> std::same_as<void>;
  { ledger.move_attempt(id, state, state, text, std::move(moved)) } -> std::same_as<void>;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RECEIPT_LEDGER_HPP
