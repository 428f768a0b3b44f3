// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_ATTEMPT_STATE_HPP
#define TIDINGS_DELIVERY_ATTEMPT_STATE_HPP

#include <tidings/receipt.hpp>
#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

TIDINGS_NAMESPACE_BEGIN

/// Where one try to bring one message to one recipient over one transport or channel stands.
enum class AttemptState : std::uint8_t {
  queued,
  /// Handed over, the outcome is not known yet. Found after a restart it becomes `unknown`.
  sending,
  /// Completely taken by the kernel or server (transports).
  written,
  /// Taken by a third party (channels).
  accepted,
  rejected,
  /// May have been sent: tried again only under an idempotency key.
  unknown,
  delivered,
  /// The third party's receipt did not come in its time.
  no_receipt,
  seen,
  dropped,
  expired,
  cancelled,
};

inline constexpr std::size_t attempt_state_count = 12;

constexpr const char* to_string(AttemptState state) {
  constexpr std::array<const char*, attempt_state_count> names{"queued",   "sending", "written",   "accepted",
                                                               "rejected", "unknown", "delivered", "no_receipt",
                                                               "seen",     "dropped", "expired",   "cancelled"};
  return static_cast<std::size_t>(state) < names.size() ? names[static_cast<std::size_t>(state)] : "unknown";
}

namespace delivery {

namespace detail {

constexpr std::uint16_t to_any(std::initializer_list<AttemptState> states) {
  unsigned bits = 0;
  for (AttemptState each : states) bits |= 1U << static_cast<unsigned>(each);
  return static_cast<std::uint16_t>(bits);
}

// Row: from; bits: to. A late receipt may still turn `no_receipt` and `unknown` into `delivered`; `seen` is the last
// word over everything that may have reached the recipient.
inline constexpr std::array<std::uint16_t, attempt_state_count> attempt_transitions = {
    to_any({AttemptState::sending, AttemptState::dropped, AttemptState::expired, AttemptState::cancelled}),  // queued
    to_any({AttemptState::written, AttemptState::accepted, AttemptState::rejected, AttemptState::unknown,
            AttemptState::delivered, AttemptState::seen}),  // sending
    to_any({AttemptState::delivered, AttemptState::seen, AttemptState::dropped, AttemptState::expired,
            AttemptState::cancelled}),  // written
    to_any(
        {AttemptState::delivered, AttemptState::no_receipt, AttemptState::rejected, AttemptState::seen}),  // accepted
    to_any({}),                                                                                            // rejected
    to_any({AttemptState::accepted, AttemptState::rejected, AttemptState::delivered, AttemptState::no_receipt,
            AttemptState::seen}),                                                   // unknown
    to_any({AttemptState::seen}),                                                   // delivered
    to_any({AttemptState::delivered, AttemptState::rejected, AttemptState::seen}),  // no_receipt
    to_any({}),                                                                     // seen
    to_any({}),                                                                     // dropped
    to_any({}),                                                                     // expired
    to_any({}),                                                                     // cancelled
};

// The better of two attempts, the higher rank: what was proved beats what was written, and so on.
constexpr int outcome_rank(AttemptState state) {
  switch (state) {
    case AttemptState::seen: return 6;
    case AttemptState::delivered: return 5;
    case AttemptState::written:
    case AttemptState::accepted:
    case AttemptState::no_receipt:
    case AttemptState::unknown: return 4;
    case AttemptState::queued:
    case AttemptState::sending: return 3;
    case AttemptState::rejected:
    case AttemptState::dropped:
    case AttemptState::expired: return 2;
    case AttemptState::cancelled: return 1;
  }
  return 0;
}

}  // namespace detail

/// Whether an attempt may go from one state to the other. Staying is no transition.
constexpr bool may_follow(AttemptState from, AttemptState to) noexcept {
  return (detail::attempt_transitions[static_cast<std::size_t>(from)] >> static_cast<unsigned>(to) & 1U) != 0;
}

/// Whether nothing can follow.
constexpr bool is_final(AttemptState state) noexcept {
  return detail::attempt_transitions[static_cast<std::size_t>(state)] == 0;
}

/// What a state read from a durable ledger means after a restart: nobody knows what became of a call under way.
constexpr AttemptState after_restart(AttemptState state) noexcept {
  return state == AttemptState::sending ? AttemptState::unknown : state;
}

/// What became of a message for one recipient, out of all attempts.
///
/// @param attempts       In any order; empty = nothing was tried.
/// @param more_to_come   A session, or a step of a route, may still try.
/// @param attempts_used  The allowed number of tries is used up.
constexpr Outcome outcome_of(std::span<const AttemptState> attempts, bool more_to_come, bool attempts_used) noexcept {
  int best = 0;
  for (AttemptState each : attempts) best = detail::outcome_rank(each) > best ? detail::outcome_rank(each) : best;
  switch (best) {
    case 6: return Outcome::seen;
    case 5: return Outcome::delivered;
    case 4: return Outcome::written;
    case 3: return Outcome::pending;
    case 2: return more_to_come ? Outcome::pending : attempts_used ? Outcome::dead : Outcome::failed;
    default: return more_to_come ? Outcome::pending : Outcome::skipped;
  }
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_ATTEMPT_STATE_HPP
