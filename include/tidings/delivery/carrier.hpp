// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_CARRIER_HPP
#define TIDINGS_DELIVERY_CARRIER_HPP

#include <tidings/delivery/live_message.hpp>
#include <tidings/delivery/loop_executor.hpp>
#include <tidings/delivery/send_queue.hpp>
#include <tidings/position.hpp>
#include <tidings/session_info.hpp>
#include <tidings/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

template <class Loop>
class BasicSession;
using Session = BasicSession<LoopExecutor>;

/// Where a session stands in one topic: one token of its cursor.
struct SlotToken {
  std::string_view topic;
  std::uint64_t tag = 0;
  Position position;
  /// False once the subscription was taken away; the slot number stays.
  bool active = true;
  /// Somebody keeps account of what its user has of the topic.
  bool on_record = false;
};

/// What a carrier did with what it was given. The bytes are the carrier's in every case.
enum class Sent {
  ok,
  /// Accepted, and nothing more until `Session::on_writable`.
  blocked,
  /// Accepted, and the carrier can take no more for good (a poll answer that reached its limit).
  full,
  /// The peer is gone; the session ends.
  gone,
};

/// How the messages of one session leave: an event stream, a poll answer, in tests a model. The session decides what
/// and when; the carrier knows the format and the wire.
///
/// Thread    the session's loop only.
/// Lifetime  owned by its session; calls back through the reference given to `open`.
template <class Loop>
class BasicCarrier {
 public:
  BasicCarrier() = default;
  BasicCarrier(const BasicCarrier&) = delete;
  BasicCarrier& operator=(const BasicCarrier&) = delete;
  virtual ~BasicCarrier() = default;

  virtual Transport transport() const = 0;
  /// Called once, before anything else but finish() and abort(), with the start positions.
  virtual Sent open(BasicSession<Loop>& session, std::span<const SlotToken> slots) = 0;
  /// One message of the subscription `slot`. Only while not blocked.
  virtual Sent send(LiveMessage& message, std::uint32_t slot) = 0;
  /// As many queued messages as one gathered write holds; stops before a mark. Adds what it took to `taken`.
  virtual Sent send_queued(SendQueue& queue, std::vector<SlotOffset>& taken) = 0;
  /// The topic must be re-read; its position is now `to`.
  virtual Sent gap(std::uint32_t slot, Position to) = 0;
  /// The subscriptions changed.
  virtual Sent slots_changed(std::span<const SlotToken> slots) = 0;
  /// The subscription `slot` is taken away: what has not left of it must not leave.
  virtual void revoked(std::uint32_t slot) { static_cast<void>(slot); }
  /// The number of unread inbox messages changed.
  virtual Sent unread(std::size_t count) = 0;
  /// Sends the heartbeat if this carrier has one.
  virtual Sent beat() = 0;
  /// When on_due has something to do.
  virtual steady_time due() const { return steady_time::max(); }
  virtual Sent on_due(steady_time now) {
    static_cast<void>(now);
    return Sent::ok;
  }
  /// The session ends in this time unless its client shows new credentials.
  virtual Sent expiring(std::chrono::milliseconds left) {
    static_cast<void>(left);
    return Sent::ok;
  }
  /// An envelope of the hub's own to the client, behind what was sent; nothing where there is no form for it. May end the
  /// session.
  virtual void note(std::string_view envelope) { static_cast<void>(envelope); }
  /// What the client says is left unread for a while.
  virtual void hold_input(bool hold) { static_cast<void>(hold); }
  /// The client has confirmed by its own word.
  virtual void on_confirmed() {}
  /// Adds what only this transport knows.
  virtual void describe(SessionInfo& info) const { static_cast<void>(info); }
  /// Every subscription has reached the present. `Sent::full` = answer now and end.
  virtual Sent caught_up() = 0;
  /// End of one batch of live messages. `Sent::full` = answer now and end.
  virtual Sent batch_end() = 0;
  /// The last words: in protocol form, with a hint when to come back. Nothing is called afterwards.
  virtual void finish(std::error_code why, std::chrono::milliseconds retry, std::span<const SlotToken> slots) = 0;
  /// Drops the connection. Nothing is called afterwards.
  virtual void abort() = 0;

  /// Accepted by the carrier but not yet by the kernel or server.
  virtual std::size_t pending_bytes() const = 0;
  /// Zero = no heartbeat.
  virtual std::chrono::milliseconds heartbeat_period() const = 0;
};

using Carrier = BasicCarrier<LoopExecutor>;

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_CARRIER_HPP
