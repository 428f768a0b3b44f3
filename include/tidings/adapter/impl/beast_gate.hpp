// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_BEAST_GATE_HPP
#define TIDINGS_ADAPTER_IMPL_BEAST_GATE_HPP

#include <tidings/adapter/impl/boost_asio.hpp>
#include <tidings/version.hpp>

#include <boost/asio/execution/context_as.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>

#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// The way from other threads to the connections of one execution context, shut before the context goes: an answer may
/// be kept longer than the server that waits for it, and a socket may not.
///
/// Thread  any.
class BeastGate {
 public:
  /// Keeps a connection while its answer is open, until `let_go` or the context's end.
  void keep(std::shared_ptr<void> connection) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    const void* const key = connection.get();
    kept_.emplace(key, std::move(connection));
  }
  /// The caller holds the connection too.
  void let_go(const void* connection) {
    const std::lock_guard lock(mutex_);
    kept_.erase(connection);
  }

  /// Has `f(connection)` called on the connection's executor, later; not at all if either is gone, or goes before.
  template <class Connection, class F>
  void post(const std::weak_ptr<Connection>& to, F f) {
    // Held while posting: until then the context cannot go. Whoever is posted may not be destroyed with it held.
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    const std::shared_ptr<Connection> connection = to.lock();
    if (!connection) return;
    boost::asio::post(connection->executor(), [to, f = std::move(f)]() mutable {
      if (const std::shared_ptr<Connection> alive = to.lock()) f(*alive);
    });
  }

  void close() {
    std::unordered_map<const void*, std::shared_ptr<void>> kept;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    kept.swap(kept_);
    // Destroyed behind the lock: callbacks are called then.
  }

 private:
  std::mutex mutex_;
  std::unordered_map<const void*, std::shared_ptr<void>> kept_;
  bool closed_ = false;
};

/// Closes the gate when its context is destroyed. Made after the services that sockets need, it goes before them.
class BeastGateService final : public boost::asio::execution_context::service {
 public:
  using key_type = BeastGateService;
  static inline boost::asio::execution_context::id id;

  explicit BeastGateService(boost::asio::execution_context& context) : service(context) {}

  /// The gate of the context that an executor belongs to.
  template <class Executor>
  static std::shared_ptr<BeastGate> gate_of(const Executor& executor) {
    boost::asio::execution_context& context =
        boost::asio::query(executor, boost::asio::execution::context_as<boost::asio::execution_context&>);
    return boost::asio::use_service<BeastGateService>(context).gate_;
  }

 private:
  void shutdown() override { gate_->close(); }

  std::shared_ptr<BeastGate> gate_ = std::make_shared<BeastGate>();
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_BEAST_GATE_HPP
