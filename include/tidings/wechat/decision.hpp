// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_DECISION_HPP
#define TIDINGS_WECHAT_DECISION_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/effort.hpp>
#include <tidings/wechat/error_class.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What follows a try.
struct Decision {
  enum class Act : std::uint8_t {
    /// Accepted.
    done,
    /// Read the stored token, and decide again with `stored_token_differs`.
    reread_token,
    /// Try again at once, with the stored token.
    retry,
    /// Refresh the token, one for all who ask, and try again at once.
    refresh_token,
    /// Try again at `at`.
    wait,
    /// Give this recipient up.
    fail_recipient,
    /// Give the message up, and keep it for somebody to look at.
    dead_letter,
    /// Its deadline comes before the next try.
    expire,
    /// Nothing of this account goes out any more; the message stays.
    stop_account,
    /// Nothing goes to this endpoint but a probe at `at`, for which the message stays.
    open_circuit,
    /// Perhaps taken, and never tried again: a receipt may still say.
    unknown,
  };

  Act act = Act::unknown;
  ErrorClass error_class = ErrorClass::unknown_outcome;
  /// After this try.
  Effort effort{};
  /// Of `wait` and `open_circuit`.
  wall_time at{};
  /// `wait` holds everything that goes to this endpoint of the account.
  bool holds_endpoint = false;
  /// Somebody should know. Whoever tells them counts and limits.
  bool alarm = false;
  /// Fewer calls at a time from now on.
  bool fewer_at_once = false;
  /// The recipients may go through one by one.
  bool split = false;
  /// Nothing more to this recipient, until an event opens them again.
  bool suppress = false;
};

constexpr const char* to_string(Decision::Act act) {
  constexpr std::array<const char*, 11> names{"done",         "reread_token",   "retry",       "refresh_token",
                                              "wait",         "fail_recipient", "dead_letter", "expire",
                                              "stop_account", "open_circuit",   "unknown"};
  return static_cast<std::size_t>(act) < names.size() ? names[static_cast<std::size_t>(act)] : "none";
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_DECISION_HPP
