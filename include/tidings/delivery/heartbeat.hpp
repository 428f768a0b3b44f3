// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_HEARTBEAT_HPP
#define TIDINGS_DELIVERY_HEARTBEAT_HPP

#include <tidings/time.hpp>

#include <algorithm>
#include <chrono>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Decides when to ping and when a peer that answers pings is gone. No I/O, no clock.
///
/// The peer is dead when nothing has come from it for `pong_wait` and a ping of at least `pong_wait / 10` of age is
/// unanswered: a timer that fires late must not find the peer guilty of a silence in which nobody asked it.
class Heartbeat {
 public:
  enum class Verdict {
    /// Nothing to do before `due`.
    wait,
    /// Send a ping now; call again at `due`.
    ping,
    /// The peer is gone.
    dead,
  };
  struct Action {
    Verdict verdict = Verdict::wait;
    steady_time due;
  };

  /// @param pong_wait  Longest silence tolerated, > 0.
  explicit constexpr Heartbeat(std::chrono::milliseconds pong_wait) : pong_wait_(pong_wait) {}

  /// 9/10 of the pong wait, so that one ping always fits before the verdict.
  constexpr std::chrono::milliseconds period() const { return pong_wait_ * 9 / 10; }
  constexpr std::chrono::milliseconds pong_wait() const { return pong_wait_; }

  constexpr Action start(steady_time now) {
    last_heard_ = now;
    asked_ = nobody;
    return {Verdict::wait, now + period()};
  }

  /// Any byte came from the peer. Costs nothing else: the timer that is set finds out when it fires.
  constexpr void on_traffic(steady_time now) {
    last_heard_ = now;
    asked_ = nobody;
  }

  constexpr Action on_timer(steady_time now) {
    if (asked_ != nobody) {
      const steady_time verdict_at = std::max(last_heard_ + pong_wait_, asked_ + pong_wait_ / 10);
      if (now >= verdict_at) return {Verdict::dead, now};
      return {Verdict::wait, verdict_at};
    }
    if (now < last_heard_ + period()) return {Verdict::wait, last_heard_ + period()};
    asked_ = now;
    return {Verdict::ping, std::max(last_heard_ + pong_wait_, now + pong_wait_ / 10)};
  }

 private:
  static constexpr steady_time nobody = steady_time::max();

  std::chrono::milliseconds pong_wait_;
  steady_time last_heard_{};
  steady_time asked_ = nobody;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_HEARTBEAT_HPP
