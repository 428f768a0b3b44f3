// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_POSITION_HPP
#define TIDINGS_POSITION_HPP

#include <tidings/version.hpp>

#include <cstdint>

TIDINGS_NAMESPACE_BEGIN

/// The place of a message in its topic. Offsets begin at 1 and are given once under one epoch.
struct Position {
  /// 60 random bits; 0 = none.
  std::uint64_t epoch = 0;
  /// 48 bits; 0 = before the first message.
  std::uint64_t offset = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_POSITION_HPP
