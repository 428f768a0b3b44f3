// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_OPCODE_HPP
#define TIDINGS_PROTOCOL_WS_OPCODE_HPP

#include <tidings/version.hpp>

#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// What a frame carries. Source  RFC 6455 5.2.
enum class WsOpcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA
};

constexpr bool is_control(WsOpcode opcode) noexcept { return opcode >= WsOpcode::close; }

/// Which end of the connection: a client masks what it sends, a server does not.
enum class WsRole : std::uint8_t { server, client };

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_OPCODE_HPP
