// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RECEIPT_REPORT_HPP
#define TIDINGS_WECHAT_RECEIPT_REPORT_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/callback_event.hpp>
#include <tidings/wechat/receipt_verdict.hpp>

#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// One receipt: what became of one send to one user.
struct ReceiptReport {
  /// CallbackAccount::name.
  std::string account{};
  std::string msgid{};
  std::string user{};
  /// Of a subscription message.
  std::string template_id{};
  ReceiptVerdict verdict = ReceiptVerdict::unclear;
  /// As it was written.
  std::string status{};

  friend bool operator==(const ReceiptReport&, const ReceiptReport&) = default;
};

/// The receipts in an event: none, one, or one for each entry of its list. Those of mass sending have counts only, and are
/// none. Entries without an id belong to nothing, and are left out.
inline std::vector<ReceiptReport> reports_of(std::string_view account, const CallbackEvent& event) {
  std::vector<ReceiptReport> reports;
  if (event.type == CallbackEvent::Type::template_receipt && !event.msgid.empty()) {
    reports.push_back({std::string(account), event.msgid, event.from_user, {}, verdict_of(event.status), event.status});
  }
  if (event.type != CallbackEvent::Type::subscribe_receipt) return reports;
  for (const CallbackEvent::Item& each : event.items) {
    if (each.msgid.empty()) continue;
    reports.push_back({std::string(account), each.msgid, event.from_user, each.template_id,
                       verdict_of(each.error_code, each.error_status), each.error_status});
  }
  return reports;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RECEIPT_REPORT_HPP
