// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RECEIPT_VERDICT_HPP
#define TIDINGS_WECHAT_RECEIPT_VERDICT_HPP

#include <tidings/version.hpp>

#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What a receipt says of a send.
enum class ReceiptVerdict {
  delivered,
  /// The user refuses messages of the account: nothing will arrive until that changes.
  blocked,
  /// WeChat's own fault: may be sent again.
  system_failed,
  /// The user got too many: may be sent later.
  throttled,
  /// Any other failure.
  failed,
  /// Neither success nor failure; nothing follows from it.
  unclear,
};

constexpr const char* to_string(ReceiptVerdict verdict) {
  switch (verdict) {
    case ReceiptVerdict::delivered: return "delivered";
    case ReceiptVerdict::blocked: return "blocked";
    case ReceiptVerdict::system_failed: return "system_failed";
    case ReceiptVerdict::throttled: return "throttled";
    case ReceiptVerdict::failed: return "failed";
    case ReceiptVerdict::unclear: return "unclear";
  }
  return "unknown";
}

namespace detail {

// Lower-case, without blanks at the ends and around the colon: WeChat writes `failed:user block` and
// `failed: system failed`.
inline std::string plain_status(std::string_view status) {
  std::string plain;
  for (const char c : status) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (blank && (plain.empty() || plain.back() == ':' || plain.back() == ' ')) continue;
    if (c == ':' && plain.ends_with(' ')) plain.pop_back();
    plain.push_back(blank ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  }
  if (plain.ends_with(' ')) plain.pop_back();
  return plain;
}

}  // namespace detail

/// Reads `Status` of a template message's receipt, or `ErrorStatus` of a subscription message's.
///
/// Source  D: "Template message: event push"; `freq limit` is not documented, and was seen in 2024.
inline ReceiptVerdict verdict_of(std::string_view status) {
  const std::string plain = detail::plain_status(status);
  if (plain == "success") return ReceiptVerdict::delivered;
  if (plain == "failed:user block") return ReceiptVerdict::blocked;
  if (plain == "failed:system failed") return ReceiptVerdict::system_failed;
  if (plain == "failed:freq limit") return ReceiptVerdict::throttled;
  return plain.starts_with("fail") ? ReceiptVerdict::failed : ReceiptVerdict::unclear;
}

/// Reads `ErrorCode` too, which has the last word: 0 is success.
inline ReceiptVerdict verdict_of(std::string_view error_code, std::string_view status) {
  const ReceiptVerdict said = verdict_of(status);
  if (error_code.empty()) return said;
  if (error_code == "0") return ReceiptVerdict::delivered;
  const bool failure = said != ReceiptVerdict::delivered && said != ReceiptVerdict::unclear;
  return failure ? said : ReceiptVerdict::failed;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RECEIPT_VERDICT_HPP
