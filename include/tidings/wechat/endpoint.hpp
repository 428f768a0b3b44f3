// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_ENDPOINT_HPP
#define TIDINGS_WECHAT_ENDPOINT_HPP

#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// The API calls that we make. Which of them an account has is said by its platform.
enum class Endpoint : std::uint8_t {
  /// Official Account and mini-program: a token that is new each time.
  token,
  /// Likewise: a token that stays the same until it ends.
  stable_token,
  wecom_token,
  template_message,
  subscription_notice,
  customer_message,
  /// Of a mini-program.
  subscribe_message,
  /// Of a WeCom application.
  app_message,
};

inline constexpr std::size_t endpoint_count = 8;

constexpr const char* to_string(Endpoint endpoint) {
  constexpr std::array<const char*, endpoint_count> names{"token",
                                                          "stable_token",
                                                          "wecom_token",
                                                          "template_message",
                                                          "subscription_notice",
                                                          "customer_message",
                                                          "subscribe_message",
                                                          "app_message"};
  return static_cast<std::size_t>(endpoint) < names.size() ? names[static_cast<std::size_t>(endpoint)] : "unknown";
}

/// The one that is spelled so.
constexpr std::optional<Endpoint> endpoint_of(std::string_view name) {
  for (std::size_t i = 0; i < endpoint_count; ++i) {
    if (name == to_string(static_cast<Endpoint>(i))) return static_cast<Endpoint>(i);
  }
  return std::nullopt;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_ENDPOINT_HPP
