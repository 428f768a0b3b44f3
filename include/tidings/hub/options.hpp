// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_OPTIONS_HPP
#define TIDINGS_HUB_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/logger.hpp>
#include <tidings/queue_policy.hpp>
#include <tidings/session_info.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// Bounds, times and callbacks of a hub. Every field has a finite default; see `defaults.hpp` for the reasons.
///
/// Callbacks are called on the hub's loops, `on_error` also on the thread that publishes, without a lock; an exception out of one is caught and counted.
struct HubOptions {
  /// Loops with a thread of their own each. Range 1 .. 64. Not used by `Hub{io_context}`.
  std::size_t loops = 1;

  std::size_t max_payload_bytes = defaults::max_payload_bytes;
  std::size_t max_topics_per_session = defaults::max_topics_per_session;
  /// Streams and waiting polls of one user, unless the Identity says otherwise.
  std::size_t max_sessions_per_user = defaults::max_sessions_per_user;
  std::size_t max_sessions = defaults::max_sessions;

  /// Bytes of messages that wait for a loop which is behind with fanning out; what comes beyond is read from the store
  /// when it has caught up.
  std::size_t max_mailbox_bytes = defaults::max_mailbox_bytes;
  /// Bytes queued for one session, and what happens beyond.
  std::size_t max_queue_bytes = defaults::max_queue_bytes;
  QueuePolicy queue_policy = QueuePolicy::spill;
  std::chrono::milliseconds max_lag = defaults::max_lag;
  std::chrono::milliseconds write_stall = defaults::write_stall;
  std::size_t catch_up_page = defaults::catch_up_page;
  std::chrono::milliseconds position_check = defaults::position_check;

  std::chrono::milliseconds sse_heartbeat = defaults::sse_heartbeat;
  /// +- 20 %. Zero = no end.
  std::chrono::milliseconds sse_max_lifetime = defaults::sse_max_lifetime;
  std::chrono::milliseconds sse_retry = defaults::sse_retry;

  /// Longest silence of a WebSocket's peer; it is pinged after 9/10 of it. `defaults::mobile_pong_wait` for phones.
  std::chrono::milliseconds pong_wait = defaults::pong_wait;
  /// A pong proves that the other end has taken what was sent before its ping. To be turned off behind a proxy that ends
  /// WebSockets itself: there it would prove that the proxy has it.
  bool pong_evidence = true;
  /// For a message of a WebSocket's client, or a control frame, from its first byte to its last; later the session ends
  /// with errc::timeout (1008). Time in which nothing is read does not count. Zero = any.
  std::chrono::milliseconds message_timeout = defaults::message_timeout;
  /// Messages under way of all WebSockets of the hub, raw ones too, beyond their first 16 KiB; never less than twice the
  /// largest message that one of them may send. Who needs more is closed with 1013 (errc::overloaded).
  std::size_t max_pending_message_bytes = defaults::max_pending_message_bytes;
  /// +- 20 %. Zero = no end.
  std::chrono::milliseconds ws_max_lifetime = defaults::ws_max_lifetime;

  std::chrono::milliseconds max_poll_wait = defaults::max_poll_wait;
  std::chrono::milliseconds poll_interval = defaults::poll_interval;
  /// The steered interval grows until short polls stay under this. Zero = unlimited.
  double max_polls_per_second = 0;
  /// Clients remembered between their polls and drains: all, and those of one user. Beyond it those not heard of for
  /// longest are forgotten, of the user first.
  std::size_t max_devices = defaults::max_devices;
  std::size_t max_devices_per_user = defaults::max_devices_per_user;

  std::chrono::milliseconds close_timeout = defaults::close_timeout;
  std::chrono::milliseconds busy_retry = defaults::busy_retry;

  Logger logger{};
  /// A publication that could not be stored, a callback that threw, a store that failed.
  std::function<void(std::error_code ec, std::string_view context)> on_error{};
  std::function<void(const SessionInfo&)> on_session_opened{};
  std::function<void(const SessionInfo&, std::error_code why)> on_session_closed{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_OPTIONS_HPP
