// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_SHARD_HPP
#define TIDINGS_DELIVERY_SHARD_HPP

#include <tidings/counters.hpp>
#include <tidings/delivery/any_store.hpp>
#include <tidings/delivery/interest.hpp>
#include <tidings/delivery/loop_executor.hpp>
#include <tidings/delivery/room.hpp>
#include <tidings/delivery/session.hpp>
#include <tidings/delivery/shard_options.hpp>
#include <tidings/delivery/timer_wheel.hpp>
#include <tidings/extern_template.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// One loop's part of a hub: its rooms and sessions. No I/O, no clock, no locks but the mailbox's.
///
/// @tparam Loop  A LoopExecutor, or a final class derived from it: then the calls of the loop are direct ones. Sessions,
///               rooms and carriers are of the same Loop. The names without `Basic` are for any loop, `LoopExecutor`.
/// Thread    `post_message`, `run_first` and `on_loop` from any thread; everything else on the loop.
/// Lifetime  shared; callbacks of the store hold weak references.
template <class Loop>
class BasicShard : public std::enable_shared_from_this<BasicShard<Loop>> {
 public:
  using Session = BasicSession<Loop>;
  using Room = BasicRoom<Loop>;
  using Carrier = BasicCarrier<Loop>;
  using OnClosed = std::function<void(const SessionInfo&, std::error_code)>;

  static constexpr std::chrono::milliseconds tick_length{250};

  /// One visit from outside. What ended in it is freed, and what was gathered is written, when the last visit is over.
  class Entry {
   public:
    explicit Entry(BasicShard& shard) : shard_(shard) {
      if (++shard_.visits_ == 1 && shard_.has_first_.load()) shard_.do_first();
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() {
      if (--shard_.visits_ == 0) shard_.tidy();
    }

   private:
    BasicShard& shard_;
  };
  Entry enter() { return Entry(*this); }

  BasicShard(Loop& loop, std::uint32_t number, AnyStore store, Interest& interest, ShardOptions options,
             Counters& counters, OnClosed on_closed);
  ~BasicShard();

  /// Puts a message into the mailbox; wakes the loop if it was empty. Never blocks on the loop. What does not fit into
  /// the mailbox is left out: the rooms read it from the store.
  void post_message(StoredMessagePtr message);
  /// The number behind a user's bell, for the streams that show it; the last one said counts.
  void post_unread(const std::string& user, std::size_t count);

  /// Runs `f` on this loop, before messages, reads and sessions that come to it after this call; at once if we are on it.
  /// For what takes away.
  void run_first(UniqueFunction<void(BasicShard&)> f);

  /// Opens a session; null if it has ended by the time this returns.
  Session* open(SessionStart start, std::unique_ptr<Carrier> carrier);
  Session* find(SessionId id);
  void for_each_session(const std::function<void(Session&)>& f);
  void for_each_session_of(const std::string& user, const std::function<void(Session&)>& f);
  std::size_t session_count() const { return sessions_.size(); }

  /// Turns the wheel. To be called about every `tick_length`.
  void tick(steady_time now);
  /// Ends all sessions in waves over `grace`, each with a hint spread over `spread`; `done` when none is left.
  void drain_sessions(std::error_code why, std::chrono::milliseconds grace, std::chrono::milliseconds spread,
                      UniqueFunction<void()> done);

  // For sessions and rooms.
  Room& room(const std::string& topic);
  Loop& loop() { return loop_; }
  AnyStore& store() { return store_; }
  Interest& interest() { return interest_; }
  Counters& counters() { return counters_; }
  const ShardOptions& options() const { return options_; }
  std::uint32_t number() const { return number_; }
  /// Several messages are on their way: sessions gather theirs into one write.
  bool corked() const { return corked_; }
  steady_time now() const { return loop_.now(); }
  std::uint32_t current_tick() const { return tick_; }
  steady_time time_of(std::uint32_t tick) const { return origin_ + tick * tick_length; }
  void schedule(Session& session, steady_time at);
  void cancel(Session& session) { wheel_.cancel(session); }
  void dirty(Session& session) { dirty_.push_back(session.id()); }
  void retire(Session& session, const SessionInfo& last, std::error_code why);
  /// Where a session builds the bytes of one write; valid until the next use.
  std::string& scratch() {
    scratch_.clear();
    return scratch_;
  }
  std::vector<SlotOffset>& taken() {
    taken_.clear();
    return taken_;
  }
  /// +- 50 %.
  std::chrono::milliseconds jittered(std::chrono::milliseconds middle);

  /// Reads and calls `f(error_code, ReadResult)` on this loop: inline when the store completes inline.
  template <class F>
  void read(const std::string& topic, std::uint64_t after, std::size_t limit, F f);
  template <class F>
  void except(std::vector<ExceptionEntry> entries, F f);
  void acknowledge(std::vector<Acknowledgement> list);
  /// Runs `f(BasicShard&)` on this loop: at once if we are on it and nothing has to come first, else posted. Dropped when
  /// the shard is gone.
  template <class F>
  static void on_loop(const std::weak_ptr<BasicShard>& weak, F f);

 private:
  struct Drain {
    std::error_code why;
    std::uint32_t last_tick = 0;
    std::chrono::milliseconds spread{0};
    std::vector<UniqueFunction<void()>> done;
  };

  // A cork holds back this many messages at most: what gathers in all sessions together must stay small.
  static constexpr std::size_t cork_messages = 16;
  // Rooms that a tick looks at, more only where a round would take too long.
  static constexpr std::size_t least_swept = 256;
  // What a message takes beside its payload, about.
  static constexpr std::size_t message_overhead = 64;

  std::uint32_t tick_of(steady_time at) const;
  void do_first();
  void drain_mailbox();
  void tell_unread();
  void flush_dirty();
  void tidy();
  void sweep_rooms();
  bool still_needed(Room& room);
  void drain_wave();

  Loop& loop_;
  std::uint32_t number_;
  AnyStore store_;
  Interest& interest_;
  ShardOptions options_;
  Counters& counters_;
  OnClosed on_closed_;

  std::mutex mailbox_mutex_;
  std::vector<StoredMessagePtr> mailbox_;
  std::size_t mailbox_bytes_ = 0;
  bool mailbox_overflowed_ = false;
  std::unordered_map<std::string, std::size_t> unread_;
  std::vector<StoredMessagePtr> batch_;
  std::vector<UniqueFunction<void(BasicShard&)>> first_;
  std::atomic<bool> has_first_{false};

  std::unordered_map<std::string, Room> rooms_;
  // The first `unswept_` are still to be looked at in this round.
  std::vector<Room*> all_rooms_;
  std::size_t unswept_ = 0;
  std::size_t sweep_share_ = 0;
  bool sweep_checks_ = false;
  std::unordered_map<std::uint64_t, std::unique_ptr<Session>> sessions_;
  // The names are the sessions' own.
  std::unordered_multimap<std::string_view, Session*> by_user_;
  std::vector<std::unique_ptr<Session>> graveyard_;
  std::vector<SessionId> dirty_;
  TimerWheel wheel_;
  std::unique_ptr<Drain> draining_;
  std::string scratch_;
  std::vector<SlotOffset> taken_;
  steady_time origin_;
  std::uint32_t tick_ = 0;
  std::uint32_t next_sweep_ = 0;
  std::uint32_t next_check_ = 0;
  std::uint32_t visits_ = 0;
  bool corked_ = false;
};

using Shard = BasicShard<LoopExecutor>;
TIDINGS_EXTERN_TEMPLATE(class BasicShard<LoopExecutor>)

}  // namespace delivery

TIDINGS_NAMESPACE_END

#include <tidings/delivery/impl/room.hpp>
#include <tidings/delivery/impl/session.hpp>
#include <tidings/delivery/impl/shard.hpp>

#endif  // TIDINGS_DELIVERY_SHARD_HPP
