// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_CURL_CALLS_HPP
#define TIDINGS_IMPL_CURL_CALLS_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// Which call may begin: so many at a time, so many to one server, otherwise in the order in which they came.
template <class T>
class CurlCalls {
 public:
  /// @param calls  Held at a time; @param under_way  of them; @param per_server  of those under way to one server.
  CurlCalls(std::size_t calls, std::size_t under_way, std::size_t per_server)
      : max_calls_(calls), max_under_way_(under_way), max_per_server_(per_server) {}

  bool full() const { return waiting_.size() + under_way_ >= max_calls_; }

  /// Not while it is full.
  void add(std::string server, steady_time until, T call) {
    const std::uint64_t number = ++last_;
    servers_[server].waiting.insert(number);
    expiry_.emplace(until, number);
    waiting_.emplace(number, Waiting{std::move(server), until, std::move(call)});
  }

  /// The next one that may begin; under way until `ended`.
  std::optional<T> begin() {
    if (under_way_ >= max_under_way_) return std::nullopt;
    Server* found = nullptr;
    for (auto& [name, server] : servers_) {
      if (server.waiting.empty() || server.under_way >= max_per_server_) continue;
      if (found == nullptr || *server.waiting.begin() < *found->waiting.begin()) found = &server;
    }
    if (found == nullptr) return std::nullopt;
    ++under_way_;
    ++found->under_way;
    return take(*found->waiting.begin());
  }
  void ended(const std::string& server) {
    const auto at = servers_.find(server);
    --under_way_;
    --at->second.under_way;
    forget_idle(at);
  }

  /// Those that waited for too long.
  std::vector<T> expire(steady_time now) {
    std::vector<T> late;
    while (!expiry_.empty() && expiry_.begin()->first <= now) late.push_back(drop(expiry_.begin()->second));
    return late;
  }
  std::optional<steady_time> next_expiry() const {
    return expiry_.empty() ? std::nullopt : std::optional(expiry_.begin()->first);
  }

  /// All that wait, in their order.
  std::vector<T> drain() {
    std::vector<T> all;
    while (!waiting_.empty()) all.push_back(drop(waiting_.begin()->first));
    return all;
  }

 private:
  struct Server {
    std::set<std::uint64_t> waiting{};
    std::size_t under_way = 0;
  };
  struct Waiting {
    std::string server;
    steady_time until;
    T call;
  };
  using Servers = std::map<std::string, Server>;

  void forget_idle(typename Servers::iterator at) {
    if (at->second.waiting.empty() && at->second.under_way == 0) servers_.erase(at);
  }
  T take(std::uint64_t number) {
    const auto at = waiting_.find(number);
    servers_.find(at->second.server)->second.waiting.erase(number);
    expiry_.erase({at->second.until, number});
    T call = std::move(at->second.call);
    waiting_.erase(at);
    return call;
  }
  T drop(std::uint64_t number) {
    const auto server = servers_.find(waiting_.find(number)->second.server);
    T call = take(number);
    forget_idle(server);
    return call;
  }

  std::size_t max_calls_;
  std::size_t max_under_way_;
  std::size_t max_per_server_;
  std::size_t under_way_ = 0;
  std::uint64_t last_ = 0;
  // By arrival.
  std::map<std::uint64_t, Waiting> waiting_;
  std::set<std::pair<steady_time, std::uint64_t>> expiry_;
  Servers servers_;
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_CURL_CALLS_HPP
