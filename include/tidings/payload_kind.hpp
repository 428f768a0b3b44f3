// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PAYLOAD_KIND_HPP
#define TIDINGS_PAYLOAD_KIND_HPP

#include <tidings/version.hpp>

#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

/// What a WebSocket message holds. Source  RFC 6455 5.6.
enum class PayloadKind : std::uint8_t {
  /// UTF-8, checked before it is handed out.
  text,
  binary,
};

constexpr const char* to_string(PayloadKind kind) { return kind == PayloadKind::text ? "text" : "binary"; }

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PAYLOAD_KIND_HPP
