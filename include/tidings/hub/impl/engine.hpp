// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_IMPL_ENGINE_HPP
#define TIDINGS_HUB_IMPL_ENGINE_HPP

#include <tidings/hub/engine.hpp>
#include <tidings/protocol/envelope.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/protocol/sse/encoder.hpp>
#include <tidings/protocol/topic_name.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <unordered_set>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

template <class Loop>
BasicEngine<Loop>::BasicEngine(Loops loops, delivery::AnyStore store, delivery::AnyLedger ledger, HubOptions options,
                               std::uint64_t seed)
    : Core(std::move(options)),
      loops_(std::move(loops)),
      store_(std::move(store)),
      ledger_(std::move(ledger)),
      ids_(seed),
      seats_(std::make_shared<Seats>(options_.max_sessions, loops_.size())),
      pollers_({.interval = options_.poll_interval, .max_polls_per_second = options_.max_polls_per_second},
               options_.max_devices, options_.max_devices_per_user),
      drains_(options_.max_devices, options_.max_devices_per_user),
      random_(seed ^ 0x9E3779B97F4A7C15ULL) {}

// ---- life ----

template <class Loop>
void BasicEngine<Loop>::start(Completion<> done) {
  for (std::size_t i = 0; i < loops_.size(); ++i) attach_shard(i);
  store_.attach(
      [weak = this->weak_from_this()](const StoredMessagePtr& message) {
        if (const std::shared_ptr<BasicEngine> core = weak.lock()) core->on_announce(message);
      },
      std::move(done));
}

template <class Loop>
void BasicEngine<Loop>::attach_shard(std::size_t index) {
  delivery::ShardOptions options;
  options.max_mailbox_bytes = options_.max_mailbox_bytes;
  options.max_queue_bytes = options_.max_queue_bytes;
  options.queue_policy = options_.queue_policy;
  options.max_lag = options_.max_lag;
  options.write_stall = options_.write_stall;
  options.catch_up_page = options_.catch_up_page;
  options.position_check = options_.position_check;
  options.retry = options_.sse_retry;
  shards_.push_back(
      std::make_shared<Shard>(*loops_[index], static_cast<std::uint32_t>(index), store_, interest_, options, counters_,
                              [weak = this->weak_from_this()](const SessionInfo& info, std::error_code why) {
                                if (const std::shared_ptr<BasicEngine> core = weak.lock()) core->on_closed(info, why);
                              }));
}

template <class Loop>
void BasicEngine<Loop>::shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds spread, Completion<> done) {
  draining_.store(true);
  // Completed by the last shard that is done, also by one that goes away before.
  const auto shared = std::make_shared<Completion<>>(std::move(done));
  auto all = std::shared_ptr<void>(nullptr, [shared](void*) { (*shared)({}); });
  each_shard([all, grace, spread](Shard& shard) { shard.drain_sessions(errc::draining, grace, spread, [all] {}); });
}

template <class Loop>
void BasicEngine<Loop>::stop(Completion<> done) {
  shutdown(std::chrono::milliseconds{0}, options_.busy_retry,
           [store = store_, done = std::move(done)](std::error_code) mutable { store.detach(std::move(done)); });
}

template <class Loop>
template <class F>
void BasicEngine<Loop>::each_shard(F f) {
  for (const std::shared_ptr<Shard>& shard : shards_) Shard::on_loop(std::weak_ptr(shard), f);
}

template <class Loop>
bool BasicEngine<Loop>::on_a_loop() const {
  return std::any_of(loops_.begin(), loops_.end(), [](const auto& loop) { return loop->running_here(); });
}

template <class Loop>
double BasicEngine<Loop>::random() {
  const std::lock_guard lock(random_mutex_);
  return random_.uniform();
}

template <class Loop>
std::chrono::milliseconds BasicEngine<Loop>::busy_retry() {
  const double share = 0.5 + random();
  return std::chrono::milliseconds(static_cast<std::int64_t>(share * static_cast<double>(options_.busy_retry.count())));
}

template <class Loop>
void BasicEngine<Loop>::log(LogLevel level, std::string_view category, std::string_view text) const {
  if (options_.logger) options_.logger(level, category, text);
}

template <class Loop>
void BasicEngine<Loop>::guarded(std::string_view context, const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& failure) {
    counters_.callback_errors.add();
    log(LogLevel::error, context, failure.what());
  } catch (...) {
    counters_.callback_errors.add();
    log(LogLevel::error, context, "a callback threw");
  }
}

template <class Loop>
void BasicEngine<Loop>::report(std::error_code ec, std::string_view context) {
  log(LogLevel::warning, context, ec.message());
  if (options_.on_error) guarded("on_error", [&] { options_.on_error(ec, context); });
}

// ---- publishing ----

template <class Loop>
std::error_code BasicEngine<Loop>::check(const Message& message) const {
  if (const std::error_code ec = protocol::check_topic_or_inbox(message.topic)) return ec;
  if (const std::error_code ec = protocol::check_event_name(message.event)) return ec;
  if (message.key.size() > defaults::max_key_bytes) return errc::invalid_key;
  if (message.idempotency_key.size() > defaults::max_key_bytes) return errc::invalid_key;
  if (message.data.size() > options_.max_payload_bytes) return errc::payload_too_large;
  return message.json ? protocol::check_json(message.data) : std::error_code{};
}

template <class Loop>
void BasicEngine<Loop>::on_announce(const StoredMessagePtr& message) {
  std::uint64_t loops = interest_.of(message->message.topic);
  for (std::size_t i = 0; loops != 0; ++i, loops >>= 1U) {
    if ((loops & 1U) != 0) shards_[i]->post_message(message);
  }
}

template <class Loop>
MessageId BasicEngine<Loop>::publish(Message message, Completion<Published> done) {
  const MessageId id = ids_.next(loops_.front()->wall_now());
  if (const std::error_code ec = check(message)) {
    counters_.publish_failures.add();
    report(ec, "publish");
    done(ec, Published{id, {}, false});
    return id;
  }
  std::string topic = message.topic;
  std::string event = message.event;
  store_.append({id, std::move(message)},
                [weak = this->weak_from_this(), id, topic = std::move(topic), event = std::move(event),
                 done = std::move(done)](std::error_code ec, Appended appended) mutable {
                  if (ec) appended.id = id;
                  if (const std::shared_ptr<BasicEngine> core = weak.lock()) {
                    core->after_append(topic, event, ec, appended, std::move(done));
                  } else {
                    done(errc::closed, Published{id, {}, false});
                  }
                });
  return id;
}

template <class Loop>
void BasicEngine<Loop>::after_append(const std::string& topic, const std::string& event, std::error_code ec,
                                     Appended appended, Completion<Published> done) {
  const Published published{appended.id, appended.position, appended.duplicate};
  if (ec) {
    counters_.publish_failures.add();
    report(ec, "publish");
    done(ec, published);
    return;
  }
  if (appended.duplicate) {
    counters_.duplicates.add();
    done({}, published);
    return;
  }
  counters_.published.add();
  PublicationRecord record{appended.id, loops_.front()->wall_now(), event, {{topic, appended.position}}};
  ledger_.record(std::move(record),
                 [done = std::move(done), published](std::error_code failed) mutable { done(failed, published); });
  if (protocol::is_inbox(topic)) tell_unread(topic.substr(1));
}

// One publication to many inboxes: one id, one ledger entry.
template <class Loop>
struct BasicEngine<Loop>::Batch {
  std::mutex mutex;
  Message message;
  std::size_t open = 0;
  std::error_code first_error;
  std::size_t fresh = 0;
  /// The publication that a copy which was there before came with.
  std::optional<MessageId> duplicate_of;
  PublicationRecord record;
  Completion<Published> done;
};

template <class Loop>
MessageId BasicEngine<Loop>::publish_to(std::vector<std::string> users, Message message, Completion<Published> done) {
  const MessageId id = ids_.next(loops_.front()->wall_now());
  std::unordered_set<std::string> known;
  std::erase_if(users, [&](const std::string& user) { return !known.insert(user).second; });
  std::error_code ec;
  if (users.empty()) ec = errc::no_members;
  for (const std::string& user : users) {
    if (!ec) ec = protocol::check_topic_or_inbox(protocol::inbox_of(user));
  }
  message.topic = protocol::inbox_of(users.empty() ? "-" : users.front());
  if (!ec) ec = check(message);
  if (ec) {
    counters_.publish_failures.add();
    report(ec, "publish_to");
    done(ec, Published{id, {}, false});
    return id;
  }
  auto batch = std::make_shared<Batch>();
  batch->open = users.size();
  batch->record = {id, loops_.front()->wall_now(), message.event, {}};
  batch->message = std::move(message);
  batch->done = std::move(done);
  for (const std::string& user : users) append_copy(batch, user);
  return id;
}

template <class Loop>
void BasicEngine<Loop>::append_copy(const std::shared_ptr<Batch>& batch, const std::string& user) {
  AppendRequest request{batch->record.id, batch->message};
  request.message.topic = protocol::inbox_of(user);
  store_.append(std::move(request),
                [weak = this->weak_from_this(), batch, user](std::error_code ec, Appended appended) {
                  bool last = false;
                  {
                    const std::lock_guard lock(batch->mutex);
                    if (ec) {
                      batch->first_error = ec;
                    } else {
                      batch->record.places.emplace_back(protocol::inbox_of(user), appended.position);
                      if (appended.duplicate) batch->duplicate_of = appended.id;
                      if (!appended.duplicate) ++batch->fresh;
                    }
                    last = --batch->open == 0;
                  }
                  const std::shared_ptr<BasicEngine> core = weak.lock();
                  if (!core) return;
                  if (ec) {
                    core->counters_.publish_failures.add();
                    core->report(ec, "publish_to");
                  } else if (appended.duplicate) {
                    core->counters_.duplicates.add();
                  } else {
                    core->counters_.published.add();
                    core->tell_unread(user);
                  }
                  if (last) core->finish_batch(batch);
                });
}

template <class Loop>
void BasicEngine<Loop>::finish_batch(const std::shared_ptr<Batch>& batch) {
  const PublicationRecord& record = batch->record;
  // Copies that were there before belong to this publication too, unless it brought nothing new.
  if (batch->fresh == 0 && batch->duplicate_of) {
    batch->done(batch->first_error, Published{*batch->duplicate_of, record.places.back().second, true});
    return;
  }
  const Published published{record.id, record.places.empty() ? Position{} : record.places.back().second, false};
  ledger_.record(record, [batch, published](std::error_code failed) {
    batch->done(batch->first_error ? batch->first_error : failed, published);
  });
}

// The number behind the bell, to the streams that show it.
template <class Loop>
void BasicEngine<Loop>::tell_unread(const std::string& user) {
  const std::uint64_t loops = interest_.of(protocol::inbox_of(user));
  if (loops == 0) return;
  store_.unread(user, [weak = this->weak_from_this(), user, loops](std::error_code ec, std::size_t count) {
    const std::shared_ptr<BasicEngine> core = weak.lock();
    if (ec || !core) return;
    for (std::size_t i = 0; i < core->shards_.size(); ++i) {
      if ((loops >> i & 1U) == 0) continue;
      core->shards_[i]->post_unread(user, count);
    }
  });
}

// ---- members, acknowledgements, seen marks ----

template <class Loop>
void BasicEngine<Loop>::add_member(const std::string& topic, const std::string& user, Completion<> done) {
  std::error_code ec = protocol::check_topic(topic);
  if (!ec) ec = protocol::check_topic_or_inbox(protocol::inbox_of(user));
  if (ec) {
    done(ec);
  } else {
    store_.add_member(topic, user, std::move(done));
  }
}

template <class Loop>
void BasicEngine<Loop>::remove_member(const std::string& topic, const std::string& user, Completion<> done) {
  store_.remove_member(topic, user, std::move(done));
}

template <class Loop>
void BasicEngine<Loop>::acknowledge(const Identity& identity, const std::vector<std::string>& topics,
                                    const protocol::Cursor& cursor, Evidence evidence,
                                    const protocol::ClientRequest& request, Completion<> done) {
  std::vector<Acknowledgement> list;
  std::string confirmed;
  for (const std::string& topic : topics) {
    const std::uint64_t tag = protocol::topic_tag(topic);
    const std::optional<Position> position = cursor.find(tag);
    if (!position) continue;
    confirmed = protocol::to_token(tag, *position);
    if (!identity.user.empty()) list.push_back({identity.user, topic, *position, evidence});
  }
  if (!confirmed.empty()) {
    pollers_.confirm(identity.user, request.device, request.peer, confirmed);
  }
  // Nobody knows which sessions are of the same nobody.
  if (!confirmed.empty() && !identity.user.empty()) {
    each_shard([user = identity.user, device = request.device, confirmed](Shard& shard) {
      shard.for_each_session_of(user, [&](Session& session) {
        if (session.device() == device) session.confirm(confirmed);
      });
    });
  }
  if (list.empty()) {
    done({});
    return;
  }
  counters_.acknowledgements.add(list.size());
  store_.acknowledge(std::move(list), std::move(done));
}

template <class Loop>
void BasicEngine<Loop>::mark_seen(SeenRequest request, Completion<std::size_t> done) {
  const std::string user = request.user;
  store_.mark_seen(std::move(request), [weak = this->weak_from_this(), user, done = std::move(done)](
                                           std::error_code ec, std::size_t unread) mutable {
    const std::shared_ptr<BasicEngine> core = weak.lock();
    if (!ec && core) core->tell_unread(user);
    done(ec, unread);
  });
}

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_IMPL_ENGINE_HPP
