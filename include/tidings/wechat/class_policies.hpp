// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CLASS_POLICIES_HPP
#define TIDINGS_WECHAT_CLASS_POLICIES_HPP

#include <tidings/version.hpp>
#include <tidings/wechat/error_class.hpp>

#include <array>
#include <chrono>
#include <cstddef>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// How long one class of outcomes is borne with.
struct ClassPolicy {
  /// Tries of one message that may end so before it is given up, >= 1; 1 = never again.
  int tries = 1;
  /// Ceiling of the first wait, >= 0; what waits for a window's end waits up to this beyond it, so that not all come at
  /// once and the vendor's clock may be behind ours.
  std::chrono::milliseconds base{0};
  /// Ceiling of all waits, >= base.
  std::chrono::milliseconds cap{0};
};

/// One policy for each class; any can be replaced: `policies[ErrorClass::busy].tries = 6`.
class ClassPolicies {
 public:
  constexpr ClassPolicies() {
    using namespace std::chrono_literals;
    using enum ErrorClass;
    // The vendor: "at most three retries". Both share one budget.
    (*this)[busy] = {4, 1s, 30s};
    (*this)[unknown_outcome] = {4, 1s, 30s};
    // Once with a refreshed token.
    (*this)[token_stale] = {2, 0s, 0s};
    // A message that meets a limit sixty times has better things to do.
    (*this)[rate_limit] = {60, 1s, 30s};
    // A week of midnights.
    (*this)[quota] = {7, 60s, 60s};
    // Somebody has to do something about it: four hours of looking whether they have.
    (*this)[blocked] = {10, 60s, 30min};
  }

  constexpr ClassPolicy& operator[](ErrorClass each) { return list_[static_cast<std::size_t>(each)]; }
  constexpr const ClassPolicy& operator[](ErrorClass each) const { return list_[static_cast<std::size_t>(each)]; }

 private:
  std::array<ClassPolicy, error_class_count> list_{};
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CLASS_POLICIES_HPP
