// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_BACKOFF_HPP
#define TIDINGS_DELIVERY_BACKOFF_HPP

#include <tidings/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Says how long to wait before the next try: full jitter over an exponential ceiling, and the other side's hint where
/// it gave one. No clock, no randomness: both are parameters.
///
/// Source  "Exponential Backoff And Jitter", AWS Architecture Blog 2015: full jitter has the least work and no spikes.
class Backoff {
 public:
  struct Options {
    /// Ceiling of the first wait, > 0.
    std::chrono::milliseconds base{1000};
    /// Ceiling of all waits, >= base.
    std::chrono::milliseconds cap{60'000};
    /// A success that lasted this long forgets earlier failures.
    std::chrono::milliseconds stable{60'000};
    /// Hints are honoured up to this.
    std::chrono::milliseconds longest_hint{300'000};
  };

  Backoff() = default;
  explicit constexpr Backoff(Options options) : options_(options) {}

  /// A try failed, or a success ended.
  ///
  /// @param jitter  In [0, 1).
  /// @param hint    How long the other side wants us away: the jitter adds a tenth, so that all who got the same hint
  ///                do not come in the same moment; after a second failure in a row the backoff of our own counts if it
  ///                is longer, so that no hint makes us fast.
  constexpr std::chrono::milliseconds next(double jitter, std::optional<std::chrono::milliseconds> hint = {}) {
    const std::chrono::milliseconds ceiling = this->ceiling();
    const bool again = failures_ > 0;
    if (failures_ < 62) ++failures_;
    const std::chrono::milliseconds own = scaled(ceiling, jitter);
    if (!hint) return own;
    const std::chrono::milliseconds wanted = std::clamp(*hint, std::chrono::milliseconds{0}, options_.longest_hint);
    return std::max(scaled(wanted, 1 + jitter / 10), again ? own : std::chrono::milliseconds{0});
  }

  constexpr void on_success(steady_time now) { success_ = now; }

  /// The success is over; counts as stable if it lasted.
  constexpr void on_lost(steady_time now) {
    if (success_ && now - *success_ >= options_.stable) failures_ = 0;
    success_.reset();
  }

  constexpr void reset() {
    failures_ = 0;
    success_.reset();
  }

  constexpr std::uint32_t failures() const { return failures_; }

  /// The most that the next wait can be without a hint.
  constexpr std::chrono::milliseconds ceiling() const {
    std::chrono::milliseconds ceiling = options_.base;
    for (std::uint32_t i = 0; i < failures_ && ceiling < options_.cap; ++i) ceiling *= 2;
    return std::min(ceiling, options_.cap);
  }

 private:
  static constexpr std::chrono::milliseconds scaled(std::chrono::milliseconds span, double factor) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(span.count()) * factor));
  }

  Options options_;
  std::uint32_t failures_ = 0;
  std::optional<steady_time> success_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_BACKOFF_HPP
