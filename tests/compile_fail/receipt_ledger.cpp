// SPDX-License-Identifier: BSL-1.0
//
// A ledger that moves an attempt whatever state it is in.
//
// error: ledger\.move_attempt\(
// error: ReceiptLedger

#include <tidings/wechat/receipt_ledger.hpp>

struct Mine {
  void find_attempt(std::string account, std::string msgid, tidings::wechat::ReceiptAttemptFound found);
  void find_unknown(std::string account, std::string user, tidings::wechat::ReceiptAttemptFound found);
#ifdef GOOD
  void move_attempt(std::uint64_t id, tidings::AttemptState from, tidings::AttemptState to, std::string reason,
                    tidings::Completion<bool> moved);
#else
  void move_attempt(std::uint64_t id, tidings::AttemptState to, std::string reason, tidings::Completion<bool> moved);
#endif
};

template <tidings::wechat::ReceiptLedger L>
void take(L& ledger);
void use(Mine& ledger) { take(ledger); }
