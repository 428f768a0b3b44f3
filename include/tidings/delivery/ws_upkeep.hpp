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

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// When a WebSocket is pinged, for its life and for evidence, and when its peer is gone. No I/O, no clock.
///
/// Without pings (`ping = false`, a server that can send none or tells of no pong) silence says nothing: the peer is
/// never found dead here.
class WsUpkeep {
 public:
  WsUpkeep(std::chrono::milliseconds pong_wait, bool ping, steady_time now)
      : heartbeat_(pong_wait), ping_(ping), beat_due_(ping ? heartbeat_.start(now).due : steady_time::max()) {}

  /// The next time that on_timer has something to do. Traffic moves it back only when it fires.
  steady_time due() const {
    const auto evidence = ping_ ? probe_.evidence_due() : std::nullopt;
    return evidence ? std::min(beat_due_, *evidence) : beat_due_;
  }

  /// Any byte came.
  void on_traffic(steady_time now) { heartbeat_.on_traffic(now); }
  /// We have not read for a while, on purpose: the silence was ours.
  void on_read_again(steady_time now) {
    if (ping_) beat_due_ = heartbeat_.start(now).due;
  }

  enum class Verdict { wait, ping, dead };
  /// To be called at due(), or later. After `ping` the owner sends the payload of ping().
  Verdict on_timer(steady_time now) {
    if (!ping_ || now < due()) return Verdict::wait;
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
  Heartbeat heartbeat_;
  LinkProbe probe_;
  bool ping_;
  steady_time beat_due_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_WS_UPKEEP_HPP
