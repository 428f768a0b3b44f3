// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TOPIC_STATE_HPP
#define TIDINGS_TOPIC_STATE_HPP

#include <tidings/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

/// What a store says of a topic's log besides its messages.
struct TopicState {
  /// An epoch that this log had before, and the highest offset of it that survived into the next.
  struct Past {
    std::uint64_t epoch = 0;
    std::uint64_t survived = 0;
  };

  std::uint64_t epoch = 0;
  /// The highest offset that retention has ever removed; 0 = none.
  std::uint64_t floor = 0;
  /// The highest offset given; 0 = none.
  std::uint64_t top = 0;
  /// The last four epochs, newest first; epoch 0 = unused.
  std::array<Past, 4> lineage{};

  /// Begins a new epoch: positions of the old one up to `top` stay valid, and those of older ones no further.
  void begin_epoch(std::uint64_t new_epoch) {
    for (std::size_t i = lineage.size() - 1; i > 0; --i) {
      lineage[i] = {lineage[i - 1].epoch, std::min(lineage[i - 1].survived, top)};
    }
    lineage[0] = {epoch, top};
    epoch = new_epoch;
  }
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_TOPIC_STATE_HPP
