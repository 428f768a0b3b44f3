// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_EVENT_HPP
#define TIDINGS_WECHAT_CALLBACK_EVENT_HPP

#include <tidings/version.hpp>

#include <cstdint>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What one callback tells: a message of a user, or an event. Fields that were not there are empty.
///
/// Ids and names are at most `defaults::max_callback_id_bytes` long and hold no control character; all text is UTF-8.
/// Source  D:doc/offiaccount/Message_Management; W:90376.
struct CallbackEvent {
  enum class Type {
    /// What has no name below; `event` has it.
    other,
    /// MsgType is not `event`.
    message,
    /// TEMPLATESENDJOBFINISH: `msgid`, `status`.
    template_receipt,
    /// subscribe_msg_sent_event: `items`.
    subscribe_receipt,
    /// MASSSENDJOBFINISH: `msgid`, `status`, `counts`.
    mass_receipt,
    /// subscribe_msg_popup_event: `items` with what the user allows and refuses.
    subscribe_popup,
    /// subscribe_msg_change_event: `items` with what the user withdraws.
    subscribe_change,
    /// subscribe: the user follows the account, or came into the range of the application.
    followed,
    /// unsubscribe.
    unfollowed,
    /// enter_agent: the user opened the application.
    entered,
    /// template_card_event, template_card_menu_event: the user pressed something on the card `task_id`.
    card_pressed,
  };

  /// One entry of `List`.
  struct Item {
    std::string template_id{};
    std::string msgid{};
    /// `0` = delivered.
    std::string error_code{};
    std::string error_status{};
    /// `accept` or `reject`.
    std::string subscribe_status{};
    std::string popup_scene{};
  };

  /// What a user chose on a card.
  struct Choice {
    std::string question{};
    std::vector<std::string> options{};
  };

  /// Of mass sending.
  struct Counts {
    std::uint64_t total = 0;
    std::uint64_t filtered = 0;
    std::uint64_t sent = 0;
    std::uint64_t failed = 0;
  };

  Type type = Type::other;
  /// The account, as WeChat calls it there: `gh_...`, or the corpid.
  std::string to_user{};
  /// The user: openid or userid.
  std::string from_user{};
  /// Unix time in seconds; 0 = not said.
  std::int64_t create_time = 0;
  /// Lower-case: `event`, `text` ...
  std::string message_type{};
  /// Lower-case.
  std::string event{};
  std::string event_key{};
  /// As text: it has more digits than a double. MsgId of a message, MsgID of a receipt.
  std::string msgid{};
  std::string status{};
  /// Of a text message.
  std::string content{};
  std::string agent_id{};
  std::string task_id{};
  std::string card_type{};
  std::string response_code{};
  std::vector<Choice> choices{};
  std::vector<Item> items{};
  Counts counts{};
};

constexpr const char* to_string(CallbackEvent::Type type) {
  switch (type) {
    case CallbackEvent::Type::other: return "other";
    case CallbackEvent::Type::message: return "message";
    case CallbackEvent::Type::template_receipt: return "template_receipt";
    case CallbackEvent::Type::subscribe_receipt: return "subscribe_receipt";
    case CallbackEvent::Type::mass_receipt: return "mass_receipt";
    case CallbackEvent::Type::subscribe_popup: return "subscribe_popup";
    case CallbackEvent::Type::subscribe_change: return "subscribe_change";
    case CallbackEvent::Type::followed: return "followed";
    case CallbackEvent::Type::unfollowed: return "unfollowed";
    case CallbackEvent::Type::entered: return "entered";
    case CallbackEvent::Type::card_pressed: return "card_pressed";
  }
  return "unknown";
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CALLBACK_EVENT_HPP
