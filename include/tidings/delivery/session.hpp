// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_SESSION_HPP
#define TIDINGS_DELIVERY_SESSION_HPP

#include <tidings/delivery/carrier.hpp>
#include <tidings/delivery/send_queue.hpp>
#include <tidings/delivery/session_start.hpp>
#include <tidings/delivery/timer_wheel.hpp>
#include <tidings/error.hpp>
#include <tidings/extern_template.hpp>
#include <tidings/session_info.hpp>
#include <tidings/store_types.hpp>
#include <tidings/time.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

template <class Loop>
class BasicRoom;
template <class Loop>
class BasicShard;

/// One live connection: catches up from the store, merges what came live, follows the room, falls back to the store
/// when its reader is slow. The same for every transport; the carrier knows the format.
///
/// @tparam Loop  See `BasicShard`.
/// Thread    the loop's only. Lifetime  owned by its shard; freed after the batch in which it ended.
template <class Loop>
class BasicSession : public WheelEntry {
 public:
  using Carrier = BasicCarrier<Loop>;
  using Room = BasicRoom<Loop>;
  using Shard = BasicShard<Loop>;

  BasicSession(Shard& shard, SessionStart start, std::unique_ptr<Carrier> carrier);
  BasicSession(const BasicSession&) = delete;
  BasicSession& operator=(const BasicSession&) = delete;
  ~BasicSession();

  // By the shard and hub.
  void open(std::vector<TopicStart> topics);
  void on_due(steady_time now);
  void batch_end();
  /// Held: nothing is written to the reader.
  void hold(bool held);
  void subscribe(std::vector<TopicStart> topics);
  void revoke(std::string_view topic);
  void tell_unread(std::size_t count);
  void confirm(std::string token) {
    extra().confirmed = std::move(token);
    carrier_->on_confirmed();
  }
  /// Its client has shown new credentials.
  void renew(std::optional<wall_time> valid_until);
  /// Says goodbye in protocol form and ends.
  void end(std::error_code why, std::chrono::milliseconds retry);

  // By a room.
  void deliver(const LiveRef& message, std::uint32_t slot);
  void on_room_ready(std::uint32_t slot);
  void on_room_failed(std::uint32_t slot);
  void on_room_restart(std::uint32_t slot, Position last);
  /// The room does not have the messages from this offset on: the store says what became of them.
  void on_missing(std::uint32_t slot, std::uint64_t from);
  void moved_to(std::uint32_t slot, std::uint32_t index) { subscriptions_[slot].index = index; }

  // By the carrier, from its wire.
  void on_writable();
  void on_progress();
  void on_gone(std::error_code why);
  /// The carrier sent something of its own.
  void on_noted(Sent sent);
  /// The carrier is due earlier than it said.
  void on_due_nearer() { reschedule(); }

  bool ended() const { return (state_ & ended_bit) != 0; }
  SessionId id() const { return id_; }
  const std::string& user() const { return user_; }
  std::string_view device() const { return extra_ ? std::string_view(extra_->device) : std::string_view(); }
  Carrier& carrier() { return *carrier_; }
  const Carrier& carrier() const { return *carrier_; }
  Shard& shard() { return shard_; }
  SessionInfo info() const;
  /// The highest offset of a topic completely handed to the kernel or server; none if not subscribed.
  std::optional<Position> written(std::string_view topic) const;
  /// Where the session stands, one entry for each slot.
  std::vector<SlotToken> tokens() const;
  std::string_view topic(std::uint32_t slot) const;
  bool reads(std::string_view topic) const;
  /// Topics that it reads now.
  std::size_t topic_count() const;
  std::uint64_t tag(std::uint32_t slot) const;

 private:
  enum class Phase : std::uint8_t {
    /// The room is being made; the start position may depend on it.
    waiting,
    /// The room began again under the session, which knows its position.
    rejoining,
    /// Placed; reads on once all are.
    ready,
    /// A page is being read or recorded.
    reading,
    /// Behind; reads on when the carrier can take more.
    lagging,
    live,
    removed,
  };

  struct Subscription {
    Room* room = nullptr;
    /// The last offset given to the carrier (or covered by a gap) while not live.
    std::uint64_t after = 0;
    std::uint64_t epoch = 0;
    std::uint64_t skipped_from = 0;
    std::uint32_t index = 0;
    Phase phase = Phase::waiting;
    TopicStart::From from = TopicStart::From::top;
    bool on_record = false;
  };

  struct PendingRead;

  // Why nothing can be sent now.
  static constexpr std::uint8_t blocked_bit = 1;
  static constexpr std::uint8_t held_bit = 2;
  static constexpr std::uint8_t recording_bit = 4;
  static constexpr std::uint8_t ended_bit = 8;
  static constexpr std::uint8_t closed_bit = 16;  // not opened yet

  bool can_send() const { return state_ == 0; }
  bool has(std::uint8_t bit) const { return (state_ & bit) != 0; }

  // Catching up: impl/session_catch_up.hpp.
  void add(TopicStart start);
  void place(Subscription& subscription);
  void open_when_ready();
  void say_hello();
  void read_on(std::uint32_t slot);
  bool take_page(std::uint32_t slot, std::error_code ec, ReadResult page);
  bool give_page(std::uint32_t slot, const ReadResult& page);
  bool give_messages(std::uint32_t slot, const ReadResult& page, std::uint64_t limit);
  void go_live(std::uint32_t slot);
  bool merge(std::uint32_t slot);
  bool give(LiveMessage& message, std::uint32_t slot);
  void acknowledge_written(std::uint64_t offset, std::uint32_t slot);
  void stop_reading(std::uint32_t slot);
  void begin_gap(std::uint32_t slot, const TopicState& state);
  void send_gap(std::uint32_t slot, Position to);
  static bool leads_to_gap(const Subscription& subscription, const ReadResult& page);
  std::vector<ExceptionEntry> missing_in(const Subscription& subscription, std::uint64_t begin,
                                         const ReadResult& page) const;
  void continue_lagging();
  void present_reached();

  // Sending: impl/session_send.hpp.
  void enqueue(const LiveRef& message, std::uint32_t slot);
  void spill(std::uint32_t slot, std::uint64_t offset);
  void fall_behind(std::uint32_t slot, std::uint64_t after);
  void be_dirty();
  void flush();
  bool flush_queue();
  void flush_mark();
  bool tell_news();
  template <class Then>
  void record(std::vector<ExceptionEntry> entries, Then then);
  bool after(Sent sent);

  // Life: impl/session.hpp.
  ExceptionEntry exception(const Subscription& subscription, std::uint64_t from, std::uint64_t to,
                           ExceptionReason reason) const;
  void leave(std::uint32_t slot, Phase next);
  void remove(std::uint32_t slot);
  void detach();
  SessionInfo last_info() const;
  void drop(std::error_code why);
  void end_store_down();
  void set_valid_until(wall_time valid_until);
  bool end_if_over(steady_time now);
  steady_time warn_due() const;
  void reschedule();
  steady_time next_due() const;
  steady_time answer_due() const;
  bool is_behind() const;
  std::chrono::milliseconds lag_limit() const;

  // What few sessions have.
  struct Extra {
    std::string device;
    std::string confirmed;
  };
  Extra& extra() {
    if (!extra_) extra_ = std::make_unique<Extra>();
    return *extra_;
  }

  // What a fan-out touches comes first.
  Shard& shard_;
  std::unique_ptr<Carrier> carrier_;
  std::unique_ptr<SendQueue> queue_;
  std::uint32_t last_traffic_tick_ = 0;
  std::uint8_t state_ = closed_bit;
  bool dirty_ = false;
  bool present_ = false;
  bool slots_changed_ = false;
  bool warned_ = false;
  // Pages came while the carrier was blocked, and were of no use: topics are read one at a time.
  bool one_by_one_ = false;
  std::vector<Subscription> subscriptions_;
  SessionId id_;
  std::uint32_t waiting_rooms_ = 0;
  errc ends_why_ = errc::lifetime_ended;
  bool unread_changed_ = false;
  // The slot that was given a page last goes on.
  std::uint32_t reads_on_ = 0;
  std::size_t unread_ = 0;
  steady_time blocked_since_;
  steady_time ends_at_ = steady_time::max();
  steady_time lifetime_end_ = steady_time::max();
  std::optional<steady_time> answer_at_;
  // What the carrier accepted and its wire has not let go of.
  std::vector<SlotOffset> unwritten_;
  std::unique_ptr<Seat> seat_;
  wall_time since_;
  std::string user_;
  std::string peer_;
  std::unique_ptr<Extra> extra_;
};

TIDINGS_EXTERN_TEMPLATE(class BasicSession<LoopExecutor>)

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_SESSION_HPP
