// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_LOOP_EXECUTOR_HPP
#define TIDINGS_DELIVERY_LOOP_EXECUTOR_HPP

#include <tidings/time.hpp>
#include <tidings/unique_function.hpp>

#include <chrono>
#include <memory>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// What the sans-I/O core asks of a loop. `net::Loop` is one over an `io_context`; tests run a simulated one.
///
/// Thread  `post` from any thread; everything else on the loop.
class LoopExecutor {
 public:
  virtual ~LoopExecutor() = default;

  /// Runs `work` later on the loop, never inside this call, in the order of the calls. Work posted to a loop that has
  /// ended is destroyed unrun.
  virtual void post(UniqueFunction<void()> work) = 0;
  /// True on the loop's own thread.
  virtual bool running_here() const noexcept = 0;
  /// Runs `work` on the loop after this time, give or take a tick; destroyed unrun if the loop ends before. On the loop.
  virtual void post_after(std::chrono::milliseconds span, UniqueFunction<void()> work) = 0;
  virtual steady_time now() const noexcept = 0;
  virtual wall_time wall_now() const noexcept = 0;
  /// As long as the answer lives, the loop's owner waits with ending it: for last words on their way. May be null.
  virtual std::shared_ptr<void> hold() { return nullptr; }
  /// Uniform in [0, 1): jitter for heartbeats, retries and lifetimes.
  virtual double random() noexcept = 0;
};

/// Calls `f(*state)` later on the loop that `state->loop` points to, and keeps the state until then; not at all if the
/// loop has ended.
///
/// Thread  any.
template <class State, class F>
void post_to_loop(const std::shared_ptr<State>& state, F f) {
  if (const std::shared_ptr<LoopExecutor> loop = state->loop.lock()) {
    loop->post([state, f = std::move(f)]() mutable { f(*state); });
  }
}

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_LOOP_EXECUTOR_HPP
