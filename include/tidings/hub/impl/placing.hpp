// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_IMPL_PLACING_HPP
#define TIDINGS_HUB_IMPL_PLACING_HPP

#include <tidings/hub/impl/opening.hpp>
#include <tidings/protocol/position_token.hpp>

#include <algorithm>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

namespace detail {

// Where a session begins in one topic: the client's claim, else what it asked for, else where its user stands.
inline delivery::TopicStart topic_start(const std::string& topic, const protocol::ClientRequest& request,
                                        const MemberPosition* position) {
  using From = delivery::TopicStart::From;
  const bool member = position != nullptr && position->member;
  delivery::TopicStart start;
  start.topic = topic;
  start.on_record = position != nullptr;
  const std::optional<Position> claim =
      request.cursor ? request.cursor->find(protocol::topic_tag(topic)) : std::nullopt;
  if (claim) {
    start.from = From::position;
    start.position = *claim;
  } else if (request.cursor_unreadable || (request.cursor_lost && !member)) {
    // Epoch 0 belongs to nobody: the gap law answers with a gap.
    start.from = From::position;
  } else if (request.from == protocol::ClientRequest::From::start) {
    start.from = From::start;
  } else if (request.from == protocol::ClientRequest::From::top) {
    if (position != nullptr) start.position = position->top;
    if (member) start.skipped_from = position->acknowledged.offset + 1;
  } else if (position != nullptr) {
    start.position = member ? position->acknowledged : position->top;
  }
  if (start.position.epoch != 0) start.from = From::position;
  return start;
}

inline const MemberPosition* find_position(const std::vector<MemberPosition>& positions, const std::string& topic) {
  const auto found =
      std::find_if(positions.begin(), positions.end(), [&](const MemberPosition& each) { return each.topic == topic; });
  return found == positions.end() ? nullptr : &*found;
}

}  // namespace detail

// What happened while the session was on its way. From here on, on its loop, it is told itself.
template <class Loop>
std::error_code BasicEngine<Loop>::still_admitted(Opening& opening) const {
  const Arrival arrival = std::exchange(opening.arrival, nullptr);
  const std::string& user = opening.identity.user;
  if (const std::error_code ec = admit(opening.identity)) return ec;
  if (user.empty()) return {};
  if (arrival->lost()) return errc::overloaded;
  if (!arrival->concerns(user)) return {};
  if (arrival->disconnected(user)) return errc::disconnected;
  std::erase_if(opening.topics, [&](const std::string& topic) { return arrival->revoked(user, topic); });
  return {};
}

template <class Loop>
void BasicEngine<Loop>::place(Shard& shard, Opening& opening, const std::vector<MemberPosition>& positions) {
  if (opening.ticket && opening.ticket->gone) return;
  // A cursor that names none of the topics comes from somebody else, or from nowhere: it says nothing about these.
  std::optional<protocol::Cursor>& cursor = opening.request.cursor;
  const bool foreign = cursor && !cursor->empty() &&
                       std::none_of(opening.topics.begin(), opening.topics.end(), [&](const std::string& topic) {
                         return cursor->find(protocol::topic_tag(topic)).has_value();
                       });
  if (foreign) {
    cursor.reset();
    opening.request.cursor_unreadable = true;
  }
  if (const std::error_code ec = still_admitted(opening)) {
    refuse(opening, ec);
    return;
  }
  delivery::SessionStart start;
  start.id = opening.id;
  start.user = opening.identity.user;
  start.device = opening.request.device;
  start.peer = opening.request.peer;
  start.valid_until = opening.identity.valid_until;
  start.held = opening.held;
  start.seat = std::move(opening.seat);
  start.topics.reserve(opening.topics.size());
  for (const std::string& topic : opening.topics) {
    start.topics.push_back(detail::topic_start(topic, opening.request, detail::find_position(positions, topic)));
  }
  opening.refused = nullptr;
  if (!opening.poll) {
    place_stream(shard, opening, std::move(start));
    return;
  }
  start.wait = opening.request.wait;
  if (opening.waits()) counters_.long_polls.add();
  shard.open(std::move(start),
             std::make_unique<PollCarrier>(opening.waits(), opening.request.limit, std::move(opening.polled)));
}

template <class Loop>
Counter& BasicEngine<Loop>::open_streams(Transport transport) {
  return transport == Transport::websocket ? counters_.ws_sessions : counters_.sse_sessions;
}

template <class Loop>
StreamTerms BasicEngine<Loop>::terms_for(const Opening& opening) const {
  StreamTerms terms;
  terms.loop = opening.loop;
  terms.sse.own_ids = opening.request.own_ids;
  terms.sse.heartbeat = options_.sse_heartbeat;
  terms.sse.retry = options_.sse_retry;
  terms.sse.unread = opening.unread;
  terms.ws.pong_wait = options_.pong_wait;
  terms.ws.message_timeout = options_.message_timeout;
  terms.ws.pong_evidence = options_.pong_evidence;
  terms.ws.retry = options_.sse_retry;
  terms.ws.close_timeout = options_.close_timeout;
  terms.ws.max_queue_bytes = options_.max_queue_bytes;
  terms.ws.unread = opening.unread;
  return terms;
}

template <class Loop>
void BasicEngine<Loop>::place_stream(Shard& shard, Opening& opening, delivery::SessionStart start) {
  const bool websocket = opening.transport == Transport::websocket;
  const double share = 0.8 + 0.4 * shard.loop().random();
  const std::chrono::milliseconds lifetime = websocket ? options_.ws_max_lifetime : options_.sse_max_lifetime;
  start.lifetime = std::chrono::milliseconds(static_cast<std::int64_t>(share * static_cast<double>(lifetime.count())));
  std::unique_ptr<delivery::Carrier> carrier = opening.make(terms_for(opening));
  if (!carrier) return;
  open_streams(opening.transport).add();
  Session* const session = shard.open(std::move(start), std::move(carrier));
  if (session == nullptr) return;
  if (opening.request.cursor && !opening.topics.empty()) {
    const std::uint64_t tag = protocol::topic_tag(opening.topics.back());
    if (const auto position = opening.request.cursor->find(tag)) session->confirm(protocol::to_token(tag, *position));
  }
  if (options_.on_session_opened) {
    const SessionInfo info = session->info();
    guarded("on_session_opened", [&] { options_.on_session_opened(info); });
  }
}

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_IMPL_PLACING_HPP
