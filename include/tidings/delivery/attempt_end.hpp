// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ATTEMPT_END_HPP
#define TIDINGS_DELIVERY_ATTEMPT_END_HPP

#include <tidings/delivery/attempt_state.hpp>
#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <cstdint>
#include <optional>
#include <string>

TIDINGS_NAMESPACE_BEGIN

/// How an attempt ended, and what follows: written in one step.
struct AttemptEnd {
  /// AttemptRecord::id.
  std::uint64_t attempt = 0;
  /// SendRecord::owner: who has lost its lease changes nothing.
  std::string owner{};
  /// From `sending`: accepted, rejected, unknown. From `queued`: dropped, expired, cancelled.
  AttemptState state = AttemptState::unknown;
  std::int32_t code = 0;
  std::string reason{};
  std::string receipt_id{};
  /// SendRecord::progress from now on.
  std::string progress{};
  wall_time now{};
  /// The next attempt is queued for then; none = there is none.
  std::optional<wall_time> again{};
  /// SendRecord::dead from now on.
  bool dead = false;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ATTEMPT_END_HPP
