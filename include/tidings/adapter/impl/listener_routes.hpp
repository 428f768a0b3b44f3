// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_LISTENER_ROUTES_HPP
#define TIDINGS_ADAPTER_IMPL_LISTENER_ROUTES_HPP

#include <tidings/adapter/listener.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// Which handler serves which path.
///
/// Thread  any; a handler that is being taken away may still be in a call.
template <class Loop>
class ListenerRoutes {
 public:
  /// Throws `std::invalid_argument` for a path that no request can have.
  std::uint64_t add(std::string path, typename BasicListener<Loop>::Handler handler) {
    if (!path.starts_with('/')) throw std::invalid_argument("a path begins with a slash: " + path);
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const std::lock_guard lock(mutex_);
    routes_.push_back({++last_id_, std::move(path),
                       std::make_shared<const typename BasicListener<Loop>::Handler>(std::move(handler))});
    return last_id_;
  }

  void remove(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    std::erase_if(routes_, [id](const Route& each) { return each.id == id; });
  }

  std::shared_ptr<const typename BasicListener<Loop>::Handler> find(std::string_view path) const {
    const std::lock_guard lock(mutex_);
    const Route* best = nullptr;
    for (const Route& each : routes_) {
      if (serves(each.path, path) && (best == nullptr || each.path.size() > best->path.size())) best = &each;
    }
    return best == nullptr ? nullptr : best->handler;
  }

 private:
  struct Route {
    std::uint64_t id = 0;
    std::string path;
    std::shared_ptr<const typename BasicListener<Loop>::Handler> handler;
  };

  static bool serves(std::string_view route, std::string_view path) {
    if (route == "/") return true;
    return path.starts_with(route) && (path.size() == route.size() || path[route.size()] == '/');
  }

  mutable std::mutex mutex_;
  std::vector<Route> routes_;
  std::uint64_t last_id_ = 0;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_LISTENER_ROUTES_HPP
