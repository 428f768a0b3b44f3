// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_TOKEN_STEP_HPP
#define TIDINGS_WECHAT_TOKEN_STEP_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/token_record.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What is to be done for a token: one thing, whose end is told with the same `flight`; and whom to wake.
struct TokenStep {
  enum class Do : std::uint8_t {
    nothing,
    /// Read the store: `on_read`.
    read,
    /// Claim the key until `until`: `on_claimed`.
    claim,
    /// Ask the API for a token: `on_fetched` or `on_fetch_failed`.
    fetch,
    /// Write `record` where `expected` is the stored generation: `on_written`.
    write,
    /// Come back at `at`: `on_waited`.
    wait,
  };

  Do act = Do::nothing;
  std::uint64_t flight = 0;
  /// All who wait may ask again.
  bool wake = false;
  /// Release the claim; nobody waits for it.
  bool release = false;
  TokenRecord record{};
  std::uint64_t expected = 0;
  wall_time until{};
  steady_time at{};
};

constexpr const char* to_string(TokenStep::Do act) {
  constexpr std::array<const char*, 6> names{"nothing", "read", "claim", "fetch", "write", "wait"};
  return static_cast<std::size_t>(act) < names.size() ? names[static_cast<std::size_t>(act)] : "unknown";
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_TOKEN_STEP_HPP
