// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TOKEN_RECORD_HPP
#define TIDINGS_WECHAT_TOKEN_RECORD_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <cstdint>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// An access token as it is stored, one for each account; of WeCom one for each corp and application.
struct TokenRecord {
  /// Empty = none.
  std::string value;
  wall_time expires_at{};
  /// Grows with each token that is stored, so that a late writer cannot put an older one over it. 0 = nothing stored.
  std::uint64_t generation = 0;

  friend bool operator==(const TokenRecord&, const TokenRecord&) = default;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_TOKEN_RECORD_HPP
