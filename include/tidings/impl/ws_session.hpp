// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_WS_SESSION_HPP
#define TIDINGS_IMPL_WS_SESSION_HPP

#include <tidings/impl/ws_session_state.hpp>
#include <tidings/impl/ws_session_traffic.hpp>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

// ---- life ----

template <class Loop>
WsSessionState<Loop>::WsSessionState(const std::shared_ptr<Loop>& loop, std::shared_ptr<const RawTerms> terms,
                                     std::string subprotocol)
    : weak_loop_(loop), loop_(loop.get()), terms_(std::move(terms)), upkeep_(options().pong_wait, false, {}) {
  if (!subprotocol.empty()) subprotocol_ = std::make_unique<const std::string>(std::move(subprotocol));
}

template <class Loop>
WsSessionState<Loop>::~WsSessionState() {
  CloseInfo info;
  info.error = errc::closed;
  end(info);
}

// Handles may outlive it; nothing of it may be touched afterwards.
template <class Loop>
void WsSessionState<Loop>::end_with_loop() {
  if (over_ || !link_) return;
  if (waiting()) loop_->cancel(*this);
  loop_->strike(*this);
  // The hub may be gone by now.
  reader_ = nullptr;
  // It knows best how far the close has come.
  link_->fail(errc::closed);
  link_.reset();
}

template <class Loop>
void WsSessionState<Loop>::begin(std::unique_ptr<delivery::AnyWsLink> link) {
  // Killed before: the link goes, and its connection.
  if (over_) return;
  const steady_time now = loop_->now();
  const auto stay = std::make_shared<Stay>(this->shared_from_this());
  stay_ = stay.get();
  loop_->keep_shared(stay);
  loop_->enlist(*this);
  link_ = std::move(link);
  plain_below_ = static_cast<std::uint32_t>(std::min(least_uncorked, link_->deflates_from()));
  upkeep_ = delivery::WsUpkeep(options().pong_wait, link_->asks_for_pongs(), now, options().message_timeout);
  if (options().receive_rate > 0) {
    seldom_.get().bucket.emplace(options().receive_rate, options().receive_burst, now);
  }
  blocked_since_ = last_message_ = now;
  ends_at_ = now + options().handshake_timeout;
  take_parts();
  link_->start(*this);
  // Paused before it began.
  if (holds_ != 0) hold_link(true);
  // A codec of ours has answered with that; a server says so later. Not in here: the link may have more to say first.
  if (link_->gathers()) {
    loop_->post([self = this->shared_from_this()] { self->on_open(); });
  }
  reschedule();
}

template <class Loop>
void WsSessionState<Loop>::give_up(std::error_code why) {
  CloseInfo info;
  info.error = why;
  end(info);
}

template <class Loop>
io::Home WsSessionState<Loop>::home() const {
  const std::shared_ptr<Loop> loop = weak_loop_.lock();
  return loop ? io::Home{loop->context().get_executor(), loop} : io::Home::on_system();
}

template <class Loop>
template <class F>
void WsSessionState<Loop>::on_loop(F f) {
  const std::shared_ptr<Loop> loop = weak_loop_.lock();
  if (!loop) return;
  if (loop->running_here()) {
    f(*this);
  } else {
    loop->post([self = this->shared_from_this(), f = std::move(f)]() mutable { f(*self); });
  }
}

// An exception ends this session and touches no other.
template <class Loop>
template <class F>
void WsSessionState<Loop>::call_handler(F f) {
  if (!handler_) return;
  const auto failed = [this](const char* what) {
    if (terms_->on_error) terms_->on_error(what);
    close(CloseCode::internal_error, {});
  };
  // The end of the session must not take the handle out of the handler's hands.
  WsSession session = std::move(handle_);
  if (!session) session = WsSession(this->weak_from_this().lock());
  try {
    f(*handler_, session);
  } catch (const std::exception& failure) {
    failed(failure.what());
  } catch (...) {
    failed("a handler threw");
  }
  if (being_read()) handle_ = std::move(session);
}

// ---- the end ----

template <class Loop>
void WsSessionState<Loop>::close(CloseCode code, std::string reason) {
  taking_ = false;
  on_loop([code, reason = std::move(reason)](WsSessionState& self) mutable {
    if (self.closing_ || self.over_) return;
    self.closing_ = true;
    Seldom& seldom = self.seldom_.get();
    seldom.close_code = code;
    seldom.close_reason = std::move(reason);
    seldom.close_by = self.loop_->now() + self.options().close_timeout;
    if (self.link_) self.reschedule();
    // Not open yet, it says so when it is.
    if (self.link_) self.let_reader_go(errc::closed);
    self.pump();
  });
}

template <class Loop>
void WsSessionState<Loop>::say_close() {
  if (close_said_ || over_) return;
  flush_cork();
  close_said_ = true;
  // A peer that was not read may have said close already.
  holds_ = 0;
  link_->close(seldom_->close_code, seldom_->close_reason);
}

template <class Loop>
void WsSessionState<Loop>::close_for_restart() {
  seldom_.get().last_words = loop_->hold();
  close(CloseCode::service_restart, {});
}

// Said by us, or by the peer: nothing of what waits goes out any more.
template <class Loop>
void WsSessionState<Loop>::on_closing() {
  taking_ = false;
  close_said_ = true;
  holds_ = 0;
  closing_ = true;
  Seldom& seldom = seldom_.get();
  if (seldom.close_by == steady_time::max()) seldom.close_by = loop_->now() + options().close_timeout;
  reschedule();
  let_reader_go(errc::closed);
}

template <class Loop>
void WsSessionState<Loop>::kill() {
  taking_ = false;
  on_loop([](WsSessionState& self) {
    if (self.over_) return;
    if (self.link_) self.link_->abort();
    CloseInfo info;
    info.who = CloseInfo::Who::local;
    info.error = errc::closed;
    self.end(info);
  });
}

template <class Loop>
void WsSessionState<Loop>::end(const CloseInfo& info) {
  taking_ = false;
  std::size_t lost = on_way_count_ + (being_read() ? loop_->cork().messages() : 0);
  stop_being_read();
  Completions unsent;
  delivery::Ring<Completion<WsMessage>> receivers;
  if (seldom_) {
    lost += seldom_->given_up;
    unsent = std::move(seldom_->on_way);
    receivers = std::exchange(seldom_->receivers, {});
  }
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(over_, true)) return;
    info_ = std::make_unique<CloseInfo>(info);
    info_->unsent = lost + (outbox_ ? outbox_->size() + (outbox_->parts() != nullptr ? 1 : 0) : 0);
    info_->message_cut = seldom_ && seldom_->part_message;
    if (outbox_) outbox_->clear(unsent);
  }
  let_reader_go(info.error ? info.error : std::error_code(errc::closed));
  if (waiting()) loop_->cancel(*this);
  tell(unsent, errc::closed);
  for (; !receivers.empty(); receivers.pop_front()) receivers.front().fail(errc::closed);
  call_handler([this](WsHandler& handler, WsSession& session) { handler.on_closed(session, *info_); });
  std::unique_ptr<WsHandler> handler = std::move(handler_);
  if (seldom_) seldom_->last_words.reset();
  guest_.reset();
  const std::shared_ptr<Loop> loop = weak_loop_.lock();
  if (!link_ || !loop) return;
  loop->strike(*this);
  // Not in a call of theirs.
  loop->post([link = std::move(link_), handler = std::move(handler)] {});
  loop->let_go(stay_);
}

// ---- time ----

template <class Loop>
void WsSessionState<Loop>::reschedule() {
  if (over_ || !link_) return;
  const auto left = next_due() - loop_->now();
  loop_->schedule(*this, std::max(std::chrono::milliseconds{0}, std::chrono::ceil<std::chrono::milliseconds>(left)));
}

template <class Loop>
steady_time WsSessionState<Loop>::next_due() const {
  steady_time due = ends_at_;
  if (seldom_) due = std::min(due, seldom_->close_by);
  if (!closing_) due = std::min(due, upkeep_.due());
  if (blocked_) due = std::min(due, blocked_since_ + options().write_stall);
  if (!closing_) due = std::min(due, idle_end());
  return due;
}

template <class Loop>
steady_time WsSessionState<Loop>::idle_end() const {
  if (options().idle_timeout.count() == 0) return steady_time::max();
  const steady_time last = reader_ != nullptr ? std::max(last_message_, reader_->last_message()) : last_message_;
  return last + options().idle_timeout;
}

template <class Loop>
bool WsSessionState<Loop>::end_if_over(steady_time now) {
  if ((seldom_ && now >= seldom_->close_by) || (!opened_ && now >= ends_at_)) {
    link_->fail(errc::timeout);
  } else if (blocked_ && now >= blocked_since_ + options().write_stall) {
    link_->fail(errc::write_stalled);
  } else if (!closing_ && now >= ends_at_) {
    ends_at_ = steady_time::max();
    close(CloseCode::going_away, make_error_code(errc::lifetime_ended).message());
  } else if (!closing_ && now >= idle_end()) {
    close(CloseCode::going_away, "idle");
  }
  return over_;
}

template <class Loop>
void WsSessionState<Loop>::on_due() {
  const auto self = this->shared_from_this();
  const steady_time now = loop_->now();
  if (end_if_over(now)) return;
  if (!closing_) {
    switch (upkeep_.on_timer(now)) {
      case delivery::WsUpkeep::Verdict::wait: break;
      case delivery::WsUpkeep::Verdict::dead: link_->fail(errc::peer_gone); return;
      case delivery::WsUpkeep::Verdict::late: link_->refuse(CloseCode::policy_violation, errc::timeout); return;
      case delivery::WsUpkeep::Verdict::ping: ping(now); break;
    }
  }
  reschedule();
}

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_WS_SESSION_HPP
