// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_ACCEPT_HPP
#define TIDINGS_WS_ACCEPT_HPP

#include <tidings/impl/ws_session_state.hpp>
#include <tidings/impl/ws_upgrade.hpp>
#include <tidings/loop_ref.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/ws_accept_options.hpp>
#include <tidings/ws_handler.hpp>
#include <tidings/ws_options.hpp>
#include <tidings/ws_session.hpp>

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

inline void check_ws_options(const WsOptions& options) {
  const auto bad = [](const char* what) { throw std::invalid_argument(std::string("WsOptions::") + what); };
  if (options.policy == QueuePolicy::spill) bad("policy: spill needs a hub");
  if (options.pong_wait.count() < 1) bad("pong_wait: at least 1 ms");
  if (options.write_stall.count() < 1) bad("write_stall: at least 1 ms");
  if (options.handshake_timeout.count() < 1) bad("handshake_timeout: at least 1 ms");
  if (options.message_timeout.count() < 0) bad("message_timeout: 0 or more");
  if (options.close_timeout.count() < 1) bad("close_timeout: at least 1 ms");
  if (options.max_frames < 1) bad("max_frames: at least 1");
  if (options.max_waiting_messages < 1) bad("max_waiting_messages: at least 1");
  if (options.receive_rate < 0 || options.receive_burst < 1) bad("receive_rate: 0 or more, with a burst of 1 or more");
}

/// The handshake's connection becomes the session's link; on the loop.
template <class Upgrade, class Loop>
void begin_raw_session(const std::shared_ptr<Loop>& loop, Upgrade& upgrade, WsSessionState<Loop>& state) {
  const protocol::WsLimits limits{state.options().max_message_bytes, state.options().max_frames};
  state.begin(upgrade.become(loop, limits, state.subprotocol(), [](auto link, auto start) {
    return delivery::make_any_ws_link(std::move(link), std::move(start));
  }));
}

/// Makes the session of a handshake that is good; `prepare` sees it before anything comes.
template <class U, class Loop, class Prepare>
WsSession open_raw_session(const std::shared_ptr<Loop>& loop, const std::shared_ptr<WsUpgrade<U, Loop>>& upgrade,
                           std::shared_ptr<const RawTerms> terms, std::string subprotocol, Prepare prepare) {
  const auto state = std::make_shared<WsSessionState<Loop>>(loop, std::move(terms), std::move(subprotocol));
  WsSession session(state);
  prepare(*state, session);
  upgrade->take_over([weak = std::weak_ptr(loop), upgrade, state] {
    const std::shared_ptr<Loop> alive = weak.lock();
    if (!alive) return;
    alive->post([weak, upgrade, state] {
      if (const std::shared_ptr<Loop> here = weak.lock()) begin_raw_session(here, *upgrade, *state);
    });
  });
  return session;
}

}  // namespace detail

/// Makes a WebSocket of the application's own protocol out of an upgrade request: checks the handshake, answers it, and
/// serves the session on the loop. A bad handshake, or a page of another origin, is refused in HTTP.
///
/// ```cpp
/// tidings::accept_ws(loop, request, std::move(exchange).stream(), std::make_unique<Echo>());
/// ```
/// @param way      A ByteStream, a MessageChannel, or a StreamingResponse that hands its socket over; nothing answered yet.
/// @param handler  Null: messages are taken with WsSession::async_receive.
/// @returns        The session, perhaps not open yet: what is sent waits. Empty if the handshake was refused.
///
/// Throws `std::invalid_argument` for options out of their range.
/// Thread  any.
template <UpgradeWay U, class Loop>
WsSession accept_ws(const BasicLoopRef<Loop>& where, RequestSnapshot request, U way,
                    std::unique_ptr<WsHandler> handler = nullptr, const WsOptions& options = {},
                    WsAcceptOptions accept = {}) {
  detail::check_ws_options(options);
  const std::shared_ptr<Loop> loop = where.shared();
  const auto verdict = protocol::decide(accept.origins, request.header("origin"), request.header("sec-fetch-site"),
                                        request.header("host").value_or(""));
  const auto shared = std::make_shared<const RequestSnapshot>(std::move(request));
  auto upgrade = std::make_shared<detail::WsUpgrade<U, Loop>>(shared, std::move(way), std::move(accept.headers), loop,
                                                              std::move(accept.compression));
  if (!upgrade->read_offer()) return {};
  std::string subprotocol = protocol::choose_subprotocol(upgrade->offer(), accept.subprotocols);
  std::error_code why;
  if (!loop) why = errc::draining;
  if (verdict == protocol::OriginVerdict::refused) why = errc::forbidden_origin;
  if (accept.needs_subprotocol && subprotocol.empty()) why = errc::handshake_failed;
  if (why) {
    upgrade->refuse(hub::make_refused(why, defaults::busy_retry));
    return {};
  }
  return detail::open_raw_session(loop, upgrade, detail::share_terms(options, std::move(accept.on_error)),
                                  std::move(subprotocol),
                                  [&](auto& state, const WsSession&) { state.set_handler(std::move(handler)); });
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_ACCEPT_HPP
