// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_MESSAGE_CHANNEL_EVENTS_HPP
#define TIDINGS_MESSAGE_CHANNEL_EVENTS_HPP

#include <tidings/close_code.hpp>
#include <tidings/payload_kind.hpp>
#include <tidings/version.hpp>

#include <string>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// What a WebSocket that the server owns tells us: an adapter calls it, nobody else.
///
/// Order     on_open first, then the others, on_closed last; never two at once for one channel.
/// Thread    any. Never called with a lock of the adapter's held that `send`, `close` or `abort` would take.
/// Lifetime  held by the adapter until on_closed.
class MessageChannelEvents {
 public:
  MessageChannelEvents() = default;
  MessageChannelEvents(const MessageChannelEvents&) = delete;
  MessageChannelEvents& operator=(const MessageChannelEvents&) = delete;
  virtual ~MessageChannelEvents() = default;

  /// The handshake is answered and messages may go; an error: it could not be, and nothing else comes.
  virtual void on_open(std::error_code ec) = 0;
  /// A whole message.
  virtual void on_message(PayloadKind kind, std::string data) = 0;
  /// The peer answered a ping, or sent a pong unasked. Only with `Capabilities::ws_pong`.
  virtual void on_pong(std::string payload) = 0;
  /// Any other sign of life, such as a ping that the server has answered.
  virtual void on_traffic() = 0;
  /// It is over.
  ///
  /// @param code    The peer's; CloseCode::no_status if it named none, CloseCode::abnormal if the connection broke.
  /// @param reason  The peer's text, not to be trusted.
  virtual void on_closed(CloseCode code, std::string reason) = 0;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_MESSAGE_CHANNEL_EVENTS_HPP
