// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RECEIPT_OUTCOME_HPP
#define TIDINGS_WECHAT_RECEIPT_OUTCOME_HPP

#include <tidings/delivery/attempt_state.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/receipt_report.hpp>

#include <cstdint>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What a receipt, or the lack of one, came to.
struct ReceiptOutcome {
  enum class Kind {
    /// The attempt went to the state `to`, `no_receipt` among them.
    moved,
    /// It was known.
    repeated,
    /// Another receipt said otherwise before; nothing was changed.
    contradicted,
    /// Its status says neither success nor failure; nothing was changed.
    unclear,
    /// Nobody knows a send of that id, nor the one send to that user whose outcome is unknown.
    unclaimed,
    /// For `why`: the ledger failed, and what was to be written is not; or the send is not watched for its receipt.
    failed,
  };

  Kind kind = Kind::failed;
  /// Of a send without a receipt: account and msgid only.
  ReceiptReport report{};
  /// The ledger's number; 0 = none.
  std::uint64_t attempt = 0;
  AttemptState from = AttemptState::accepted;
  AttemptState to = AttemptState::accepted;
  std::error_code why{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RECEIPT_OUTCOME_HPP
