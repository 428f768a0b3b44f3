// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_MESSAGE_IDS_HPP
#define TIDINGS_HUB_MESSAGE_IDS_HPP

#include <tidings/delivery/random.hpp>
#include <tidings/delivery/siphash.hpp>
#include <tidings/message_id.hpp>
#include <tidings/time.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// Makes message ids: time in front, and inside one millisecond (or when the clock jumps back) counted up, so that ids
/// of one source never repeat and always grow.
///
/// Thread    any.
class MessageIds {
 public:
  explicit MessageIds(std::uint64_t seed) : names_(seed, ~seed), random_(seed) {}

  MessageId next(wall_time now) {
    const std::lock_guard lock(mutex_);
    const auto ms = static_cast<std::uint64_t>(std::clamp<std::int64_t>(now.ms, 0, 0xFFFF'FFFF'FFFF));
    const std::uint64_t last = last_.high >> 16;
    if (ms > last) {
      last_ = {ms << 16 | (random_() & 0xFFFF), random_() >> 1};
    } else if (++last_.low == 0) {
      ++last_.high;
    }
    return last_;
  }

  /// A name for a session, never 0. Who does not know the seed cannot tell others from those that he has seen.
  std::uint64_t session() {
    const std::lock_guard lock(mutex_);
    std::uint64_t value = 0;
    while (value == 0) value = names_(++sessions_);
    return value;
  }

 private:
  std::mutex mutex_;
  delivery::SipHash names_;
  std::uint64_t sessions_ = 0;
  delivery::Random random_;
  MessageId last_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_MESSAGE_IDS_HPP
