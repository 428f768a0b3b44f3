// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_OPTIONS_HPP
#define TIDINGS_WS_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/queue_policy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

/// How one WebSocket of the application's own protocol behaves. Times are kept on the loop's wheel, give or take a tick of
/// 250 ms.
struct WsOptions {
  /// Longest silence of the peer; it is pinged after 9/10 of it. > 0; `defaults::mobile_pong_wait` for phones.
  std::chrono::milliseconds pong_wait = defaults::pong_wait;
  /// Bytes are queued and the peer takes none for this long: it is gone. > 0.
  std::chrono::milliseconds write_stall = defaults::write_stall;
  /// A server with a codec of its own answers the handshake within this. > 0.
  std::chrono::milliseconds handshake_timeout = defaults::header_timeout;
  /// A close ends within this, whatever the peer does. > 0.
  std::chrono::milliseconds close_timeout = defaults::close_timeout;
  /// For a message of the peer, or a control frame, from its first byte to its last; later it is closed with 1008
  /// (errc::timeout). Of a message that comes in parts, from one to the next. Time in which nothing is read does not count.
  /// A server with a codec of its own has its own. 0 = any.
  std::chrono::milliseconds message_timeout = defaults::message_timeout;
  /// Closed (1001) after this time without a message in either direction. 0 = never.
  std::chrono::milliseconds idle_timeout{0};
  /// Closed (1001) after this time, +- 20 %. 0 = never.
  std::chrono::milliseconds max_lifetime{0};

  /// One message of the peer, over all its frames; more is closed with 1009. Those of all sessions under way share
  /// `HubOptions::max_pending_message_bytes` beyond their first 16 KiB.
  std::size_t max_message_bytes = defaults::max_ws_message_bytes;
  /// Its frames, empty ones too; more is closed with 1008. >= 1.
  std::size_t max_frames = defaults::max_ws_frames;
  /// One message of the peer that comes in parts (`WsPartHandler`), inflated; more is closed with 1009. It holds no memory:
  /// neither `max_message_bytes` nor `max_frames` concerns it. 0 = any.
  std::uint64_t max_streamed_bytes = defaults::max_streamed_bytes;
  /// Messages that wait for `async_receive`; beyond it, or 16 KiB of them, nothing more is read. >= 1.
  std::size_t max_waiting_messages = defaults::max_waiting_messages;
  /// Messages of the peer a second; beyond it nothing more is read for a while. 0 = any number.
  double receive_rate = 0;
  /// At once, >= 1.
  double receive_burst = defaults::upward_burst;

  /// Bytes that wait for the peer, those on their way included; an empty queue takes any message.
  std::size_t max_queue_bytes = defaults::max_queue_bytes;
  /// For the message too many: `close` (1013), `conflate` (by WsMessage::key; a queue still full closes), `drop_new` or
  /// `drop_oldest`. `spill` needs a hub.
  QueuePolicy policy = QueuePolicy::close;

  friend bool operator==(const WsOptions&, const WsOptions&) = default;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_OPTIONS_HPP
