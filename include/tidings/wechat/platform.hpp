// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_PLATFORM_HPP
#define TIDINGS_WECHAT_PLATFORM_HPP

#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Whose API an account speaks. The first two share hosts, tokens and error numbers; WeCom has its own of all three.
enum class Platform : std::uint8_t { official_account, mini_program, wecom };

inline constexpr std::array<Platform, 3> all_platforms{Platform::official_account, Platform::mini_program,
                                                       Platform::wecom};

constexpr const char* to_string(Platform platform) {
  switch (platform) {
    case Platform::official_account: return "official_account";
    case Platform::mini_program: return "mini_program";
    case Platform::wecom: return "wecom";
  }
  return "unknown";
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_PLATFORM_HPP
