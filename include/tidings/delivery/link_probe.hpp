// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_LINK_PROBE_HPP
#define TIDINGS_DELIVERY_LINK_PROBE_HPP

#include <tidings/defaults.hpp>
#include <tidings/rare.hpp>
#include <tidings/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// What pings say about a link: how long the way is, and what the other end has taken. No I/O, no clock.
///
/// A ping carries 8 random bytes and the sequence of the last message that the kernel took before it; an endpoint that
/// echoes it exactly has read all before it. RFC 6455 5.5.3 asks for the most recent ping to be answered, so that an
/// answer stands for all older ones.
///
/// @tparam Time  `steady_time`; a parameter so that only a unit that sends pings compiles this.
template <class Time>
class BasicLinkProbe {
 public:
  /// The next ping's payload.
  ///
  /// @param sequence  Of the last message completely handed to the kernel; 0 = none.
  /// @param random    Unknown to the peer: it cannot answer what it has not read.
  std::string ping(Time now, std::uint64_t sequence, std::uint64_t random) {
    // Only the newest matter: the answer to one of them stands for the rest.
    std::vector<Ping>& sent = sent_.get();
    if (sent.size() == max_pings) sent.erase(sent.begin());
    sent.push_back({random, sequence, now});
    last_ping_ = now;
    unasked_ = Time::max();
    return sent.back().payload();
  }

  /// A pong came: the sequence up to which the peer has taken everything; nothing for one that answers no ping of ours.
  std::optional<std::uint64_t> on_pong(std::string_view payload, Time now) {
    if (!sent_) return std::nullopt;
    std::vector<Ping>& sent = *sent_;
    const auto found =
        std::find_if(sent.begin(), sent.end(), [payload](const Ping& each) { return each.payload() == payload; });
    if (found == sent.end()) return std::nullopt;
    const std::uint64_t sequence = found->sequence;
    last_ = std::chrono::duration_cast<ShortTime>(std::min<typename Time::duration>(now - found->at, longest));
    // RFC 6298 2: a new sample counts one eighth.
    smoothed_ = smoothed_ == none ? last_ : smoothed_ + (last_ - smoothed_) / 8;
    sent.erase(sent.begin(), found + 1);
    if (sent.empty()) sent_.reset();
    return sequence;
  }

  /// The kernel took a message whose arrival somebody wants to know of.
  void on_tracked(Time now) {
    if (unasked_ == Time::max()) unasked_ = now;
  }
  /// Everything tracked is confirmed by other means.
  void on_confirmed() { unasked_ = Time::max(); }

  /// When a ping is to go out for evidence; nothing while nothing is unconfirmed, or a ping about it is under way.
  std::optional<Time> evidence_due() const {
    if (unasked_ == Time::max()) return std::nullopt;
    const Time soon = unasked_ + defaults::evidence_delay;
    return last_ping_ == Time::min() ? soon : std::max(soon, last_ping_ + defaults::evidence_interval);
  }

  /// Round-trip times; nothing before the first answer.
  std::optional<std::chrono::microseconds> last_round_trip() const { return time_of(last_); }
  std::optional<std::chrono::microseconds> smoothed_round_trip() const { return time_of(smoothed_); }

  /// Under way at once; only the newest matter.
  static constexpr std::size_t max_pings = 8;

 private:
  struct Ping {
    std::uint64_t random;
    std::uint64_t sequence;
    Time at;

    std::string payload() const {
      std::string text;
      for (const std::uint64_t value : {random, sequence}) {
        for (unsigned shift = 64; shift > 0; shift -= 8)
          text.push_back(static_cast<char>(value >> (shift - 8) & 0xFFU));
      }
      return text;
    }
  };

  // Half an hour's worth: a ping that is older says nothing any more.
  using ShortTime = std::chrono::duration<std::int32_t, std::micro>;
  static constexpr std::chrono::seconds longest{2000};
  static constexpr ShortTime none{-1};

  static std::optional<std::chrono::microseconds> time_of(ShortTime time) {
    return time == none ? std::nullopt : std::optional<std::chrono::microseconds>(time);
  }

  // Under way.
  Rare<std::vector<Ping>> sent_;
  Time last_ping_ = Time::min();
  Time unasked_ = Time::max();
  ShortTime last_ = none;
  ShortTime smoothed_ = none;
};

using LinkProbe = BasicLinkProbe<steady_time>;

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_LINK_PROBE_HPP
