// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_WS_SESSION_LINE_HPP
#define TIDINGS_IMPL_WS_SESSION_LINE_HPP

#include <tidings/impl/ws_session_state.hpp>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

// ---- topics that are read over it ----

template <class Loop>
void WsSessionState<Loop>::let_reader_go(std::error_code why) {
  if (delivery::RawLineEvents* const reader = std::exchange(reader_, nullptr)) reader->on_over(why);
}

// Of a link that is broken the wire brings the end, with what it knows of it.
template <class Loop>
delivery::Sent WsSessionState<Loop>::sent(delivery::Sent what) {
  if (what == delivery::Sent::ok) return what;
  if (what == delivery::Sent::blocked) be_blocked();
  return delivery::Sent::blocked;
}

template <class Loop>
void WsSessionState<Loop>::gap(std::string_view topic) {
  if (!handler_) return close(CloseCode::try_again_later, "gap");
  call_handler([topic](WsHandler& handler, WsSession& session) { handler.on_gap(session, topic); });
}

template <class Loop>
void WsSessionState<Loop>::want_ping() {
  if (upkeep_.on_tracked(loop_->now())) reschedule();
}

template <class Loop>
void WsSessionState<Loop>::ping(steady_time now) {
  const std::uint64_t known_by = reader_ != nullptr ? reader_->on_ping() : 0;
  link_->ping(upkeep_.ping(now, known_by, static_cast<std::uint64_t>(loop_->random() * 0x1.0p63)));
}

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_WS_SESSION_LINE_HPP
