// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_RECEIPT_RECIPIENT_HPP
#define TIDINGS_WECHAT_RECEIPT_RECIPIENT_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/callback_event.hpp>
#include <tidings/wechat/receipt_verdict.hpp>

#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A recipient who can be reached again, or cannot any more.
struct RecipientChange {
  enum class To { open, closed };
  enum class Reason {
    followed,
    unfollowed,
    /// The user wrote, or opened the application.
    seen,
    /// A receipt said `user block`.
    blocked,
    /// The user allowed or refused messages of one template.
    allowed,
    refused,
  };

  std::string account{};
  std::string user{};
  /// Only messages of this template; empty = all of the account's.
  std::string template_id{};
  To to = To::open;
  Reason reason = Reason::seen;

  friend bool operator==(const RecipientChange&, const RecipientChange&) = default;
};

/// What an event changes about who sent it.
inline std::vector<RecipientChange> changes_of(std::string_view account, const CallbackEvent& event) {
  using To = RecipientChange::To;
  using Reason = RecipientChange::Reason;
  using Type = CallbackEvent::Type;
  if (event.from_user.empty()) return {};
  std::vector<RecipientChange> changes;
  const auto add = [&](To to, Reason reason, const std::string& template_id = {}) {
    changes.push_back({std::string(account), event.from_user, template_id, to, reason});
  };
  switch (event.type) {
    case Type::followed: add(To::open, Reason::followed); break;
    case Type::unfollowed: add(To::closed, Reason::unfollowed); break;
    case Type::message:
    case Type::entered:
    case Type::card_pressed: add(To::open, Reason::seen); break;
    case Type::template_receipt:
      if (verdict_of(event.status) == ReceiptVerdict::blocked) add(To::closed, Reason::blocked);
      break;
    case Type::subscribe_popup:
    case Type::subscribe_change:
      for (const CallbackEvent::Item& each : event.items) {
        if (each.template_id.empty()) continue;
        if (each.subscribe_status == "accept") add(To::open, Reason::allowed, each.template_id);
        if (each.subscribe_status == "reject") add(To::closed, Reason::refused, each.template_id);
      }
      break;
    default: break;
  }
  return changes;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_RECEIPT_RECIPIENT_HPP
