// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_WS_TERMS_HPP
#define TIDINGS_DELIVERY_WS_TERMS_HPP

#include <tidings/close_code.hpp>
#include <tidings/defaults.hpp>
#include <tidings/error.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// How one WebSocket of a hub is kept.
struct WsTerms {
  std::chrono::milliseconds pong_wait = defaults::pong_wait;
  /// For a message or control frame of the peer; 0 = any.
  std::chrono::milliseconds message_timeout = defaults::message_timeout;
  /// A pong proves delivery. Off behind a proxy that ends WebSockets itself.
  bool pong_evidence = true;
  std::chrono::milliseconds retry = defaults::sse_retry;
  std::chrono::milliseconds close_timeout = defaults::close_timeout;
  /// What may wait for the peer beside messages: replies and notices.
  std::size_t max_queue_bytes = defaults::max_queue_bytes;
  /// Unread inbox messages at the start; none for an anonymous session.
  std::optional<std::size_t> unread;
};

/// The close code that tells a client why, and whether to come back.
inline CloseCode close_code_of(std::error_code why) {
  if (!why) return CloseCode::normal;
  if (why == errc::draining) return CloseCode::service_restart;
  if (why == errc::credentials_expired) return CloseCode::credentials_expired;
  if (why == errc::disconnected) return CloseCode::disconnected;
  if (why == errc::lifetime_ended) return CloseCode::going_away;
  if (why == errc::throttled || why == errc::queue_full || why == errc::timeout) return CloseCode::policy_violation;
  if (why == errc::callback_failed) return CloseCode::internal_error;
  if (why == errc::overloaded || why == errc::slow_consumer || why == errc::store_unavailable) {
    return CloseCode::try_again_later;
  }
  return CloseCode::internal_error;
}

/// The same in a word; empty for none.
inline std::string reason_of(std::error_code why) {
  if (!why) return {};
  return std::string(why.category() == tidings_category() ? to_string(static_cast<errc>(why.value())) : "internal");
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_WS_TERMS_HPP
