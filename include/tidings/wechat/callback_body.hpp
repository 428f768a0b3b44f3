// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_BODY_HPP
#define TIDINGS_WECHAT_CALLBACK_BODY_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/callback_event.hpp>

#include <optional>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// The body of a callback: in plain mode the event, in safe mode its encrypted text, in compatible mode both.
struct CallbackBody {
  std::string to_user{};
  std::string agent_id{};
  /// Base64; empty in plain mode.
  std::string encrypted{};
  /// Nothing in safe mode.
  std::optional<CallbackEvent> event{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CALLBACK_BODY_HPP
