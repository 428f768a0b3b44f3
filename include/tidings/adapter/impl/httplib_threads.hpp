// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_HTTPLIB_THREADS_HPP
#define TIDINGS_ADAPTER_IMPL_HTTPLIB_THREADS_HPP

#include <tidings/adapter/httplib_options.hpp>
#include <tidings/adapter/impl/httplib_connection.hpp>
#include <tidings/adapter/thread_cap.hpp>
#include <tidings/unique_function.hpp>

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// The threads of one cpp-httplib server, shared by all mounts on it: how many there are, how many wait, and how those
/// that wait are woken when the server stops.
///
/// Thread  any.
class HttplibThreads {
 public:
  /// Takes a waiting thread off the list again.
  class Waiting {
   public:
    Waiting(HttplibThreads& threads, std::size_t id) : threads_(threads), id_(id) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() {
      const std::lock_guard lock(threads_.mutex_);
      threads_.waiting_.erase(id_);
      threads_.left_.notify_all();
    }

   private:
    HttplibThreads& threads_;
    std::size_t id_;
  };

  /// @param interrupt   Only sets a flag and wakes: it is called with a lock held.
  /// @param connection  What the thread may be stuck in a write to; none if it only waits.
  Waiting wait(UniqueFunction<void()> interrupt, const HttplibConnection* connection = nullptr) {
    const std::lock_guard lock(mutex_);
    if (stopping_) interrupt();
    waiting_.emplace(++last_id_, Waiter{std::move(interrupt), connection});
    return {*this, last_id_};
  }

  void add(const HttplibOptions& options) {
    const std::lock_guard lock(mutex_);
    pinned_ += options.max_pinned;
    if (others_ < options.other_threads) others_ = options.other_threads;
  }

  /// The server begins to listen.
  std::size_t on_start() {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
    governed_ = true;
    return pinned_ + others_;
  }
  /// Wakes all that wait. A client that takes nothing would hold its thread, and with it the server, for the whole
  /// write timeout: it is cut after a while.
  void on_stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    for (auto& [id, waiter] : waiting_) waiter.interrupt();
    left_.wait_for(lock, defaults::last_words_timeout, [this] {
      return std::none_of(waiting_.begin(), waiting_.end(), [](const auto& each) { return each.second.connection; });
    });
    for (auto& [id, waiter] : waiting_) {
      if (waiter.connection != nullptr) waiter.connection->cut();
    }
  }

  /// Whether the server uses the task queue that `mount` gave it, and so tells us when it stops.
  bool governed() const { return governed_; }

 private:
  struct Waiter {
    UniqueFunction<void()> interrupt;
    const HttplibConnection* connection;
  };

  std::mutex mutex_;
  std::condition_variable left_;
  std::map<std::size_t, Waiter> waiting_;
  std::size_t last_id_ = 0;
  std::size_t pinned_ = 0;
  std::size_t others_ = 0;
  bool stopping_ = false;
  std::atomic<bool> governed_{false};
};

/// cpp-httplib's own pool, of the right size; a server that stops wakes the threads that wait for news.
class HttplibTaskQueue final : public httplib::TaskQueue {
  // `void` up to 0.13, `bool` later.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(std::function<void()>{}));

 public:
  explicit HttplibTaskQueue(std::shared_ptr<HttplibThreads> threads)
      : threads_(std::move(threads)), pool_(threads_->on_start()) {}

  Enqueued enqueue(std::function<void()> job) override { return pool_.enqueue(std::move(job)); }
  void on_idle() override { pool_.on_idle(); }
  void shutdown() override {
    threads_->on_stop();
    pool_.shutdown();
  }

 private:
  std::shared_ptr<HttplibThreads> threads_;
  httplib::ThreadPool pool_;
};

/// What `mount` puts into `Server::new_task_queue`; a second mount finds it there.
struct HttplibTaskQueueFactory {
  std::shared_ptr<HttplibThreads> threads;

  httplib::TaskQueue* operator()() const { return new HttplibTaskQueue(threads); }

  static std::shared_ptr<HttplibThreads> threads_of(httplib::Server& server, const HttplibOptions& options) {
    if (auto* const ours = server.new_task_queue.target<HttplibTaskQueueFactory>()) {
      ours->threads->add(options);
      return ours->threads;
    }
    HttplibTaskQueueFactory factory{std::make_shared<HttplibThreads>()};
    factory.threads->add(options);
    server.new_task_queue = factory;
    return factory.threads;
  }
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_HTTPLIB_THREADS_HPP
