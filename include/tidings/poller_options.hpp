// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_POLLER_OPTIONS_HPP
#define TIDINGS_POLLER_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/logger.hpp>
#include <tidings/protocol/http/origin_policy.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// Bounds and times of a `Poller`; a hub has the same in `HubOptions`.
struct PollerOptions {
  std::size_t max_payload_bytes = defaults::max_payload_bytes;
  /// Topics of one poll. Range 1 .. 64, the size of a cursor.
  std::size_t max_topics = defaults::max_topics_per_session;
  /// Polls of one user that wait at the same time; further ones get 429 and `Retry-After`.
  std::size_t max_waiting_per_user = defaults::max_sessions_per_user;
  /// Polls that wait at the same time; further ones get 503 and `Retry-After`.
  std::size_t max_waiting = defaults::max_sessions;

  /// The longest that a poll with `wait=` is held. Stay below the time limits of proxies in front.
  std::chrono::milliseconds max_wait = defaults::max_poll_wait;
  /// What clients are told to leave between two short polls, >= 1 ms.
  std::chrono::milliseconds interval = defaults::poll_interval;
  /// The interval grows until short polls stay under this; who ignores it gets 429. Zero = unlimited.
  double max_per_second = 0;
  /// `Cache-Control: no-store` instead of `private, no-cache`: nothing is kept, and no 304 is possible.
  bool no_store = false;
  /// Pages of which other origins may poll; they get the CORS headers. Default: none but its own. A preflight (OPTIONS) is
  /// the application's to answer: see `protocol::preflight_headers`.
  protocol::OriginPolicy origins{};

  /// The destructor waits this long for polls under way to be answered.
  std::chrono::milliseconds close_timeout = defaults::close_timeout;

  Logger logger{};
  /// A publication that could not be stored, a callback that threw, a store that failed. On the poller's loop, or
  /// on the thread that publishes.
  std::function<void(std::error_code ec, std::string_view context)> on_error{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_POLLER_OPTIONS_HPP
