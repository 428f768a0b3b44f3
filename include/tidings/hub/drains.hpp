// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_DRAINS_HPP
#define TIDINGS_HUB_DRAINS_HPP

#include <tidings/hub/device_table.hpp>
#include <tidings/hub/last_drain.hpp>
#include <tidings/protocol/cursor.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// What the last drain of each device returned: the cursor of clients that keep none.
///
/// @tparam Loop  As for `BasicEngine`.
/// Thread    any. Bounded as `DeviceTable` says: one that may have been forgotten is said to be lost.
template <class Loop>
class BasicDrains {
 public:
  BasicDrains(std::size_t most, std::size_t most_of_user) : cursors_(most, most_of_user) {}

  LastDrain find(const std::string& user, const std::string& device) const {
    const std::lock_guard lock(mutex_);
    const protocol::Cursor* const cursor = cursors_.find(user, device);
    if (cursor != nullptr) return {*cursor};
    return {std::nullopt, cursors_.may_have_forgotten(user)};
  }

  void set(const std::string& user, const std::string& device, const protocol::Cursor& cursor) {
    const std::lock_guard lock(mutex_);
    cursors_.touch(user, device, [] { return protocol::Cursor(); }) = cursor;
  }

 private:
  mutable std::mutex mutex_;
  DeviceTable<protocol::Cursor> cursors_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_DRAINS_HPP
