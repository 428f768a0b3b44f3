// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_DRAINS_HPP
#define TIDINGS_HUB_DRAINS_HPP

#include <tidings/protocol/cursor.hpp>

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// What the last drain of each device returned: the cursor of clients that keep none.
///
/// Thread    any. Bounded: the device not heard of for longest goes first, and begins at its user's acknowledged
/// offset.
class Drains {
 public:
  explicit Drains(std::size_t most) : most_(most) {}

  std::optional<protocol::Cursor> find(const std::string& user, const std::string& device) const {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key(user, device));
    if (found == index_.end()) return std::nullopt;
    return found->second->second;
  }

  void set(const std::string& user, const std::string& device, const protocol::Cursor& cursor) {
    const std::lock_guard lock(mutex_);
    std::string name = key(user, device);
    const auto found = index_.find(name);
    if (found != index_.end()) {
      found->second->second = cursor;
      order_.splice(order_.end(), order_, found->second);
      return;
    }
    if (index_.size() >= most_) {
      index_.erase(order_.front().first);
      order_.pop_front();
    }
    order_.emplace_back(name, cursor);
    index_[std::move(name)] = std::prev(order_.end());
  }

 private:
  using Entry = std::pair<std::string, protocol::Cursor>;

  static std::string key(const std::string& user, const std::string& device) { return user + '\n' + device; }

  mutable std::mutex mutex_;
  std::list<Entry> order_;
  std::unordered_map<std::string, std::list<Entry>::iterator> index_;
  std::size_t most_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_DRAINS_HPP
