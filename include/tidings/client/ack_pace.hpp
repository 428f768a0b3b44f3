// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_ACK_PACE_HPP
#define TIDINGS_CLIENT_ACK_PACE_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// Says when a client tells the server what its application has taken: at most once a second, and a burst at once.
/// No clock: the time is a parameter.
class AckPace {
 public:
  /// docs/guides/wire.md: at most one acknowledgement a second.
  static constexpr std::chrono::milliseconds spacing{1000};
  /// Lets one cover a burst.
  static constexpr std::chrono::milliseconds gather{100};

  /// Something was taken. @returns  when to call again with `due`, unless a call is under way already.
  std::optional<steady_time> on_taken(steady_time now) {
    if (std::exchange(wanted_, true)) return std::nullopt;
    return last_ ? std::max(now + gather, *last_ + spacing) : now + gather;
  }

  /// The call that is under way will not be made.
  void cancel() { wanted_ = false; }

  /// The moment has come. @returns  whether anything is to be said.
  bool on_due(steady_time now) {
    if (!std::exchange(wanted_, false)) return false;
    last_ = now;
    return true;
  }

 private:
  bool wanted_ = false;
  std::optional<steady_time> last_;
};

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_ACK_PACE_HPP
