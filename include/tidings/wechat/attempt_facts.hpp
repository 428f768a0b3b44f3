// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_ATTEMPT_FACTS_HPP
#define TIDINGS_WECHAT_ATTEMPT_FACTS_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/attempt_result.hpp>
#include <tidings/wechat/effort.hpp>
#include <tidings/wechat/platform.hpp>

#include <cstdint>
#include <optional>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Everything that decides what follows a try.
struct AttemptFacts {
  enum class Account : std::uint8_t {
    running,
    /// Its credentials are wrong: nothing goes out until somebody says that they are right.
    stopped,
  };

  Platform platform = Platform::official_account;
  AttemptResult result{};
  /// Before this try.
  Effort effort{};
  wall_time now{};
  /// In [0, 1).
  double jitter = 0;
  /// So long the server knows the message's idempotency key, counted from the first try; none = there is no key.
  std::optional<wall_time> key_until{};
  /// The message is worth nothing afterwards.
  std::optional<wall_time> deadline{};
  /// After an answer of class `token_stale`: the stored token is another than the one that failed. None = nobody has
  /// looked.
  std::optional<bool> stored_token_differs{};
  /// Limits in a row that this endpoint has met before this one, with no call accepted in between.
  int limits_before = 0;
  Account account = Account::running;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_ATTEMPT_FACTS_HPP
