// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_IMPL_TABLE_HPP
#define TIDINGS_HUB_IMPL_TABLE_HPP

#include <tidings/hub/engine.hpp>

#include <algorithm>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// Collects one part of an answer from each shard; the last part completes it, also when a shard is gone before.
template <class Loop>
struct BasicEngine<Loop>::Gather {
  std::mutex mutex;
  std::vector<SessionInfo> infos;
  Completion<std::vector<SessionInfo>> done;

  ~Gather() { done({}, std::move(infos)); }
};

template <class Loop>
void BasicEngine<Loop>::sessions(Completion<std::vector<SessionInfo>> done) {
  auto gather = std::make_shared<Gather>();
  gather->infos = pollers_.list(loops_.front()->now());
  gather->done = std::move(done);
  each_shard([gather](Shard& shard) {
    std::vector<SessionInfo> part;
    shard.for_each_session([&](const Session& session) {
      // Pollers stand in the table once, not once per poll.
      const Transport transport = session.carrier().transport();
      if (transport == Transport::sse || transport == Transport::websocket) part.push_back(session.info());
    });
    const std::lock_guard lock(gather->mutex);
    for (SessionInfo& each : part) gather->infos.push_back(std::move(each));
  });
}

template <class Loop>
void BasicEngine<Loop>::disconnect_user(const std::string& user) {
  withdrawals_->disconnect(user);
  for (const std::shared_ptr<Shard>& each : shards_) {
    each->run_first([user](Shard& shard) {
      shard.for_each_session_of(
          user, [&](Session& session) { session.end(errc::disconnected, shard.jittered(shard.options().retry)); });
    });
  }
}

template <class Loop>
void BasicEngine<Loop>::disconnect_session(SessionId id) {
  const SessionId target = pollers_.current(id).value_or(id);
  each_shard([target](Shard& shard) {
    if (Session* const session = shard.find(target)) {
      session->end(errc::disconnected, shard.jittered(shard.options().retry));
    }
  });
}

template <class Loop>
void BasicEngine<Loop>::hold(SessionId id, bool held) {
  pollers_.hold(id, held);
  const SessionId target = pollers_.current(id).value_or(id);
  each_shard([target, held](Shard& shard) {
    if (Session* const session = shard.find(target)) session->hold(held);
  });
}

// On the session's loop who its user is; in the store where the user stands; back on the loop.
template <class Loop>
void BasicEngine<Loop>::subscribe(SessionId id, std::vector<std::string> topics, std::optional<protocol::Cursor> cursor,
                                  Completion<> done) {
  // Dropped by the last who might have found the session.
  const auto shared = std::make_shared<Completion<>>(std::move(done));
  std::erase_if(topics, [](const std::string& topic) { return static_cast<bool>(protocol::check_topic(topic)); });
  protocol::ClientRequest claim;
  claim.cursor = std::move(cursor);
  each_shard([weak = this->weak_from_this(), id, topics = std::move(topics), claim = std::move(claim),
              arrival = arrive(), shared](Shard& shard) {
    Session* const session = shard.find(id);
    const std::shared_ptr<BasicEngine> core = weak.lock();
    if (session == nullptr || !core) return;
    auto go_on = [weak, id, claim, arrival, shared, loop = static_cast<std::size_t>(shard.number())](
                     std::error_code ec, std::vector<MemberPosition> positions) {
      const std::shared_ptr<BasicEngine> alive = weak.lock();
      if (!alive) return;
      if (ec) {
        alive->report(ec, "subscribe");
        (*shared)(errc::store_unavailable);
      } else {
        alive->subscribe_at(loop, id, positions, claim, arrival, shared);
      }
    };
    if (session->user().empty()) {
      std::vector<MemberPosition> none;
      for (const std::string& topic : topics) none.push_back({topic, false, {}, {}});
      go_on({}, std::move(none));
    } else {
      core->store_.positions(session->user(), topics, std::move(go_on));
    }
  });
}

template <class Loop>
void BasicEngine<Loop>::subscribe_at(std::size_t loop, SessionId id, const std::vector<MemberPosition>& positions,
                                     const protocol::ClientRequest& claim, const Arrival& arrival,
                                     const std::shared_ptr<Completion<>>& done) {
  const std::size_t most = options_.max_topics_per_session;
  Shard::on_loop(std::weak_ptr(shards_[loop]), [most, id, positions, claim, arrival, done](Shard& shard) {
    Session* const session = shard.find(id);
    if (session == nullptr) return;
    const std::size_t taken = session->topic_count();
    std::vector<delivery::TopicStart> starts;
    for (const MemberPosition& each : positions) {
      if (session->reads(each.topic) || arrival->revoked(session->user(), each.topic)) continue;
      if (taken + starts.size() >= most) break;
      starts.push_back(detail::topic_start(each.topic, claim, &each));
      starts.back().on_record = !session->user().empty();
    }
    session->subscribe(std::move(starts));
    (*done)({});
  });
}

template <class Loop>
void BasicEngine<Loop>::unsubscribe(SessionId id, std::vector<std::string> topics) {
  each_shard([id, topics = std::move(topics)](Shard& shard) {
    Session* const session = shard.find(id);
    for (std::size_t i = 0; session != nullptr && i < topics.size(); ++i) session->revoke(topics[i]);
  });
}

template <class Loop>
void BasicEngine<Loop>::visit(std::size_t loop, SessionId id, UniqueFunction<void(delivery::Session&)> f) {
  Shard::on_loop(std::weak_ptr(shards_[loop]), [id, f = std::move(f)](Shard& shard) mutable {
    if (Session* const session = shard.find(id)) f(*session);
  });
}

template <class Loop>
void BasicEngine<Loop>::revoke(const std::string& user, const std::string& topic) {
  withdrawals_->revoke(user, topic);
  pollers_.revoke(user, topic);
  for (const std::shared_ptr<Shard>& each : shards_) {
    each->run_first([user, topic](Shard& shard) {
      shard.for_each_session_of(user, [&](Session& session) { session.revoke(topic); });
    });
  }
}

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_IMPL_TABLE_HPP
