// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_RESTINIO_HELD_HPP
#define TIDINGS_ADAPTER_IMPL_RESTINIO_HELD_HPP

#include <tidings/version.hpp>

#include <restinio/asio_include.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// What the hub holds of RESTinio's: a connection that is to be answered, or a socket. Such things must be gone before
/// their io_context is.
class RestinioHeld {
 public:
  RestinioHeld() = default;
  RestinioHeld(const RestinioHeld&) = delete;
  RestinioHeld& operator=(const RestinioHeld&) = delete;
  virtual ~RestinioHeld() = default;
  /// The connection has ended, or its io_context does.
  virtual void on_end() = 0;
};

/// Everything held of one io_context.
///
/// Thread  any.
class RestinioHolding {
 public:
  void add(const std::shared_ptr<RestinioHeld>& held) {
    const std::lock_guard lock(mutex_);
    all_.emplace(held.get(), held);
  }
  void remove(const RestinioHeld* held) {
    const std::lock_guard lock(mutex_);
    all_.erase(held);
  }
  void end() {
    std::unique_lock lock(mutex_);
    const auto all = std::move(all_);
    all_.clear();
    lock.unlock();
    for (const auto& [address, weak] : all) {
      if (const auto held = weak.lock()) held->on_end();
    }
  }

 private:
  std::mutex mutex_;
  std::unordered_map<const RestinioHeld*, std::weak_ptr<RestinioHeld>> all_;
};

/// Tells when an io_context is destroyed: the services that sockets and strands live by are still there then.
class RestinioContextService final : public restinio::asio_ns::execution_context::service {
 public:
  inline static restinio::asio_ns::execution_context::id id;

  explicit RestinioContextService(restinio::asio_ns::execution_context& context)
      : restinio::asio_ns::execution_context::service(context) {}

  template <class Executor>
  static std::shared_ptr<RestinioHolding> holding_of(const Executor& executor) {
    namespace asio_ns = restinio::asio_ns;
    auto& context = asio_ns::query(executor, asio_ns::execution::context_as_t<asio_ns::execution_context&>{});
    return asio_ns::use_service<RestinioContextService>(context).holding_;
  }

 private:
  void shutdown() override { holding_->end(); }

  std::shared_ptr<RestinioHolding> holding_ = std::make_shared<RestinioHolding>();
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_RESTINIO_HELD_HPP
