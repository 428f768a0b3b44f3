// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ENDPOINT_OPTIONS_HPP
#define TIDINGS_ENDPOINT_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/identity.hpp>
#include <tidings/on_message.hpp>
#include <tidings/protocol/http/origin_policy.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/ws_compression.hpp>
#include <tidings/ws_options.hpp>
#include <tidings/ws_session.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// How one URL behaves towards browsers and caches.
struct EndpointOptions {
  /// Pages of which other origins may use this endpoint. Default: none but its own.
  protocol::OriginPolicy origins{};
  /// `Cache-Control: no-store` instead of `private, no-cache` on poll answers: not even the browser keeps them, and
  /// `If-None-Match` is of no use.
  bool no_store = false;
  /// A late `authorize` answers within this, or the request is refused for the moment. > 0.
  std::chrono::milliseconds authorize_timeout = defaults::authorize_timeout;

  /// WebSockets of the application's own protocol: whose clients do not offer `tidings.v1`. Called on the loop or thread
  /// that authorized; the handler gets the messages, null leaves them to `WsSession::async_receive`. Without it such
  /// handshakes are refused with 400.
  std::function<std::unique_ptr<WsHandler>(const WsSession&, const Identity&, const RequestSnapshot&)> on_raw_session{};
  /// Such a WebSocket reads the topics of its request, as an event stream of the same URL would: each message is one frame
  /// of its `data`, text or binary, without an envelope; `WsHandler::on_gap` tells what it missed. It is a session of the
  /// hub like every other: in the session table, within reach of `disconnect` and `revoke`, with the hub's queue for what
  /// the topics bring. `on_raw_session` is then called on the session's loop.
  bool raw_topics = false;
  /// Of them: in the order of preference. Without one that the client offers, none is agreed on.
  std::vector<std::string> subprotocols{};
  WsOptions ws{};
  /// Messages of all WebSockets of this URL are compressed where the client offers it, such as by `make_deflate()` of
  /// `<tidings/deflate.hpp>`. Null: none are. Not over a server with a codec of its own.
  std::shared_ptr<const WsCompression> compression{};

  /// What the application does with its clients' messages (`send`); without it they are answered `not_supported`.
  OnMessage on_message{};
  /// Bytes of one envelope, 1 .. defaults::max_envelope_bytes.
  std::size_t max_upward_bytes = defaults::max_envelope_bytes;
  /// Envelopes of one WebSocket, and messages by POST of one user, a second; > 0. Beyond it a WebSocket is not read for a
  /// while, a POST is answered 429.
  double upward_rate = defaults::upward_rate;
  /// At once, >= 1.
  double upward_burst = defaults::upward_burst;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ENDPOINT_OPTIONS_HPP
