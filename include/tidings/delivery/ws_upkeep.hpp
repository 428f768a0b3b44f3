// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_WS_UPKEEP_HPP
#define TIDINGS_DELIVERY_WS_UPKEEP_HPP

#include <tidings/delivery/heartbeat.hpp>
#include <tidings/delivery/link_probe.hpp>
#include <tidings/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// When a WebSocket is pinged, for its life and for evidence, when its peer is gone, and when a message of it takes too
/// long. No I/O, no clock.
///
/// Without pings (`ping = false`, a server that can send none or tells of no pong) silence says nothing: the peer is
/// never found dead here.
///
/// @tparam Probe  `LinkProbe`; a parameter so that only a unit that sends pings compiles this.
template <class Probe>
class BasicWsUpkeep {
 public:
  /// @param message_timeout  For a message or control frame, from its first byte to its last; 0 = any time.
  BasicWsUpkeep(std::chrono::milliseconds pong_wait, bool ping, steady_time now,
                std::chrono::milliseconds message_timeout = std::chrono::milliseconds{0})
      : heartbeat_(pong_wait),
        message_timeout_(message_timeout),
        ping_(ping),
        beat_due_(ping ? heartbeat_.start(now).due : steady_time::max()) {}

  /// The next time that on_timer has something to do. Traffic moves it back only when it fires.
  steady_time due() const {
    const auto evidence = ping_ ? probe_.evidence_due() : std::nullopt;
    const steady_time due = std::min(beat_due_, message_due_);
    return evidence ? std::min(due, *evidence) : due;
  }

  /// Any byte came.
  void on_traffic(steady_time now) { heartbeat_.on_traffic(now); }
  /// A message or control frame has begun and is not whole, another one than before if `unfinished` was true already; or
  /// nothing is unfinished any more. True if due() may have come nearer.
  bool on_unfinished(bool unfinished, steady_time now) {
    unfinished_ = unfinished;
    const steady_time before = due();
    time_message(now);
    return message_due_ < before;
  }
  /// We do not read for a while, on purpose: what the peer sends meanwhile is not late.
  void on_hold() {
    held_ = true;
    message_due_ = steady_time::max();
  }
  /// That is over: the silence was ours. True if due() may have come nearer.
  bool on_read_again(steady_time now) {
    if (ping_) beat_due_ = heartbeat_.start(now).due;
    if (!std::exchange(held_, false)) return false;
    time_message(now);
    return message_due_ != steady_time::max();
  }

  enum class Verdict { wait, ping, dead, late };
  /// To be called at due(), or later. After `ping` the owner sends the payload of ping(); `late`: a message takes too
  /// long.
  Verdict on_timer(steady_time now) {
    // Who is not read cannot answer.
    if (held_ && ping_) beat_due_ = heartbeat_.start(now).due;
    if (now < due()) return Verdict::wait;
    if (now >= message_due_) {
      message_due_ = steady_time::max();
      return Verdict::late;
    }
    bool ping = probe_.evidence_due() && *probe_.evidence_due() <= now;
    if (now >= beat_due_) {
      const Heartbeat::Action action = heartbeat_.on_timer(now);
      if (action.verdict == Heartbeat::Verdict::dead) return Verdict::dead;
      beat_due_ = action.due;
      ping = ping || action.verdict == Heartbeat::Verdict::ping;
    }
    return ping ? Verdict::ping : Verdict::wait;
  }

  std::string ping(steady_time now, std::uint64_t sequence, std::uint64_t random) {
    return probe_.ping(now, sequence, random);
  }
  /// The sequence of the ping that was answered, and with it all before.
  std::optional<std::uint64_t> on_pong(std::string_view payload, steady_time now) {
    return probe_.on_pong(payload, now);
  }

  /// True if due() may have come nearer.
  bool on_tracked(steady_time now) {
    if (!ping_ || probe_.evidence_due()) return false;
    probe_.on_tracked(now);
    return true;
  }
  void on_confirmed() { probe_.on_confirmed(); }

  std::chrono::milliseconds period() const { return heartbeat_.period(); }
  std::optional<std::chrono::microseconds> last_round_trip() const { return probe_.last_round_trip(); }
  std::optional<std::chrono::microseconds> smoothed_round_trip() const { return probe_.smoothed_round_trip(); }

 private:
  void time_message(steady_time now) {
    const bool runs = unfinished_ && !held_ && message_timeout_.count() > 0;
    message_due_ = runs ? now + message_timeout_ : steady_time::max();
  }

  Heartbeat heartbeat_;
  Probe probe_;
  std::chrono::milliseconds message_timeout_;
  bool ping_;
  bool unfinished_ = false;
  bool held_ = false;
  steady_time beat_due_;
  steady_time message_due_ = steady_time::max();
};

using WsUpkeep = BasicWsUpkeep<LinkProbe>;

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_WS_UPKEEP_HPP
