// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_MISSED_RECIPIENT_HPP
#define TIDINGS_DELIVERY_MISSED_RECIPIENT_HPP

#include <tidings/delivery/attempt_state.hpp>
#include <tidings/receipt.hpp>
#include <tidings/version.hpp>

#include <string>

TIDINGS_NAMESPACE_BEGIN

/// Somebody of whom it is not proved that a message arrived.
struct MissedRecipient {
  std::string user{};
  /// Of the best attempt.
  std::string channel{};
  Outcome outcome = Outcome::pending;
  /// Likewise.
  AttemptState state = AttemptState::queued;
  std::string reason{};

  friend bool operator==(const MissedRecipient&, const MissedRecipient&) = default;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_MISSED_RECIPIENT_HPP
