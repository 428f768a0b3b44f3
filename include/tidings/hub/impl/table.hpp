// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_IMPL_TABLE_HPP
#define TIDINGS_HUB_IMPL_TABLE_HPP

#include <tidings/hub/core.hpp>

#include <algorithm>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// Collects one part of an answer from each shard; the last part completes it, also when a shard is gone before.
struct Core::Gather {
  std::mutex mutex;
  std::vector<SessionInfo> infos;
  Completion<std::vector<SessionInfo>> done;

  ~Gather() { done({}, std::move(infos)); }
};

inline void Core::sessions(Completion<std::vector<SessionInfo>> done) {
  auto gather = std::make_shared<Gather>();
  gather->infos = pollers_.list(loops_.front()->now());
  gather->done = std::move(done);
  each_shard([gather](delivery::Shard& shard) {
    std::vector<SessionInfo> part;
    shard.for_each_session([&](const delivery::Session& session) {
      // Pollers stand in the table once, not once per poll.
      if (session.carrier().transport() == Transport::sse) part.push_back(session.info());
    });
    const std::lock_guard lock(gather->mutex);
    for (SessionInfo& each : part) gather->infos.push_back(std::move(each));
  });
}

inline void Core::disconnect_user(const std::string& user) {
  each_shard([user](delivery::Shard& shard) {
    shard.for_each_session_of(user, [&](delivery::Session& session) {
      session.end(errc::disconnected, shard.jittered(shard.options().retry));
    });
  });
}

inline void Core::disconnect_session(SessionId id) {
  const SessionId target = pollers_.current(id).value_or(id);
  each_shard([target](delivery::Shard& shard) {
    if (delivery::Session* const session = shard.find(target)) {
      session->end(errc::disconnected, shard.jittered(shard.options().retry));
    }
  });
}

inline void Core::hold(SessionId id, bool held) {
  pollers_.hold(id, held);
  const SessionId target = pollers_.current(id).value_or(id);
  each_shard([target, held](delivery::Shard& shard) {
    if (delivery::Session* const session = shard.find(target)) session->hold(held);
  });
}

// On the session's loop who its user is; in the store where the user stands; back on the loop.
inline void Core::subscribe(SessionId id, std::vector<std::string> topics) {
  std::erase_if(topics, [](const std::string& topic) { return static_cast<bool>(protocol::check_topic(topic)); });
  each_shard([weak = weak_from_this(), id, topics = std::move(topics)](delivery::Shard& shard) {
    delivery::Session* const session = shard.find(id);
    const std::shared_ptr<Core> core = weak.lock();
    if (session == nullptr || !core) return;
    auto go_on = [weak, id, loop = static_cast<std::size_t>(shard.number())](std::error_code ec,
                                                                             std::vector<MemberPosition> positions) {
      const std::shared_ptr<Core> alive = weak.lock();
      if (!alive) return;
      if (ec) {
        alive->report(ec, "subscribe");
      } else {
        alive->subscribe_at(loop, id, positions);
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

inline void Core::subscribe_at(std::size_t loop, SessionId id, const std::vector<MemberPosition>& positions) {
  delivery::Shard::on_loop(std::weak_ptr(shards_[loop]),
                           [most = options_.max_topics_per_session, id, positions](delivery::Shard& shard) {
                             delivery::Session* const session = shard.find(id);
                             if (session == nullptr) return;
                             const std::size_t taken = session->tokens().size();
                             std::vector<delivery::TopicStart> starts;
                             for (const MemberPosition& each : positions) {
                               if (taken + starts.size() >= most) break;
                               starts.push_back(detail::topic_start(each.topic, {}, &each));
                               starts.back().on_record = !session->user().empty();
                             }
                             session->subscribe(std::move(starts));
                           });
}

inline void Core::revoke(const std::string& user, const std::string& topic) {
  each_shard([user, topic](delivery::Shard& shard) {
    shard.for_each_session_of(user, [&](delivery::Session& session) { session.revoke(topic); });
  });
}

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_IMPL_TABLE_HPP
