// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_ALARM_HPP
#define TIDINGS_WECHAT_ALARM_HPP

#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Somebody should look at an account.
struct Alarm {
  enum class Kind : std::uint8_t {
    /// Its credentials are refused: nothing goes out until `resume`.
    credential_suspect,
    circuit_open,
    dead_letter,
    /// Most of the day's calls are used, or all.
    quota,
    /// The ledger did not take what it was told.
    ledger,
  };

  Kind kind = Kind::dead_letter;
  std::string account{};
  /// How often since the last one of its kind.
  std::uint64_t count = 1;
  /// The latest of them, in words.
  std::string sample{};
};

inline constexpr std::size_t alarm_kind_count = 5;

constexpr const char* to_string(Alarm::Kind kind) {
  constexpr std::array<const char*, alarm_kind_count> names{"credential_suspect", "circuit_open", "dead_letter",
                                                            "quota", "ledger"};
  return static_cast<std::size_t>(kind) < names.size() ? names[static_cast<std::size_t>(kind)] : "unknown";
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_ALARM_HPP
