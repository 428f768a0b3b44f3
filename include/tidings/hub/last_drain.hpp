// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_LAST_DRAIN_HPP
#define TIDINGS_HUB_LAST_DRAIN_HPP

#include <tidings/protocol/cursor.hpp>
#include <tidings/version.hpp>

#include <optional>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// Where the last drain of a device ended.
struct LastDrain {
  /// None: it has not drained yet, or is forgotten.
  std::optional<protocol::Cursor> cursor;
  /// It may have been here and be forgotten.
  bool lost = false;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_LAST_DRAIN_HPP
