// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_MESSAGE_IDS_HPP
#define TIDINGS_HUB_MESSAGE_IDS_HPP

#include <tidings/delivery/random.hpp>
#include <tidings/message_id.hpp>
#include <tidings/protocol/sha1.hpp>
#include <tidings/time.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// Makes message ids: time in front, and inside one millisecond (or when the clock jumps back) counted up, so that ids
/// of one source never repeat and always grow.
///
/// Thread    any.
class MessageIds {
 public:
  explicit MessageIds(std::uint64_t seed) : seed_(seed), random_(seed) {}

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
    while (value == 0) value = name(++sessions_);
    return value;
  }

 private:
  std::uint64_t name(std::uint64_t number) const {
    std::string text;
    for (const std::uint64_t part : {seed_, number}) {
      for (unsigned shift = 0; shift < 64; shift += 8) text.push_back(static_cast<char>(part >> shift & 0xFFU));
    }
    const std::string digest = protocol::sha1(text);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8U | static_cast<unsigned char>(digest[i]);
    return value;
  }

  std::mutex mutex_;
  std::uint64_t seed_;
  std::uint64_t sessions_ = 0;
  delivery::Random random_;
  MessageId last_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_MESSAGE_IDS_HPP
