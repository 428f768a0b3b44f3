// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_STATUS_HPP
#define TIDINGS_CLIENT_STATUS_HPP

#include <tidings/close_code.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <string>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// Where a client of ours stands.
enum class ClientState {
  /// Not begun.
  idle,
  connecting,
  open,
  /// Until the next attempt.
  waiting,
  /// The other end does not want it to come back, or it could not be understood. `connect` begins anew.
  stopped,
  /// By `close`: for good.
  closed,
};

constexpr const char* to_string(ClientState state) {
  switch (state) {
    case ClientState::idle: return "idle";
    case ClientState::connecting: return "connecting";
    case ClientState::open: return "open";
    case ClientState::waiting: return "waiting";
    case ClientState::stopped: return "stopped";
    case ClientState::closed: return "closed";
  }
  return "";
}

/// A client's state, and how it came to it.
struct ClientStatus {
  ClientState state = ClientState::idle;
  /// Why the last connection ended, or could not be had; none while all is well.
  std::error_code error{};
  /// Of a refusal by the server or the proxy; 0 = none.
  int http_status = 0;
  /// Of a WebSocket that was closed.
  CloseCode close_code = CloseCode::no_status;
  /// The peer's own words: not to be trusted.
  std::string reason{};
  /// Of `waiting`.
  std::chrono::milliseconds retry_in{0};
  /// Of `open`: the name that the server gave it; empty in raw mode.
  std::string session{};
  /// Of `open`: it goes on where it was.
  bool resumed = false;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_STATUS_HPP
