// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ROOM_HPP
#define TIDINGS_DELIVERY_ROOM_HPP

#include <tidings/delivery/live_message.hpp>
#include <tidings/delivery/loop_executor.hpp>
#include <tidings/delivery/order_point.hpp>
#include <tidings/delivery/ring.hpp>
#include <tidings/extern_template.hpp>
#include <tidings/store_types.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

template <class Loop>
class BasicSession;
template <class Loop>
class BasicShard;

/// One topic on one loop: the order point, the array of live sessions, and the merge buffer for those still replaying.
///
/// Life: starting (interest registered, then the store's state read; announcements wait) -> ready. A hole in the
/// offsets is read from the store before anything later is given to anyone, so a lost and a reordered announcement are
/// one case. A change of the epoch starts the room again.
///
/// @tparam Loop  See `BasicShard`.
template <class Loop>
class BasicRoom {
 public:
  using Session = BasicSession<Loop>;
  using Shard = BasicShard<Loop>;

  BasicRoom(Shard& shard, std::string name);

  const std::string& name() const { return name_; }
  std::uint64_t tag() const { return tag_; }
  bool ready() const { return phase_ == Phase::ready; }
  std::uint64_t epoch() const { return order_.epoch(); }
  /// The highest offset that this loop has seen in order.
  std::uint64_t top() const { return order_.next_offset() - 1; }
  Position position() const { return {order_.epoch(), top()}; }
  /// No session refers to the room and no read is on its way.
  bool idle() const { return guests_ == 0 && reads_ == 0; }
  std::size_t live_sessions() const { return live_.size(); }

  /// Registers the loop's interest, then reads the topic's state.
  void start();
  /// A message from the store, in any order, possibly twice.
  void announce(const StoredMessagePtr& message);
  /// What a session's read says of the topic: the room may have missed something.
  void learn(const TopicState& state, bool doubted = false);
  /// Tries again what failed, and compares with the store's top, for stores that may lose announcements.
  void check();
  /// An announcement was left out: compares with the store's top, until that has succeeded.
  void doubt();
  bool doubtful() const { return doubtful_; }

  /// A session begins and ends to refer to the room.
  void guest_came() { ++guests_; }
  void guest_left() { --guests_; }
  /// Puts a session that has everything up to `skip_through` among the live ones; returns its index.
  std::uint32_t join(Session& session, std::uint32_t slot, std::uint64_t skip_through);
  void leave(std::uint32_t index);
  /// The session is called `on_room_ready(slot)` once the room is ready, or `on_room_failed(slot)`.
  void wait(Session& session, std::uint32_t slot);
  /// The same without a new attempt at once: the last one has just failed.
  void wait_for_check(Session& session, std::uint32_t slot) { waiting_.push_back({&session, slot, 0}); }
  void forget(const Session& session, std::uint32_t slot);

  /// While a session replays, live messages are kept for it; bounded, what does not fit is read from the store.
  void reader_began();
  void reader_ended();
  /// True if every message above `after` that this loop has seen is in the merge buffer.
  bool merge_covers(std::uint64_t after) const { return readers_ > 0 && after + 1 >= merge_from_; }
  const Ring<LiveRef>& merge_buffer() const { return merge_; }

 private:
  friend class BasicShard<Loop>;

  /// One entry of the room's array: what a fan-out reads for a session.
  struct Subscriber {
    Session* session = nullptr;
    std::uint32_t slot = 0;
    /// Live messages at or below this were given by the replay.
    std::uint64_t skip_through = 0;
  };

  enum class Phase : std::uint8_t {
    /// No state yet, and none is being read: the last reading failed.
    stale,
    starting,
    ready,
  };

  void on_state(std::error_code ec, const TopicState& state);
  void restart();
  void accept(const StoredMessagePtr& message);
  void fan_out(const StoredMessagePtr& message);
  void give_to_live(const LiveRef& message);
  void give_parked();
  template <class F>
  void for_each_live(F&& f);
  void read_hole();
  void read_hole_page();
  bool on_hole(std::error_code ec, const ReadResult& page);
  void skip_missing(std::uint64_t to);
  void lose_to_retention(std::uint64_t floor);
  void wake_waiting(bool failed);

  Shard& shard_;
  std::string name_;
  std::uint64_t tag_;
  OrderPoint order_;
  ParkingLot<StoredMessagePtr> parked_;
  std::vector<Subscriber> live_;
  std::vector<Subscriber> waiting_;
  std::vector<StoredMessagePtr> early_;
  Ring<LiveRef> merge_;
  std::uint64_t merge_from_ = 0;
  std::uint32_t guests_ = 0;
  std::uint32_t readers_ = 0;
  std::uint32_t reads_ = 0;
  std::uint32_t idle_since_tick_ = 0;
  Phase phase_ = Phase::stale;
  bool reading_hole_ = false;
  bool fanning_ = false;
  bool holes_in_live_ = false;
  bool doubtful_ = false;
};

using Room = BasicRoom<LoopExecutor>;
TIDINGS_EXTERN_TEMPLATE(class BasicRoom<LoopExecutor>)

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ROOM_HPP
