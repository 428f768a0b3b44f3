// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLOSE_CODE_HPP
#define TIDINGS_CLOSE_CODE_HPP

#include <tidings/version.hpp>

#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

/// Why a WebSocket ended, as the number on the wire. Other values than these are legal too: 3000 .. 3999 are registered
/// by libraries, 4000 .. 4999 belong to applications.
///
/// Source  RFC 6455 7.4.1; IANA WebSocket Close Code Number Registry for 1012 .. 1014.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  /// The page is left, the server goes down.
  going_away = 1001,
  protocol_error = 1002,
  /// A kind of message that the receiver does not take, such as binary.
  unsupported_data = 1003,
  /// The peer closed without a code. Never on the wire.
  no_status = 1005,
  /// The connection broke without a close. Never on the wire.
  abnormal = 1006,
  /// Text that is not UTF-8.
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  /// The server did not agree to an extension that the client needs.
  mandatory_extension = 1010,
  internal_error = 1011,
  /// Come back, after a random while.
  service_restart = 1012,
  /// Overloaded, or the reader does not keep up: come back later.
  try_again_later = 1013,
  bad_gateway = 1014,
  /// Never on the wire.
  tls_failure = 1015,
  /// Of tidings: fetch new credentials and come back.
  credentials_expired = 4401,
  /// Of tidings: the application ended the session; who comes back is asked anew who it is.
  disconnected = 4503,
};

/// Whether a close frame may carry this number.
constexpr bool may_be_sent(CloseCode code) noexcept {
  const auto number = static_cast<std::uint16_t>(code);
  return (number >= 1000 && number <= 1003) || (number >= 1007 && number <= 1014) || (number >= 3000 && number <= 4999);
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLOSE_CODE_HPP
