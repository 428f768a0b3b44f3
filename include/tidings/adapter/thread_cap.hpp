// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_THREAD_CAP_HPP
#define TIDINGS_ADAPTER_THREAD_CAP_HPP

#include <tidings/version.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// Counts the threads of a server that wait for streams and long polls, so that some are always left for its other
/// requests.
///
/// Thread  any.
class ThreadCap : public std::enable_shared_from_this<ThreadCap> {
 public:
  explicit ThreadCap(std::size_t most) : most_(most) {}

  /// A pinned thread; empty when the cap is reached.
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&&) noexcept = default;
    Pin& operator=(Pin&& other) noexcept {
      release();
      cap_ = std::move(other.cap_);
      return *this;
    }
    ~Pin() { release(); }
    explicit operator bool() const { return cap_ != nullptr; }

   private:
    friend class ThreadCap;
    explicit Pin(std::shared_ptr<ThreadCap> cap) : cap_(std::move(cap)) {}
    void release() {
      if (const auto cap = std::exchange(cap_, nullptr)) cap->pinned_.fetch_sub(1);
    }

    std::shared_ptr<ThreadCap> cap_;
  };

  Pin pin() {
    if (pinned_.fetch_add(1) < most_) return Pin(shared_from_this());
    pinned_.fetch_sub(1);
    return {};
  }
  std::size_t pinned() const { return pinned_.load(); }

 private:
  std::size_t most_;
  std::atomic<std::size_t> pinned_{0};
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_THREAD_CAP_HPP
