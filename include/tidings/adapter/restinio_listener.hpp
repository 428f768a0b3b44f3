// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_RESTINIO_LISTENER_HPP
#define TIDINGS_ADAPTER_RESTINIO_LISTENER_HPP

#include <tidings/adapter/impl/restinio_held.hpp>

#include <restinio/connection_state_listener.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// Learns from RESTinio that a connection has ended: its only way to tell. `RestinioTraits` names it, `preset` installs it.
///
/// Thread  any.
class RestinioListener {
 public:
  void state_changed(const restinio::connection_state::notice_t& notice) noexcept {
    namespace state = restinio::connection_state;
    const auto cause = notice.cause();
    if (restinio::holds_alternative<state::accepted_t>(cause)) {
      const std::lock_guard lock(mutex_);
      connections_.try_emplace(notice.connection_id());
    } else {
      end(notice.connection_id());
    }
  }

  /// False for a connection that it was not told of: another listener is installed.
  bool add(restinio::connection_id_t connection, const std::shared_ptr<detail::RestinioHeld>& held) {
    const std::lock_guard lock(mutex_);
    const auto found = connections_.find(connection);
    if (found == connections_.end()) return false;
    found->second.push_back(held);
    return true;
  }
  void remove(restinio::connection_id_t connection, const detail::RestinioHeld* held) {
    const std::lock_guard lock(mutex_);
    const auto found = connections_.find(connection);
    if (found == connections_.end()) return;
    std::erase_if(found->second, [held](const auto& weak) { return weak.expired() || weak.lock().get() == held; });
  }
  /// RESTinio says nothing of a connection that was taken from it.
  void end(restinio::connection_id_t connection) {
    std::unique_lock lock(mutex_);
    const auto ended = connections_.extract(connection);
    lock.unlock();
    if (!ended) return;
    for (const auto& weak : ended.mapped()) {
      if (const auto held = weak.lock()) held->on_end();
    }
  }

 private:
  std::mutex mutex_;
  std::unordered_map<restinio::connection_id_t, std::vector<std::weak_ptr<detail::RestinioHeld>>> connections_;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_RESTINIO_LISTENER_HPP
