// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_RUNNER_HPP
#define TIDINGS_TESTS_SUPPORT_RUNNER_HPP

#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(executor_work_guard.hpp)
#include TIDINGS_ASIO_HEADER(io_context.hpp)

#include <cstddef>
#include <thread>
#include <vector>

namespace support {

/// A context with threads of its own.
class Runner {
 public:
  explicit Runner(std::size_t threads = 1) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { context_.run(); });
  }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner() {
    work_.reset();
    for (std::thread& each : threads_) each.join();
  }

  tidings::net::io_context& context() { return context_; }
  auto executor() { return context_.get_executor(); }

 private:
  tidings::net::io_context context_;
  tidings::net::executor_work_guard<tidings::net::io_context::executor_type> work_{context_.get_executor()};
  std::vector<std::thread> threads_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_RUNNER_HPP
