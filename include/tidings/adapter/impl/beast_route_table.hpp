// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_BEAST_ROUTE_TABLE_HPP
#define TIDINGS_ADAPTER_IMPL_BEAST_ROUTE_TABLE_HPP

#include <tidings/endpoint.hpp>
#include <tidings/protocol/http/query.hpp>

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// Which endpoint serves which path.
///
/// Thread  any; an endpoint that is being taken away may still be in a call.
class BeastRouteTable {
 public:
  /// Throws `std::invalid_argument` for a path that no request can have.
  void add(std::string path, std::shared_ptr<Endpoint> endpoint) {
    if (!path.starts_with('/')) throw std::invalid_argument("a path begins with a slash: " + path);
    // `/` becomes empty, and serves everything.
    if (path.ends_with('/')) path.pop_back();
    const std::lock_guard lock(mutex_);
    entries_.push_back({std::move(path), std::move(endpoint)});
  }

  void remove(const Endpoint* endpoint) {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [endpoint](const Entry& each) { return each.endpoint.get() == endpoint; });
  }

  /// The endpoint of the longest path; none if nothing is mounted there.
  std::shared_ptr<Endpoint> find(std::string_view target) const {
    const std::string_view path = protocol::target_path(target);
    const std::lock_guard lock(mutex_);
    const Entry* best = nullptr;
    for (const Entry& each : entries_) {
      const std::size_t size = each.path.size();
      const bool serves = path.starts_with(each.path) && (path.size() == size || path[size] == '/');
      if (serves && (best == nullptr || size > best->path.size())) best = &each;
    }
    return best == nullptr ? nullptr : best->endpoint;
  }

 private:
  struct Entry {
    std::string path;
    std::shared_ptr<Endpoint> endpoint;
  };

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_BEAST_ROUTE_TABLE_HPP
