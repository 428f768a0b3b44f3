// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLOSE_INFO_HPP
#define TIDINGS_CLOSE_INFO_HPP

#include <tidings/close_code.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <string>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// How a WebSocket ended.
struct CloseInfo {
  enum class Who {
    /// We closed, or found the peer at fault.
    local,
    /// The peer closed.
    peer,
    /// The connection broke.
    transport,
  };

  /// The one that decided: ours if we closed first, else the peer's; CloseCode::abnormal when none was exchanged.
  CloseCode code = CloseCode::abnormal;
  /// Its reason, UTF-8. A peer's text: not to be trusted.
  std::string reason;
  Who who = Who::transport;
  /// Both close frames went their way, and then the connection ended.
  bool clean = false;
  /// Messages that were queued and never completely handed to the kernel or server; each of them was told errc::closed.
  std::size_t unsent = 0;
  /// Why, where it was no ordinary close: errc::malformed_frame, errc::timeout, what the socket said ...
  std::error_code error;
  /// A message of the peer had begun to come in parts (`WsPartHandler`), and has no end.
  bool message_cut = false;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLOSE_INFO_HPP
