// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_POLL_PACER_HPP
#define TIDINGS_DELIVERY_POLL_PACER_HPP

#include <tidings/defaults.hpp>
#include <tidings/time.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// How short polls are spread over time.
struct PollPacerOptions {
  /// What a client waits between two polls when there is room, >= 1 s.
  std::chrono::milliseconds interval = defaults::poll_interval;
  /// The interval grows until the promised polls stay under this. Zero = unlimited.
  double max_polls_per_second = 0;
};

/// Steers the interval of short polls, so that N users never add up to a storm.
///
/// Every answer promises its client a moment, and the pacer keeps count of the promises for each slot of time to come.
/// The moment lies anywhere around the interval, in the emptiest of a few slots, so a crowd that came together is spread
/// out and stays so; with a limit a full slot takes no more, so the interval grows exactly as far as it must and falls
/// back as soon as there is room. No clock, no randomness: both are parameters.
class PollPacer {
 public:
  struct Decision {
    bool throttled = false;
    /// When throttled: until the promised moment.
    std::chrono::milliseconds retry_after{0};
  };

  explicit PollPacer(PollPacerOptions options) : options_(options), slot_(slot_length(options)) {
    if (options_.max_polls_per_second > 0) {
      room_ = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(options_.max_polls_per_second * seconds(slot_)));
    }
  }

  /// A poll came in. It is refused only if a limit is set, it comes before its promised moment, and the room of this
  /// slot belongs to others.
  ///
  /// @param promised  The moment that next() gave this client; none for one that was promised nothing.
  Decision on_poll(steady_time now, std::optional<steady_time> promised) {
    turn(now);
    Slot& current = at(current_);
    const bool early = promised && now + options_.interval / 10 < *promised;
    if (early && room_ > 0 && current.promised + current.unpromised >= room_) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*promised - now);
      return {true, left + std::chrono::milliseconds{1}};
    }
    // One that comes in its own slot was counted when it was promised.
    if (!promised || index_of(*promised) != index_of(now)) ++current.unpromised;
    return {};
  }

  /// Promises the next moment; returns how far away it is, at least 1 ms.
  ///
  /// @param jitter  In [0, 1): where the search begins, and where in its slot the moment lies.
  std::chrono::milliseconds next(steady_time now, double jitter) {
    turn(now);
    const std::int64_t here = current_;
    const std::int64_t width = std::clamp<std::int64_t>(options_.interval / slot_, 2, horizon / 2);
    const std::int64_t first = here + std::max<std::int64_t>(1, width / 2);
    const std::int64_t best = choose({first, width}, jitter);
    ++at(best).promised;
    ++outstanding_;
    last_distance_ = (best - here) * slot_;
    // Where in the slot: digits of the jitter that the search did not use.
    const double within = jitter * 997.0 - static_cast<double>(static_cast<std::int64_t>(jitter * 997.0));
    const steady_time moment =
        steady_time{} + best * slot_ +
        std::chrono::milliseconds(static_cast<std::int64_t>(within * static_cast<double>(slot_.count())));
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(moment - now), std::chrono::milliseconds{1});
  }

  /// What clients are told at present, without jitter: the set interval, or longer under load.
  std::chrono::milliseconds interval() const {
    return last_distance_ > options_.interval * 3 / 2 ? last_distance_ : options_.interval;
  }

 private:
  // Slots to come that are kept count of: about 34 intervals.
  static constexpr std::int64_t horizon = 1024;
  // Slots that are compared for one promise.
  static constexpr std::int64_t few = 4;

  struct Slot {
    std::uint32_t promised = 0;
    // Polls that came without a promise for this slot.
    std::uint32_t unpromised = 0;
  };

  static double seconds(std::chrono::milliseconds span) { return static_cast<double>(span.count()) / 1000; }

  // Thirty to an interval; with a limit long enough for eight polls, so that counting in whole polls is exact enough.
  static std::chrono::milliseconds slot_length(const PollPacerOptions& options) {
    std::chrono::milliseconds length = std::max(options.interval / 30, std::chrono::milliseconds{1});
    if (options.max_polls_per_second > 0) {
      const auto eight = static_cast<std::int64_t>(8000 / options.max_polls_per_second) + 1;
      length = std::max(length, std::chrono::milliseconds(eight));
    }
    return length;
  }

  std::int64_t index_of(steady_time time) const { return time.time_since_epoch() / slot_; }
  Slot& at(std::int64_t index) { return slots_[static_cast<std::size_t>(index & (horizon - 1))]; }

  struct Window {
    std::int64_t first = 0;
    std::int64_t width = 0;
  };

  // A slot of the window, else the first one behind it that has room, else anywhere.
  std::int64_t choose(Window window, double jitter) {
    std::int64_t best = emptiest(window, jitter, few);
    // A crowd that came together fills the beginning of its window; who comes again meanwhile goes behind it.
    if (at(best).promised > even_share(window.width)) best = emptiest(window, jitter, window.width);
    if (room_ == 0 || at(best).promised < room_) return best;
    best = emptiest(window, jitter, window.width);
    if (at(best).promised < room_) return best;
    const std::int64_t end = current_ + horizon;
    for (best = window.first + window.width; best < end; ++best) {
      if (at(best).promised < room_) return best;
    }
    // More than the slots can count: nobody keeps the limit then, but nobody is heaped onto one moment.
    return emptiest({current_ + horizon / 2, horizon / 2 - 1}, jitter, few);
  }

  // What a slot holds when all that is promised is spread evenly, with some play for chance.
  std::uint32_t even_share(std::int64_t width) const {
    const auto even = outstanding_ / static_cast<std::uint32_t>(width);
    return even + even / 8 + 4;
  }

  // Looks at so many slots from anywhere on. The emptiest of all would be the last one nearly always, since it has been
  // promised for the shortest time, and every wait would be the longest.
  std::int64_t emptiest(Window window, double jitter, std::int64_t looks) {
    const auto start = static_cast<std::int64_t>(jitter * static_cast<double>(window.width));
    std::int64_t best = window.first + start;
    for (std::int64_t i = 0; i < std::min(looks, window.width) && at(best).promised > 0; ++i) {
      const std::int64_t index = window.first + (start + i) % window.width;
      if (at(index).promised < at(best).promised) best = index;
    }
    return best;
  }

  // Slots that are over make room for new ones. Callers read the clock before they come here, so one may be a little
  // behind another.
  void turn(steady_time now) {
    const std::int64_t here = index_of(now);
    if (here <= current_) return;
    if (here - current_ >= horizon) {
      slots_.fill({});
      outstanding_ = 0;
    } else {
      for (std::int64_t each = current_; each < here; ++each) {
        outstanding_ -= at(each).promised;
        at(each) = {};
      }
    }
    current_ = here;
  }

  PollPacerOptions options_;
  std::chrono::milliseconds slot_;
  std::uint32_t room_ = 0;
  // Promised and not over.
  std::uint32_t outstanding_ = 0;
  std::array<Slot, horizon> slots_{};
  std::int64_t current_ = 0;
  std::chrono::milliseconds last_distance_{0};
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_POLL_PACER_HPP
