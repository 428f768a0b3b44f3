// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_ERROR_CLASS_HPP
#define TIDINGS_WECHAT_ERROR_CLASS_HPP

#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What an outcome asks of us. Numbers are many and change; what can be done about them is not.
enum class ErrorClass : std::uint8_t {
  /// Accepted; says nothing about receipt.
  success,
  /// The server has had it before: as good as accepted.
  duplicate,
  /// The access token is not the one that counts: read the stored one, else refresh it once, and try once more.
  token_stale,
  /// The secret or the account's name is wrong: the whole account stops, for trying again gets its address banned.
  credential,
  /// Taken by nobody: try again after a while.
  busy,
  /// Perhaps taken: try again only under an idempotency key.
  unknown_outcome,
  /// Too much in a short window: hold what goes to this endpoint until the window ends.
  rate_limit,
  /// Too much for today: hold it until midnight there.
  quota,
  /// This recipient cannot be reached until an event says otherwise.
  recipient,
  /// This recipient cannot be reached until they do something.
  window_closed,
  /// Our fault, and stays so.
  bad_request,
  /// The account, the app, the address or the permission is blocked: somebody has to do something about it.
  blocked,
  /// A number that no source explains: as `bad_request`, and counted.
  unlisted,
};

inline constexpr std::size_t error_class_count = 13;

/// The enumerator's own spelling, for metrics, logs and tests.
constexpr const char* to_string(ErrorClass each) {
  constexpr std::array<const char*, error_class_count> names{
      "success", "duplicate", "token_stale",   "credential",  "busy",    "unknown_outcome", "rate_limit",
      "quota",   "recipient", "window_closed", "bad_request", "blocked", "unlisted"};
  return static_cast<std::size_t>(each) < names.size() ? names[static_cast<std::size_t>(each)] : "unknown";
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_ERROR_CLASS_HPP
