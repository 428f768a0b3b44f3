// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_IMPL_OPENING_HPP
#define TIDINGS_HUB_IMPL_OPENING_HPP

#include <tidings/hub/engine.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/protocol/topic_name.hpp>

#include <algorithm>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

namespace detail {

// Whether a cursor could not tell two of them apart. A template, so that only who makes a hub compiles the sorting.
template <class Topics>
bool same_tags(const Topics& topics) {
  if (topics.size() < 2) return false;
  std::vector<std::uint64_t> tags;
  tags.reserve(topics.size());
  for (const std::string& topic : topics) tags.push_back(protocol::topic_tag(topic));
  std::sort(tags.begin(), tags.end());
  return std::adjacent_find(tags.begin(), tags.end()) != tags.end();
}

}  // namespace detail

template <class Loop>
struct BasicEngine<Loop>::Ticket final : PollTicket {
  Ticket(std::weak_ptr<BasicEngine> e, std::size_t l, SessionId i) : engine(std::move(e)), loop(l), id(i) {}

  void on_gone() override {
    gone.store(true);
    const std::shared_ptr<BasicEngine> alive = engine.lock();
    if (!alive) return;
    Shard::on_loop(std::weak_ptr(alive->shards_[loop]), [id = id](Shard& shard) {
      if (Session* const session = shard.find(id)) session->on_gone(errc::peer_gone);
    });
  }

  std::weak_ptr<BasicEngine> engine;
  const std::size_t loop;
  const SessionId id;
  std::atomic<bool> gone{false};
};

/// A session on its way: from the request's thread through the store to its loop.
template <class Loop>
struct BasicEngine<Loop>::Opening {
  protocol::ClientRequest request;
  Identity identity;
  Arrival arrival;
  std::vector<std::string> topics;
  std::size_t loop = 0;
  SessionId id;
  bool poll = false;
  Transport transport = Transport::sse;
  bool held = false;
  std::unique_ptr<delivery::Seat> seat;
  MakeCarrier make;
  OnPolled polled;
  OnRefused refused;
  std::optional<std::size_t> unread;
  std::shared_ptr<Ticket> ticket;

  bool waits() const { return poll && request.wait.count() > 0; }
  // Short polls are over before they could crowd anybody.
  bool counted() const { return !poll || waits(); }
};

/// The seat of a poll: when it ends, in whatever way, its poller is between polls again.
template <class Loop>
struct BasicEngine<Loop>::PollSeat final : delivery::Seat {
  PollSeat(std::unique_ptr<delivery::Seat> s, std::weak_ptr<BasicEngine> c, SessionInfo i, SessionId id)
      : seat(std::move(s)), core(std::move(c)), seen(std::move(i)), current(id) {}
  ~PollSeat() override {
    if (const std::shared_ptr<BasicEngine> alive = core.lock()) alive->pollers_.left(seen, current);
  }

  std::unique_ptr<delivery::Seat> seat;
  std::weak_ptr<BasicEngine> core;
  SessionInfo seen;
  SessionId current;
};

template <class Loop>
std::error_code BasicEngine<Loop>::ask_may_subscribe(const Identity& identity, const std::string& topic) {
  if (!identity.may_subscribe) return errc::topic_not_allowed;
  std::error_code answer = errc::callback_failed;
  guarded("may_subscribe",
          [&] { answer = identity.may_subscribe(topic) ? std::error_code{} : errc::topic_not_allowed; });
  return answer;
}

template <class Loop>
std::error_code BasicEngine<Loop>::resolve_topics(const protocol::ClientRequest& request, const Identity& identity,
                                                  std::vector<std::string>& topics) {
  auto add = [&](const std::string& topic) {
    if (std::find(topics.begin(), topics.end(), topic) == topics.end()) topics.push_back(topic);
  };
  const std::string inbox = identity.user.empty() ? std::string() : protocol::inbox_of(identity.user);
  if (!inbox.empty()) {
    if (const std::error_code ec = protocol::check_topic_or_inbox(inbox)) return ec;
    add(inbox);
  }
  for (const std::string& topic : identity.topics) {
    if (protocol::check_topic(topic)) return errc::invalid_topic;
    add(topic);
  }
  if (request.topics.size() > options_.max_topics_per_session) return errc::too_many_topics;
  for (const std::string& topic : request.topics) {
    if (std::find(topics.begin(), topics.end(), topic) != topics.end()) continue;
    // The inbox comes from the identity alone; any other `@` name is somebody else's.
    if (protocol::is_inbox(topic)) return errc::topic_not_allowed;
    if (const std::error_code ec = protocol::check_topic(topic)) return ec;
    if (const std::error_code ec = ask_may_subscribe(identity, topic)) return ec;
    add(topic);
  }
  if (topics.size() > options_.max_topics_per_session) return errc::too_many_topics;
  return detail::same_tags(topics) ? errc::invalid_topic : std::error_code{};
}

template <class Loop>
std::size_t BasicEngine<Loop>::session_limit(const Identity& identity) const {
  return identity.session_limit != 0 ? identity.session_limit : options_.max_sessions_per_user;
}

template <class Loop>
std::error_code BasicEngine<Loop>::admit(const Identity& identity) const {
  if (draining()) return errc::draining;
  if (identity.valid_until && *identity.valid_until <= loops_.front()->wall_now()) return errc::credentials_expired;
  return {};
}

template <class Loop>
std::error_code BasicEngine<Loop>::would_refuse(const protocol::ClientRequest& request, const Identity& identity) {
  std::vector<std::string> topics;
  if (const std::error_code ec = admit(identity)) return ec;
  return resolve_topics(request, identity, topics);
}

template <class Loop>
void BasicEngine<Loop>::refuse(Opening& opening, std::error_code why, std::chrono::milliseconds retry) {
  if (why == condition::retryable) counters_.refused_overload.add();
  opening.seat.reset();
  if (!opening.refused) return;
  std::exchange(opening.refused, nullptr)(Refusal{why, retry.count() > 0 ? retry : busy_retry()});
}

template <class Loop>
void BasicEngine<Loop>::refuse_without_store(Opening& opening) {
  counters_.store_errors.add();
  refuse(opening, errc::store_unavailable);
}

template <class Loop>
std::shared_ptr<typename BasicEngine<Loop>::Opening> BasicEngine<Loop>::make_opening(protocol::ClientRequest request,
                                                                                     Entrant entrant, OnRefused refused,
                                                                                     std::size_t home) {
  auto opening = std::make_shared<Opening>();
  opening->request = std::move(request);
  opening->identity = std::move(entrant.identity);
  opening->arrival = std::move(entrant.arrival);
  // Nothing is withdrawn from nobody.
  if (!opening->arrival && !opening->identity.user.empty()) opening->arrival = arrive();
  opening->refused = std::move(refused);
  opening->loop = home < shards_.size() ? home : seats_->least_loaded();
  opening->id = {ids_.session()};
  return opening;
}

template <class Loop>
void BasicEngine<Loop>::open_stream(protocol::ClientRequest request, Entrant entrant, Transport transport,
                                    MakeCarrier make, OnRefused refused, std::size_t home) {
  const auto opening = make_opening(std::move(request), std::move(entrant), std::move(refused), home);
  opening->transport = transport;
  opening->make = std::move(make);
  open(opening);
}

template <class Loop>
void BasicEngine<Loop>::poll(protocol::ClientRequest request, Entrant entrant, OnTicket ticket, OnPolled polled,
                             OnRefused refused, std::size_t home) {
  const auto opening = make_opening(std::move(request), std::move(entrant), std::move(refused), home);
  opening->request.wait = std::min(opening->request.wait, options_.max_poll_wait);
  opening->polled = std::move(polled);
  opening->poll = true;
  opening->ticket = std::make_shared<Ticket>(this->weak_from_this(), opening->loop, opening->id);
  counters_.polls.add();
  ticket(opening->ticket);
  open(opening);
}

template <class Loop>
void BasicEngine<Loop>::open(const std::shared_ptr<Opening>& opening) {
  if (const std::error_code ec = enter(*opening)) {
    refuse(*opening, ec);
    return;
  }
  if (opening->poll) {
    SessionInfo seen;
    seen.id = {ids_.session()};
    seen.user = opening->identity.user;
    seen.device = opening->request.device;
    seen.transport = opening->waits() ? Transport::long_poll : Transport::short_poll;
    seen.peer = opening->request.peer;
    seen.since = loops_.front()->wall_now();
    seen.topics = opening->topics;
    const auto admitted = pollers_.begin(seen, opening->id, loops_.front()->now(), opening->waits());
    opening->seat =
        std::make_unique<PollSeat>(std::move(opening->seat), this->weak_from_this(), std::move(seen), opening->id);
    if (admitted.throttled) {
      counters_.polls_throttled.add();
      refuse(*opening, errc::throttled, admitted.retry_after);
      return;
    }
    opening->held = admitted.held;
  }
  // A client that says where it stands acknowledges what came before.
  if (opening->request.cursor) {
    acknowledge(opening->identity, opening->topics, *opening->request.cursor, Evidence::cursor, opening->request,
                [](std::error_code) {});
  }
  const bool shows_unread = opening->request.own_ids || opening->transport == Transport::websocket;
  if (shows_unread && !opening->identity.user.empty()) {
    read_unread(opening);
  } else {
    read_positions(opening);
  }
}

template <class Loop>
std::error_code BasicEngine<Loop>::enter(Opening& opening) {
  if (const std::error_code ec = admit(opening.identity)) return ec;
  if (const std::error_code ec = resolve_topics(opening.request, opening.identity, opening.topics)) return ec;
  return seats_->take(opening.identity.user, opening.counted(), session_limit(opening.identity), opening.loop,
                      opening.seat);
}

template <class Loop>
void BasicEngine<Loop>::read_unread(const std::shared_ptr<Opening>& opening) {
  store_.unread(opening->identity.user,
                [weak = this->weak_from_this(), opening](std::error_code ec, std::size_t unread) {
                  const std::shared_ptr<BasicEngine> core = weak.lock();
                  if (!core) return;
                  if (ec) return core->refuse_without_store(*opening);
                  opening->unread = unread;
                  core->read_positions(opening);
                });
}

template <class Loop>
void BasicEngine<Loop>::read_positions(const std::shared_ptr<Opening>& opening) {
  auto go_on = [weak = this->weak_from_this(), opening](std::error_code ec, std::vector<MemberPosition> positions) {
    const std::shared_ptr<BasicEngine> core = weak.lock();
    if (!core) return;
    if (ec) return core->refuse_without_store(*opening);
    Shard::on_loop(std::weak_ptr(core->shards_[opening->loop]),
                   [weak, opening, positions = std::move(positions)](Shard& shard) {
                     if (const std::shared_ptr<BasicEngine> alive = weak.lock())
                       alive->place(shard, *opening, positions);
                   });
  };
  if (opening->identity.user.empty()) {
    go_on({}, {});
  } else {
    store_.positions(opening->identity.user, opening->topics, std::move(go_on));
  }
}

template <class Loop>
void BasicEngine<Loop>::on_closed(const SessionInfo& info, std::error_code why) {
  if (info.transport == Transport::sse || info.transport == Transport::websocket) {
    open_streams(info.transport).subtract();
    if (options_.on_session_closed) guarded("on_session_closed", [&] { options_.on_session_closed(info, why); });
  } else if (info.transport == Transport::long_poll) {
    counters_.long_polls.subtract();
  }
}

template <class Loop>
std::chrono::milliseconds BasicEngine<Loop>::poll_answered(const std::string& user,
                                                           const protocol::ClientRequest& request,
                                                           const delivery::PollAnswer& answer, bool bodiless) {
  const bool steer = request.wait.count() == 0 && !answer.more && !answer.refused();
  const protocol::Cursor answered = answer.refused() || bodiless ? protocol::Cursor{} : answer.cursor;
  return pollers_.end(user, request.device, request.peer, answered, steer, loops_.front()->now(), random());
}

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_IMPL_OPENING_HPP
