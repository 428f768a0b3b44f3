// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_OPTIONS_HPP
#define TIDINGS_CLIENT_OPTIONS_HPP

#include <tidings/client_status.hpp>
#include <tidings/completion.hpp>
#include <tidings/defaults.hpp>
#include <tidings/http_types.hpp>
#include <tidings/received.hpp>
#include <tidings/version.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

class WsCompression;

namespace io {
class SecureLayer;
}

/// How a client of ours connects, comes back and goes on; the same for `WsClient` and `SseClient`.
///
/// Callbacks are called on the client's strand, one at a time; they must not block.
struct ClientOptions {
  enum class From {
    /// As the server decides: for a member the unread messages, for others the present.
    unsaid,
    top,
    start,
  };

  /// Beside those that the identity brings.
  std::vector<std::string> topics{};
  /// Of an earlier client, `cursor()`: goes on behind it.
  std::string cursor{};
  /// Where topics begin that the cursor does not name.
  From from = From::unsaid;
  /// Names the device, 1 .. 64 of `A-Z a-z 0-9 _ -`; empty = random.
  std::string device{};
  /// Sent with every handshake and request. Framing headers are the client's own.
  std::vector<Header> headers{};
  /// Name and value; what the server sets is added.
  std::vector<Header> cookies{};
  /// Gives the credentials that go as `Authorization: Bearer`. Called before each connection and when the server asks for
  /// new ones; with `true` when the last were refused. Called on the strand; may answer from any thread.
  std::function<void(bool refused, Completion<std::string> done)> token{};

  /// The application's own protocol instead of `tidings.v1`: a raw WebSocket, any event stream. No topics, no cursor; an
  /// event stream goes on by `Last-Event-ID`.
  bool raw = false;
  /// Of a raw WebSocket, in the order of preference.
  std::vector<std::string> subprotocols{};
  /// Offered with each WebSocket handshake: `make_deflate()` of <tidings/deflate.hpp>; null = messages go as they are. What
  /// a message expands to is bounded by `max_message_bytes`. An event stream has none.
  std::shared_ptr<const WsCompression> compression{};

  /// `http://[user:password@]host:port`, asked to CONNECT; empty = none.
  std::string proxy{};
  /// Addresses to be tried instead of those that the name has; literal.
  std::vector<std::string> addresses{};
  /// For `wss:` and `https:`: `client_tls()` of <tidings/client_tls.hpp>.
  std::shared_ptr<io::SecureLayer> tls{};

  /// False: an end stops it.
  bool reconnect = true;
  /// The first wait is random between 0 and this (RFC 6455 7.2.3). > 0.
  std::chrono::milliseconds first_wait{5000};
  /// The ceiling doubles up to this. >= first_wait.
  std::chrono::milliseconds longest_wait{60'000};
  /// A connection that lived so long forgets what failed before it.
  std::chrono::milliseconds stable_after{60'000};
  /// Hints of the server are honoured up to this.
  std::chrono::milliseconds longest_hint{300'000};
  /// The least wait after an end that says: not at once.
  std::chrono::milliseconds later{5000};

  /// Deadlines of the steps of one attempt, > 0.
  std::chrono::milliseconds token_timeout{10'000};
  std::chrono::milliseconds resolve_timeout{5000};
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds proxy_timeout{10'000};
  std::chrono::milliseconds tls_timeout{10'000};
  std::chrono::milliseconds handshake_timeout{10'000};
  /// From the handshake to the server's first word.
  std::chrono::milliseconds hello_timeout{5000};
  /// RFC 8305 8: between two addresses that are tried. >= 10 ms.
  std::chrono::milliseconds attempt_delay{250};
  /// A WebSocket silent for this long is pinged after 9/10 of it, and dead without an answer. > 0.
  std::chrono::milliseconds pong_wait = defaults::pong_wait;
  /// A raw event stream silent for this long is dead; 0 = never. Others go by the server's heartbeat.
  std::chrono::milliseconds longest_silence{0};
  /// A close ends within this. > 0.
  std::chrono::milliseconds close_timeout = defaults::close_timeout;
  /// An answer to `async_send`, `async_seen` comes within this. > 0.
  std::chrono::milliseconds answer_timeout{10'000};

  /// One message, over all its frames; one event.
  std::size_t max_message_bytes = 2 * defaults::max_ws_message_bytes;
  std::size_t max_frames = defaults::max_ws_frames;
  /// Messages that wait for `async_receive`; beyond it nothing more is read. >= 1.
  std::size_t max_waiting_messages = defaults::max_waiting_messages;
  /// Bytes that wait to be sent.
  std::size_t max_queue_bytes = defaults::max_queue_bytes;

  /// Tells the server, at most once a second, what was taken.
  bool acknowledge = true;

  /// Messages and gaps, in order. A message counts as taken when this returns; what it throws stops the client
  /// (errc::callback_failed), and the message comes again. Without it they wait for `async_receive`.
  std::function<void(const Received&)> on_received{};
  std::function<void(const ClientStatus&)> on_state{};
  /// The number of unread inbox messages changed.
  std::function<void(std::size_t)> on_unread{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_OPTIONS_HPP
