// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_PROVIDED_TOKEN_HPP
#define TIDINGS_WECHAT_PROVIDED_TOKEN_HPP

#include <tidings/version.hpp>

#include <chrono>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// A token that a service of the company gives.
struct ProvidedToken {
  std::string value{};
  /// From now on.
  std::chrono::seconds expires_in{0};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_PROVIDED_TOKEN_HPP
