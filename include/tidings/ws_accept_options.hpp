// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_ACCEPT_OPTIONS_HPP
#define TIDINGS_WS_ACCEPT_OPTIONS_HPP

#include <tidings/http_types.hpp>
#include <tidings/protocol/http/origin_policy.hpp>
#include <tidings/ws_compression.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// How a handshake of a raw WebSocket is answered.
struct WsAcceptOptions {
  /// Pages of which other origins may connect. Default: none but the server's own.
  protocol::OriginPolicy origins{};
  /// In the order of our preference. Without one that the client offers, none is agreed on.
  std::vector<std::string> subprotocols{};
  /// A client that offers none of them is refused with 400.
  bool needs_subprotocol = false;
  /// Of the answer, such as cookies. A server with a codec of its own may pass them over.
  std::vector<Header> headers{};
  /// Messages are compressed where the client offers it, such as by `make_deflate()` of `<tidings/deflate.hpp>`. Null: none
  /// are. Not over a server with a codec of its own.
  std::shared_ptr<const WsCompression> compression{};
  /// What a handler threw; called on the loop.
  std::function<void(std::string_view what)> on_error{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_ACCEPT_OPTIONS_HPP
