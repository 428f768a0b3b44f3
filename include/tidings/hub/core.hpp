// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_CORE_HPP
#define TIDINGS_HUB_CORE_HPP

#include <tidings/counters.hpp>
#include <tidings/delivery/any_ledger.hpp>
#include <tidings/delivery/any_store.hpp>
#include <tidings/delivery/poll_carrier.hpp>
#include <tidings/delivery/shard.hpp>
#include <tidings/delivery/sse_terms.hpp>
#include <tidings/hub/drains.hpp>
#include <tidings/hub/message_ids.hpp>
#include <tidings/hub/options.hpp>
#include <tidings/hub/pollers.hpp>
#include <tidings/hub/seats.hpp>
#include <tidings/identity.hpp>
#include <tidings/protocol/client_request.hpp>
#include <tidings/published.hpp>
#include <tidings/receipt.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// Why a session was not opened: the error, and for temporary ones when to come back.
struct Refusal {
  std::error_code why;
  std::chrono::milliseconds retry{0};
};

/// What lets the client of a poll be reported gone before the answer.
class PollTicket;

/// The hub without I/O: publishes, opens sessions on its shards, answers who has what. Loops, clocks and randomness
/// come from outside; `Hub` runs it over Asio loops, the property tests over simulated ones.
///
/// Thread    every public function from any thread; no callback is called with a lock held.
/// Lifetime  shared; sessions, mounts and store callbacks hold weak references.
class Core : public std::enable_shared_from_this<Core> {
 public:
  using MakeCarrier = UniqueFunction<std::unique_ptr<delivery::Carrier>(delivery::SseTerms, std::size_t loop)>;
  using OnRefused = UniqueFunction<void(Refusal)>;
  using OnPolled = UniqueFunction<void(delivery::PollAnswer)>;
  using Loops = std::vector<std::shared_ptr<delivery::LoopExecutor>>;

  static constexpr std::size_t any_loop = static_cast<std::size_t>(-1);

  Core(Loops loops, delivery::AnyStore store, delivery::AnyLedger ledger, HubOptions options, std::uint64_t seed);

  // ---- life ----

  /// Attaches the store. Called once, before anything else.
  void start(Completion<> done);
  /// Refuses new sessions, ends all, detaches the store.
  void stop(Completion<> done);
  /// Ends sessions in waves over `grace`, each told to come back at a time spread over `spread`.
  void shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds spread, Completion<> done);
  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  /// Turns the wheel of this loop's shard; on the loop.
  void tick(std::size_t loop, steady_time now) { shards_[loop]->tick(now); }

  // ---- publishing ----

  MessageId publish(Message message, Completion<Published> done);
  MessageId publish_to(std::vector<std::string> users, Message message, Completion<Published> done);

  // ---- sessions ----

  /// Opens an event stream. Exactly one of: `make` is called on the session's loop, or `refused`.
  /// @param home  The loop to prefer; any_loop = the least loaded.
  void open_stream(protocol::ClientRequest request, Identity identity, MakeCarrier make, OnRefused refused,
                   std::size_t home = any_loop);
  /// Whether open_stream would refuse now; for wires that change hands before.
  std::error_code would_refuse(const protocol::ClientRequest& request, const Identity& identity);
  /// Answers one poll. Exactly one of: `polled`, `refused`, or neither when the client is gone.
  std::shared_ptr<PollTicket> poll(protocol::ClientRequest request, Identity identity, OnPolled polled,
                                   OnRefused refused, std::size_t home = any_loop);
  /// A poll was answered; returns when to come back.
  std::chrono::milliseconds poll_answered(const std::string& user, const protocol::ClientRequest& request,
                                          const delivery::PollAnswer& answer);
  Drains& drains() { return drains_; }

  /// The topics that this identity reads with this request; errc::topic_not_allowed, errc::too_many_topics,
  /// errc::invalid_topic, errc::callback_failed (may_subscribe threw).
  std::error_code resolve_topics(const protocol::ClientRequest& request, const Identity& identity,
                                 std::vector<std::string>& topics);

  void sessions(Completion<std::vector<SessionInfo>> done);
  void disconnect_user(const std::string& user);
  void disconnect_session(SessionId id);
  void hold(SessionId id, bool held);
  void subscribe(SessionId id, std::vector<std::string> topics);
  void revoke(const std::string& user, const std::string& topic);

  // ---- members, acknowledgements, inboxes ----

  void add_member(const std::string& topic, const std::string& user, Completion<> done);
  void remove_member(const std::string& topic, const std::string& user, Completion<> done);
  /// Moves the acknowledged offsets of the identity's member topics.
  void acknowledge(const Identity& identity, const std::vector<std::string>& topics, const protocol::Cursor& cursor,
                   Evidence evidence, const protocol::ClientRequest& request, Completion<> done);
  void mark_seen(SeenRequest request, Completion<std::size_t> done);
  void unread(const std::string& user, Completion<std::size_t> done) { store_.unread(user, std::move(done)); }
  void inbox(const std::string& user, std::uint64_t before, std::size_t limit, Completion<InboxPage> done) {
    store_.inbox(user, before, limit, std::move(done));
  }
  void trim(const std::string& topic, std::size_t keep, Completion<> done) {
    store_.trim(topic, keep, std::move(done));
  }

  // ---- the ledger ----

  void status(MessageId id, Completion<MessageStatus> done);
  void missed(MessageId id, Completion<std::vector<RecipientStatus>> done);
  void recent(std::size_t limit, Completion<std::vector<PublicationRecord>> done) {
    ledger_.recent(limit, std::move(done));
  }

  // ---- the rest ----

  const HubOptions& options() const { return options_; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  std::size_t session_count() const { return seats_->total(); }
  bool on_a_loop() const;
  /// When to come back after a polite refusal: +- 50 %.
  std::chrono::milliseconds busy_retry();
  /// A failure that nobody waits for: logged, and told to `on_error`.
  void report(std::error_code ec, std::string_view context);
  void log(LogLevel level, std::string_view category, std::string_view text) const;
  /// Calls a user's callback; an exception is counted and logged.
  void guarded(std::string_view context, const std::function<void()>& call);

 private:
  friend class PollTicket;
  struct Opening;
  struct PollSeat;
  struct Gather;
  struct Batch;
  struct StatusQuery;

  void attach_shard(std::size_t index);
  std::error_code check(const Message& message) const;
  void on_announce(const StoredMessagePtr& message);
  void after_append(const std::string& topic, const std::string& event, std::error_code ec, Appended appended,
                    Completion<Published> done);
  void append_copy(const std::shared_ptr<Batch>& batch, const std::string& user);
  void finish_batch(const std::shared_ptr<Batch>& batch);
  void tell_unread(const std::string& user);
  double random();

  std::error_code admit(const Identity& identity) const;
  std::error_code ask_may_subscribe(const Identity& identity, const std::string& topic);
  std::size_t session_limit(const Identity& identity) const;
  void open(const std::shared_ptr<Opening>& opening);
  std::error_code enter(Opening& opening);
  void read_unread(const std::shared_ptr<Opening>& opening);
  void read_positions(const std::shared_ptr<Opening>& opening);
  void place(delivery::Shard& shard, Opening& opening, const std::vector<MemberPosition>& positions);
  void place_stream(delivery::Shard& shard, Opening& opening, delivery::SessionStart start);
  void refuse(Opening& opening, std::error_code why, std::chrono::milliseconds retry = std::chrono::milliseconds{0});
  void on_closed(const SessionInfo& info, std::error_code why);
  void subscribe_at(std::size_t loop, SessionId id, const std::vector<MemberPosition>& positions);

  template <class F>
  void each_shard(F f);
  void read_standings(const std::shared_ptr<StatusQuery>& query);
  void add_written(const std::shared_ptr<StatusQuery>& query);

  HubOptions options_;
  Loops loops_;
  delivery::AnyStore store_;
  delivery::AnyLedger ledger_;
  Counters counters_;
  delivery::Interest interest_;
  MessageIds ids_;
  std::shared_ptr<Seats> seats_;
  Pollers pollers_;
  Drains drains_;
  std::vector<std::shared_ptr<delivery::Shard>> shards_;
  std::atomic<bool> draining_{false};
  std::mutex random_mutex_;
  std::mt19937_64 random_;
};

class PollTicket {
 public:
  void on_gone();
  bool gone() const { return gone_.load(); }

 private:
  friend class Core;
  std::weak_ptr<Core> core_;
  std::size_t loop_ = 0;
  SessionId id_;
  std::atomic<bool> gone_{false};
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#include <tidings/hub/impl/core.hpp>
#include <tidings/hub/impl/opening.hpp>
#include <tidings/hub/impl/status.hpp>
#include <tidings/hub/impl/table.hpp>

#endif  // TIDINGS_HUB_CORE_HPP
