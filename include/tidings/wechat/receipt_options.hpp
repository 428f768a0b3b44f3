// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RECEIPT_OPTIONS_HPP
#define TIDINGS_WECHAT_RECEIPT_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// The bounds of what waits for receipts, and of receipts that wait.
struct ReceiptOptions {
  /// An accepted send without a receipt becomes `no_receipt` after this. > 0.
  std::chrono::milliseconds timeout = defaults::receipt_timeout;
  /// Sends that wait, at least 1. One more is not watched: errc::queue_full; it stays accepted until its receipt comes.
  std::size_t max_expected = defaults::max_expected_receipts;
  /// A receipt of a send that nobody knows waits so long for its answer. Longer than a call may take. > 0.
  std::chrono::milliseconds parked_life = defaults::parked_receipt_life;
  /// Receipts that wait, at least 1. For one more the oldest has waited enough.
  std::size_t max_parked = defaults::max_parked_receipts;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RECEIPT_OPTIONS_HPP
