// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_ENGINE_HPP
#define TIDINGS_HUB_ENGINE_HPP

#include <tidings/delivery/any_ledger.hpp>
#include <tidings/delivery/any_store.hpp>
#include <tidings/delivery/poll_carrier.hpp>
#include <tidings/delivery/random.hpp>
#include <tidings/delivery/shard.hpp>
#include <tidings/extern_template.hpp>
#include <tidings/hub/core.hpp>
#include <tidings/hub/drains.hpp>
#include <tidings/hub/message_ids.hpp>
#include <tidings/hub/pollers.hpp>
#include <tidings/hub/seats.hpp>
#include <tidings/hub/withdrawals.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// The core of a hub. Loops, clocks and randomness come from outside; `Hub` runs it over Asio loops, the property tests
/// over simulated ones.
///
/// @tparam Loop  `LoopExecutor`; a parameter so that only a unit that makes an engine compiles it.
/// Thread, Lifetime  see `Core`.
template <class Loop>
class BasicEngine final : public Core, public std::enable_shared_from_this<BasicEngine<Loop>> {
 public:
  using Shard = delivery::BasicShard<Loop>;
  using Session = delivery::BasicSession<Loop>;
  using PollCarrier = delivery::BasicPollCarrier<Loop>;
  using Pollers = BasicPollers<Loop>;
  using Withdrawals = BasicWithdrawals<Loop>;
  using Loops = std::vector<std::shared_ptr<Loop>>;

  BasicEngine(Loops loops, delivery::AnyStore store, delivery::AnyLedger ledger, HubOptions options,
              std::uint64_t seed);

  void start(Completion<> done) override;
  void stop(Completion<> done) override;
  void shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds spread, Completion<> done) override;
  bool draining() const override { return draining_.load(std::memory_order_relaxed); }
  void tick(std::size_t loop, steady_time now) override { shards_[loop]->tick(now); }
  MessageId publish(Message message, Completion<Published> done) override;
  MessageId publish_to(std::vector<std::string> users, Message message, Completion<Published> done) override;
  Arrival arrive() override { return withdrawals_->arrive(); }
  void open_stream(protocol::ClientRequest request, Entrant entrant, Transport transport, MakeCarrier make,
                   OnRefused refused, std::size_t home) override;
  std::error_code would_refuse(const protocol::ClientRequest& request, const Identity& identity) override;
  void poll(protocol::ClientRequest request, Entrant entrant, OnTicket ticket, OnPolled polled, OnRefused refused,
            std::size_t home = any_loop) override;
  std::chrono::milliseconds poll_answered(const std::string& user, const protocol::ClientRequest& request,
                                          const delivery::PollAnswer& answer, bool bodiless) override;
  LastDrain last_drain(const std::string& user, const std::string& device) const override {
    return drains_.find(user, device);
  }
  void drained(const std::string& user, const std::string& device, const protocol::Cursor& cursor) override {
    drains_.set(user, device, cursor);
  }
  std::error_code resolve_topics(const protocol::ClientRequest& request, const Identity& identity,
                                 std::vector<std::string>& topics) override;
  void sessions(Completion<std::vector<SessionInfo>> done) override;
  void disconnect_user(const std::string& user) override;
  void disconnect_session(SessionId id) override;
  void hold(SessionId id, bool held) override;
  void subscribe(SessionId id, std::vector<std::string> topics, std::optional<protocol::Cursor> cursor,
                 Completion<> done) override;
  void unsubscribe(SessionId id, std::vector<std::string> topics) override;
  void visit(std::size_t loop, SessionId id, UniqueFunction<void(delivery::Session&)> f) override;
  void revoke(const std::string& user, const std::string& topic) override;
  void add_member(const std::string& topic, const std::string& user, Completion<> done) override;
  void remove_member(const std::string& topic, const std::string& user, Completion<> done) override;
  void acknowledge(const Identity& identity, const std::vector<std::string>& topics, const protocol::Cursor& cursor,
                   Evidence evidence, const protocol::ClientRequest& request, Completion<> done) override;
  void prove(std::vector<Acknowledgement> list) override {
    ledger_.prove(std::move(list), [](std::error_code) {});
  }
  void mark_seen(SeenRequest request, Completion<std::size_t> done) override;
  void unread(const std::string& user, Completion<std::size_t> done) override { store_.unread(user, std::move(done)); }
  void inbox(const std::string& user, std::uint64_t before, std::size_t limit, Completion<InboxPage> done) override {
    store_.inbox(user, before, limit, std::move(done));
  }
  void trim(const std::string& topic, std::size_t keep, Completion<> done) override {
    store_.trim(topic, keep, std::move(done));
  }
  void status(MessageId id, Completion<MessageStatus> done) override;
  void missed(MessageId id, Completion<std::vector<RecipientStatus>> done) override;
  void recent(std::size_t limit, Completion<std::vector<PublicationRecord>> done) override {
    ledger_.recent(limit, std::move(done));
  }
  std::size_t session_count() const override { return seats_->total(); }
  std::size_t least_loaded() const override { return seats_->least_loaded(); }
  std::error_code take_seat(const Identity& identity, std::size_t loop,
                            std::unique_ptr<delivery::Seat>& seat) override {
    if (const std::error_code ec = admit(identity)) return ec;
    return seats_->take(identity.user, true, session_limit(identity), loop, seat);
  }
  bool on_a_loop() const override;
  std::chrono::milliseconds busy_retry() override;
  void report(std::error_code ec, std::string_view context) override;
  void log(LogLevel level, std::string_view category, std::string_view text) const override;
  void guarded(std::string_view context, const std::function<void()>& call) override;

 private:
  struct Opening;
  struct Ticket;
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
  std::shared_ptr<Opening> make_opening(protocol::ClientRequest request, Entrant entrant, OnRefused refused,
                                        std::size_t home);
  void open(const std::shared_ptr<Opening>& opening);
  std::error_code enter(Opening& opening);
  std::error_code still_admitted(Opening& opening) const;
  void read_unread(const std::shared_ptr<Opening>& opening);
  void read_positions(const std::shared_ptr<Opening>& opening);
  void place(Shard& shard, Opening& opening, const std::vector<MemberPosition>& positions);
  Counter& open_streams(Transport transport);
  StreamTerms terms_for(const Opening& opening) const;
  void place_stream(Shard& shard, Opening& opening, delivery::SessionStart start);
  void refuse(Opening& opening, std::error_code why, std::chrono::milliseconds retry = std::chrono::milliseconds{0});
  void refuse_without_store(Opening& opening);
  void on_closed(const SessionInfo& info, std::error_code why);
  void subscribe_at(std::size_t loop, SessionId id, const std::vector<MemberPosition>& positions,
                    const protocol::ClientRequest& claim, const Arrival& arrival,
                    const std::shared_ptr<Completion<>>& done);

  template <class F>
  void each_shard(F f);
  void read_standings(const std::shared_ptr<StatusQuery>& query);
  void read_proofs(const std::shared_ptr<StatusQuery>& query, StandingsResult standings);
  void add_written(const std::shared_ptr<StatusQuery>& query);

  Loops loops_;
  delivery::AnyStore store_;
  delivery::AnyLedger ledger_;
  delivery::Interest interest_;
  MessageIds ids_;
  std::shared_ptr<Seats> seats_;
  std::shared_ptr<Withdrawals> withdrawals_ = std::make_shared<Withdrawals>();
  Pollers pollers_;
  BasicDrains<Loop> drains_;
  std::vector<std::shared_ptr<Shard>> shards_;
  std::atomic<bool> draining_{false};
  std::mutex random_mutex_;
  delivery::Random random_;
};

using Engine = BasicEngine<delivery::LoopExecutor>;
TIDINGS_EXTERN_TEMPLATE(class BasicEngine<delivery::LoopExecutor>)

}  // namespace hub

TIDINGS_NAMESPACE_END

#include <tidings/hub/impl/engine.hpp>
#include <tidings/hub/impl/opening.hpp>
#include <tidings/hub/impl/placing.hpp>
#include <tidings/hub/impl/status.hpp>
#include <tidings/hub/impl/table.hpp>

#endif  // TIDINGS_HUB_ENGINE_HPP
