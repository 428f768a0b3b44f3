// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TOKEN_ANSWER_HPP
#define TIDINGS_WECHAT_TOKEN_ANSWER_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/token_step.hpp>

#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What somebody gets who asks for a token.
struct TokenAnswer {
  enum class Get : std::uint8_t {
    /// `TokenLife::token()`, at once.
    use,
    /// Wait to be woken, then ask again.
    wait,
    /// There is none before `retry_at`.
    fail,
  };

  Get get = Get::fail;
  /// To be done in any case.
  TokenStep step{};
  steady_time retry_at{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_TOKEN_ANSWER_HPP
