// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_HANDLER_HPP
#define TIDINGS_WS_HANDLER_HPP

#include <tidings/close_info.hpp>
#include <tidings/payload_kind.hpp>
#include <tidings/version.hpp>

#include <string_view>

TIDINGS_NAMESPACE_BEGIN

class WsPartHandler;
class WsSession;

/// What the application does with one raw WebSocket.
///
/// ```cpp
/// struct Echo : tidings::WsHandler {
///   void on_message(tidings::WsSession& session, tidings::PayloadKind kind, std::string_view data) override {
///     session.send(kind, data);
///   }
/// };
/// ```
/// Messages come whole; to one that derives from `WsPartHandler` they come in parts.
/// Thread    the session's loop, one call at a time; must not block. What is thrown closes the session with 1011.
/// Lifetime  owned by the session; destroyed after on_closed.
class WsHandler {
 public:
  WsHandler() = default;
  WsHandler(const WsHandler&) = delete;
  WsHandler& operator=(const WsHandler&) = delete;
  virtual ~WsHandler() = default;

  /// The handshake is answered.
  virtual void on_open(WsSession& session) { static_cast<void>(session); }
  /// @param data  Valid during the call; text is UTF-8.
  virtual void on_message(WsSession& session, PayloadKind kind, std::string_view data) {
    static_cast<void>(session), static_cast<void>(kind), static_cast<void>(data);
  }
  /// Everything queued has been handed to the kernel, after some of it had to wait.
  virtual void on_drained(WsSession& session) { static_cast<void>(session); }
  /// Of a session that reads topics (`EndpointOptions::raw_topics`): messages of this one are missing, and what comes next
  /// goes on behind them. Closes the session (1013) unless the application's protocol has a better word.
  virtual void on_gap(WsSession& session, std::string_view topic);
  /// Exactly once, whatever happens, and the last call.
  virtual void on_closed(WsSession& session, const CloseInfo& info) {
    static_cast<void>(session), static_cast<void>(info);
  }

  /// Itself, where it is one; the library asks.
  virtual WsPartHandler* part_handler() noexcept { return nullptr; }
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_HANDLER_HPP
