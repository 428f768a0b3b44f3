// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_EFFORT_HPP
#define TIDINGS_WECHAT_EFFORT_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/error_class.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What was tried for one message so far: kept beside it, and with it after a restart.
struct Effort {
  /// Tries that ended in each class.
  std::array<std::uint16_t, error_class_count> ended{};
  std::uint16_t rereads = 0;
  std::uint16_t refreshes = 0;
  /// Some try may have been taken: from now on nothing is sent without an idempotency key.
  bool maybe_sent = false;

  constexpr std::uint16_t count(ErrorClass each) const { return ended[static_cast<std::size_t>(each)]; }
  constexpr void add(ErrorClass each) {
    std::uint16_t& number = ended[static_cast<std::size_t>(each)];
    if (number < 0xFFFF) ++number;
  }

  friend bool operator==(const Effort&, const Effort&) = default;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_EFFORT_HPP
