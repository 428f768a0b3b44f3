// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_IMPL_STATUS_HPP
#define TIDINGS_HUB_IMPL_STATUS_HPP

#include <tidings/hub/engine.hpp>
#include <tidings/protocol/topic_name.hpp>

#include <algorithm>
#include <atomic>
#include <tuple>
#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

namespace detail {

inline RecipientStatus recipient_status(const MemberStanding& standing, const std::string& topic) {
  RecipientStatus status;
  status.user = standing.user;
  status.topic = topic;
  if (standing.seen) {
    status.outcome = Outcome::seen;
    status.evidence = standing.evidence;
  } else if (standing.standing == Standing::acknowledged) {
    status.outcome = Outcome::delivered;
    status.evidence = standing.evidence;
  } else if (standing.standing == Standing::excepted) {
    status.outcome = standing.reason == ExceptionReason::skipped_start ? Outcome::skipped : Outcome::failed;
    status.reason = to_string(standing.reason);
  } else {
    status.reason = "no session";
  }
  return status;
}

}  // namespace detail

/// "Who has this message" on its way: ledger -> store, one place after the other -> loops.
template <class Loop>
struct BasicEngine<Loop>::StatusQuery {
  MessageStatus status;
  PublicationRecord record;
  std::size_t next_place = 0;
  // Set while the call to the store and its answer have not met.
  std::atomic<bool> asking{false};
  Completion<MessageStatus> done;

  // What was handed out for recipients that have not confirmed: by user and topic.
  struct Written {
    Position position;
    Transport transport = Transport::sse;
  };
  std::mutex mutex;
  std::unordered_map<std::string, Written> written;

  static std::string key(const std::string& user, const std::string& topic) { return user + '\n' + topic; }

  void note(const std::string& user, const std::string& topic, Position position, Transport transport) {
    const std::lock_guard lock(mutex);
    Written& best = written[key(user, topic)];
    if (position.offset >= best.position.offset) best = {position, transport};
  }

  // The answers of store and ledger for one place.
  void add(const StandingsResult& result, const std::vector<Acknowledgement>& proofs) {
    const auto& [place, position] = record.places[next_place];
    status.has_members = status.has_members || result.has_members;
    const std::size_t first = status.recipients.size();
    for (const MemberStanding& each : result.members) {
      status.recipients.push_back(detail::recipient_status(each, place));
    }
    std::unordered_map<std::string_view, const Acknowledgement*> proved;
    for (const Acknowledgement& each : proofs) {
      if (each.position.epoch == position.epoch && each.position.offset >= position.offset) proved[each.user] = &each;
    }
    for (std::size_t i = first; i < status.recipients.size() && !proved.empty(); ++i) {
      RecipientStatus& recipient = status.recipients[i];
      const auto found = proved.find(recipient.user);
      if (recipient.outcome != Outcome::pending || found == proved.end()) continue;
      recipient.outcome = Outcome::delivered;
      recipient.evidence = found->second->evidence;
      recipient.transport = to_string(Transport::websocket);
      recipient.reason.clear();
    }
    ++next_place;
  }

  // Completes when the last loop has answered.
  void finish() {
    std::unordered_map<std::string, std::uint64_t> offsets;
    for (const auto& [topic, position] : record.places) offsets[topic] = position.offset;
    for (RecipientStatus& each : status.recipients) {
      const auto found = written.find(key(each.user, each.topic));
      if (each.outcome != Outcome::pending || found == written.end()) continue;
      each.transport = to_string(found->second.transport);
      each.reason = "not confirmed";
      if (found->second.position.offset >= offsets[each.topic]) each.outcome = Outcome::written;
    }
    std::sort(status.recipients.begin(), status.recipients.end(),
              [](const RecipientStatus& a, const RecipientStatus& b) {
                return std::tie(a.user, a.topic) < std::tie(b.user, b.topic);
              });
    done({}, std::move(status));
  }
};

template <class Loop>
void BasicEngine<Loop>::status(MessageId id, Completion<MessageStatus> done) {
  auto query = std::make_shared<StatusQuery>();
  query->done = std::move(done);
  query->status.id = id;
  ledger_.find(id, [weak = this->weak_from_this(), query](std::error_code ec, PublicationRecord record) {
    const std::shared_ptr<BasicEngine> core = weak.lock();
    if (ec || !core) {
      query->done.fail(ec ? ec : std::error_code(errc::closed));
      return;
    }
    query->status.time = record.time;
    query->status.event = record.event;
    query->record = std::move(record);
    core->read_standings(query);
  });
}

// One place after the other; a store that answers inline must not recurse once for each of many inboxes.
template <class Loop>
void BasicEngine<Loop>::read_standings(const std::shared_ptr<StatusQuery>& query) {
  while (query->next_place < query->record.places.size()) {
    const auto& [topic, position] = query->record.places[query->next_place];
    query->asking = true;
    store_.standings(topic, position,
                     [weak = this->weak_from_this(), query](std::error_code ec, StandingsResult result) {
                       const std::shared_ptr<BasicEngine> core = weak.lock();
                       if (ec || !core) {
                         query->done.fail(ec ? ec : std::error_code(errc::closed));
                       } else {
                         core->read_proofs(query, std::move(result));
                       }
                     });
    // Whoever comes second goes on: this loop after an inline answer, the callback after a late one.
    if (query->asking.exchange(false)) return;
  }
  add_written(query);
}

template <class Loop>
void BasicEngine<Loop>::read_proofs(const std::shared_ptr<StatusQuery>& query, StandingsResult standings) {
  ledger_.proofs(query->record.places[query->next_place].first,
                 [weak = this->weak_from_this(), query, standings = std::move(standings)](
                     std::error_code ec, const std::vector<Acknowledgement>& proofs) {
                   const std::shared_ptr<BasicEngine> core = weak.lock();
                   if (ec || !core) {
                     query->done.fail(ec ? ec : std::error_code(errc::closed));
                     return;
                   }
                   query->add(standings, proofs);
                   if (!query->asking.exchange(false)) core->read_standings(query);
                 });
}

// What pollers were answered, and what the loops have handed to the kernel.
template <class Loop>
void BasicEngine<Loop>::add_written(const std::shared_ptr<StatusQuery>& query) {
  std::unordered_map<std::string, std::vector<std::string>> pending;
  for (const RecipientStatus& each : query->status.recipients) {
    if (each.outcome == Outcome::pending) pending[each.user].push_back(each.topic);
  }
  if (pending.empty()) {
    query->finish();
    return;
  }
  std::unordered_map<std::string, std::uint64_t> epochs;
  for (const auto& [topic, position] : query->record.places) epochs[topic] = position.epoch;
  pollers_.for_each_answer([&](const std::string& user, const protocol::Cursor& cursor, Transport transport) {
    const auto found = pending.find(user);
    if (found == pending.end()) return;
    for (const std::string& topic : found->second) {
      const std::optional<Position> position = cursor.find(protocol::topic_tag(topic));
      if (position && position->epoch == epochs[topic]) query->note(user, topic, *position, transport);
    }
  });
  auto all = std::shared_ptr<void>(nullptr, [query](void*) { query->finish(); });
  each_shard([all, query, pending = std::move(pending), epochs = std::move(epochs)](Shard& shard) {
    for (const auto& [user, topics] : pending) {
      shard.for_each_session_of(user, [&, &user = user, &topics = topics](const Session& session) {
        for (const std::string& topic : topics) {
          const std::optional<Position> written = session.written(topic);
          if (written && written->epoch == epochs.at(topic)) {
            query->note(user, topic, *written, session.carrier().transport());
          }
        }
      });
    }
  });
}

template <class Loop>
void BasicEngine<Loop>::missed(MessageId id, Completion<std::vector<RecipientStatus>> done) {
  status(id, [done = std::move(done)](std::error_code ec, MessageStatus status) mutable {
    if (!ec && !status.has_members) ec = errc::no_members;
    std::vector<RecipientStatus> missed;
    for (RecipientStatus& each : status.recipients) {
      if (each.outcome != Outcome::delivered && each.outcome != Outcome::seen) missed.push_back(std::move(each));
    }
    done(ec, std::move(missed));
  });
}

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_IMPL_STATUS_HPP
