// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_MESSAGE_HPP
#define TIDINGS_WS_MESSAGE_HPP

#include <tidings/payload_kind.hpp>
#include <tidings/version.hpp>

#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// One message of a raw WebSocket.
struct WsMessage {
  WsMessage() = default;
  /// Not an aggregate: g++ 12 destroys one twice that is made inside of a `co_await`.
  WsMessage(std::string d, PayloadKind k = PayloadKind::text, std::string name = {})
      : data(std::move(d)), kind(k), key(std::move(name)) {}

  /// Text is UTF-8.
  std::string data{};
  PayloadKind kind = PayloadKind::text;
  /// For the queue policy `conflate`: gives way to a newer message with the same key. Not sent. Empty = none.
  std::string key{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_MESSAGE_HPP
