// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_SEND_OPTIONS_HPP
#define TIDINGS_WECHAT_SEND_OPTIONS_HPP

#include <tidings/message_id.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/call_counter.hpp>

#include <optional>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What is said of a message beside its body.
struct SendOptions {
  /// The hub's message that this is about; none = one of its own.
  MessageId message{};
  /// The application's name of the recipient, for questions to the ledger; empty = the vendor's. Of several recipients each
  /// has the vendor's.
  std::string user{};
  /// Of a RawBody, whom it goes to.
  std::string address{};
  /// It is worth nothing afterwards.
  std::optional<wall_time> deadline{};
  /// Urgent ones may take the last of the day's calls.
  CallCounter::Urgency urgency = CallCounter::Urgency::normal;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_SEND_OPTIONS_HPP
