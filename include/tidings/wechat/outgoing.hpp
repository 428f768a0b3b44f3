// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_OUTGOING_HPP
#define TIDINGS_WECHAT_OUTGOING_HPP

#include <tidings/message_id.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/call_counter.hpp>
#include <tidings/wechat/endpoint.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A message that is ready to go out: a body that the API takes, and what a ledger wants to know of it.
struct Outgoing {
  struct Recipient {
    /// The application's name.
    std::string user;
    /// openid, userid.
    std::string address;
  };

  MessageId message{};
  Endpoint endpoint = Endpoint::template_message;
  std::string body{};
  /// Whom one call reaches, at least one.
  std::vector<Recipient> recipients{};
  /// By this the server knows it, for `key_life` from the first try on; empty = it cannot.
  std::string key{};
  std::chrono::seconds key_life{0};
  std::optional<wall_time> deadline{};
  CallCounter::Urgency urgency = CallCounter::Urgency::normal;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_OUTGOING_HPP
