// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_COMPRESSION_HPP
#define TIDINGS_WS_COMPRESSION_HPP

#include <tidings/protocol/ws/message_codec.hpp>
#include <tidings/version.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// How WebSockets compress their messages, for both roles. `tidings::make_deflate` of `<tidings/deflate.hpp>` makes the
/// one that there is; here is only what the rest of the library knows of it, which needs no zlib.
///
/// Thread  any, several at once.
class WsCompression {
 public:
  /// What one connection has agreed on; null: messages go as they are.
  using Codec = std::shared_ptr<protocol::WsMessageCodec>;

  WsCompression() = default;
  WsCompression(const WsCompression&) = delete;
  WsCompression& operator=(const WsCompression&) = delete;
  virtual ~WsCompression() = default;

  /// A server's: takes the first offer that it can keep to, or none.
  ///
  /// @param offers      The client's `Sec-WebSocket-Extensions`, all lines as one list.
  /// @param user_agent  The client's, for those that are known to fail.
  /// @param answer      Set to the `Sec-WebSocket-Extensions` of the answer, unless null is returned.
  virtual Codec accept(std::string_view offers, std::string_view user_agent, std::string& answer) const = 0;

  /// A client's: the `Sec-WebSocket-Extensions` of its handshake.
  virtual std::string offer() const = 0;
  /// A client's: what the server made of `offer()`.
  ///
  /// @param answer  The server's `Sec-WebSocket-Extensions`; empty: nothing was agreed on, which is no error.
  /// Errors        errc::handshake_failed: it does not answer the offer.
  virtual Codec agree(std::string_view answer, std::error_code& ec) const = 0;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_COMPRESSION_HPP
