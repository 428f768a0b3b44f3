// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_DEADLINE_HPP
#define TIDINGS_NET_DEADLINE_HPP

#include <tidings/net/timed.hpp>
#include <tidings/unique_function.hpp>

#include <chrono>
#include <memory>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// A call that is due; kept by its loop until then.
template <class Loop>
class Deadline final : private Timed {
 public:
  Deadline(Loop& loop, UniqueFunction<void()> f) : loop_(loop), f_(std::move(f)) {}
  ~Deadline() {
    if (waiting()) loop_.cancel(*this);
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void start(std::chrono::milliseconds after) { loop_.schedule(*this, after); }

 private:
  void on_due() override {
    UniqueFunction<void()> f = std::move(f_);
    loop_.let_go(this);
    f();
  }

  Loop& loop_;
  UniqueFunction<void()> f_;
};

/// Calls `f` on the loop after this time, give or take a tick; not at all if the loop ends before.
///
/// Thread  any.
template <class Loop>
void after(const std::shared_ptr<Loop>& loop, std::chrono::milliseconds span, UniqueFunction<void()> f) {
  loop->post([weak = std::weak_ptr(loop), span, f = std::move(f)]() mutable {
    const std::shared_ptr<Loop> alive = weak.lock();
    if (!alive) return;
    alive->post_after(span, std::move(f));
  });
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_DEADLINE_HPP
