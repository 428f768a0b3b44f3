// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TOKEN_CLAIM_HPP
#define TIDINGS_WECHAT_TOKEN_CLAIM_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Somebody wants to be the only one who refreshes a token, for a while.
struct TokenClaim {
  std::string key;
  /// Nobody else's name.
  std::string owner;
  wall_time now{};
  wall_time until{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_TOKEN_CLAIM_HPP
