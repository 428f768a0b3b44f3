// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_DECISION_HPP
#define TIDINGS_WECHAT_CALLBACK_DECISION_HPP

#include <tidings/http_types.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/callback_event.hpp>

#include <optional>
#include <string>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What to answer to a callback at once, and what to work on afterwards.
struct CallbackDecision {
  enum class Kind {
    /// The console asks whether the URL is ours; the answer says yes.
    verified,
    /// `event` is new.
    accepted,
    /// `event`, if it is there, was accepted before: WeChat did not see the answer, or somebody plays it again.
    repeated,
    /// For `why`. WeChat calls again for any answer but 200.
    refused,
  };

  Kind kind = Kind::refused;
  std::error_code why{};
  ResponseHead head{};
  std::string body{};
  /// Of whom it is, as CallbackAccount::name says; empty when refused.
  std::string account{};
  std::optional<CallbackEvent> event{};
  /// It came under the previous key: that one is still needed.
  bool previous_key = false;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CALLBACK_DECISION_HPP
