// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_INTERVAL_HPP
#define TIDINGS_NET_INTERVAL_HPP

#include <tidings/net/clock.hpp>
#include <tidings/net/config.hpp>
#include <tidings/unique_function.hpp>

#include TIDINGS_ASIO_HEADER(any_io_executor.hpp)
#include TIDINGS_ASIO_HEADER(post.hpp)
#include TIDINGS_ASIO_HEADER(steady_timer.hpp)
#include TIDINGS_ASIO_HEADER(strand.hpp)

#include <chrono>
#include <memory>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Calls a function again and again on an executor of the application's, one call at a time, until it is destroyed.
///
/// @tparam Executor  Any of Asio's.
/// Thread    any. A call may still run while this is destroyed; what it uses must be held weakly by it.
/// Lifetime  keeps the executor's context busy until destroyed.
template <class Executor>
class BasicInterval {
 public:
  /// @param period  > 0.
  /// @param f       `void(steady_time now)`.
  BasicInterval(const Executor& executor, std::chrono::milliseconds period, UniqueFunction<void(steady_time)> f)
      : state_(std::make_shared<State>(executor, period, std::move(f))) {
    net::post(state_->strand, [state = state_] { wait(state); });
  }
  BasicInterval(BasicInterval&&) noexcept = default;
  BasicInterval& operator=(BasicInterval&&) = delete;
  ~BasicInterval() {
    if (!state_) return;
    // The timer belongs to the strand.
    net::post(state_->strand, [state = state_] {
      state->stopped = true;
      state->timer.cancel();
    });
  }

 private:
  struct State {
    State(const Executor& executor, std::chrono::milliseconds p, UniqueFunction<void(steady_time)> function)
        : strand(net::make_strand(executor)), timer(strand), period(p), f(std::move(function)) {}

    net::strand<Executor> strand;
    net::steady_timer timer;
    std::chrono::milliseconds period;
    UniqueFunction<void(steady_time)> f;
    bool stopped = false;
  };

  static void wait(const std::shared_ptr<State>& state) {
    if (state->stopped) return;
    state->timer.expires_after(state->period);
    state->timer.async_wait([state](net_error_code ec) {
      if (ec || state->stopped) return;
      state->f(steady_now());
      wait(state);
    });
  }

  std::shared_ptr<State> state_;
};

/// On any executor.
///
/// @tparam Owner  Whatever its owner is a template of: only a unit that makes an owner compiles the interval.
template <class Owner>
struct IntervalOf {
  using type = BasicInterval<net::any_io_executor>;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_INTERVAL_HPP
