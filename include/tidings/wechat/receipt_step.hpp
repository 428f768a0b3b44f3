// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RECEIPT_STEP_HPP
#define TIDINGS_WECHAT_RECEIPT_STEP_HPP

#include <tidings/delivery/attempt_state.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/receipt_verdict.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What a receipt does to an attempt.
struct ReceiptStep {
  enum class Kind {
    /// To the state `to`.
    moves,
    /// It says what is known.
    repeats,
    /// It says otherwise than a receipt before it; the first one holds.
    contradicts,
    /// It says nothing.
    unclear,
  };

  Kind kind = Kind::unclear;
  AttemptState to = AttemptState::delivered;
};

/// Decides by the one table of transitions. A receipt that comes late still counts: `no_receipt` and `unknown` move too.
constexpr ReceiptStep step_of(AttemptState from, ReceiptVerdict verdict) {
  using Kind = ReceiptStep::Kind;
  if (verdict == ReceiptVerdict::unclear) return {Kind::unclear, from};
  const bool arrived = verdict == ReceiptVerdict::delivered;
  const AttemptState to = arrived ? AttemptState::delivered : AttemptState::rejected;
  if (from == to || (arrived && from == AttemptState::seen)) return {Kind::repeats, from};
  return delivery::may_follow(from, to) ? ReceiptStep{Kind::moves, to} : ReceiptStep{Kind::contradicts, from};
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RECEIPT_STEP_HPP
