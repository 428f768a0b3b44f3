// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CIRCUIT_BREAKER_HPP
#define TIDINGS_WECHAT_CIRCUIT_BREAKER_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// Keeps calls from an endpoint that fails, and looks with one probe at a time whether it still does. No clock.
///
/// It opens after so many failures in a row within a window; a success in between forgets them, so that a share of
/// failures that retries get over does not open it. Calls that began before it opened or closed say nothing any more.
///
/// ```cpp
/// const CircuitBreaker::Pass pass = breaker.ask(now);
/// if (!pass) return wait_until(breaker.opens_next());
/// call([pass](bool ok) { ok ? breaker.on_success(pass) : breaker.on_failure(pass, clock::now()); });
/// ```
/// Thread  one at a time.
class CircuitBreaker {
 public:
  struct Options {
    /// In a row, >= 1.
    std::size_t failures = 10;
    std::chrono::milliseconds window{30'000};
    /// It stays open so long, > 0, and twice as long after each probe that fails, up to `longest`.
    std::chrono::milliseconds open{5'000};
    std::chrono::milliseconds longest{300'000};
    /// A probe of which nothing is heard for so long is forgotten.
    std::chrono::milliseconds probe_patience{30'000};
  };
  enum class State { closed, open, half_open };
  /// Leave for one call.
  struct Pass {
    bool allowed = false;
    std::uint64_t round = 0;

    explicit operator bool() const { return allowed; }
  };

  CircuitBreaker() = default;
  explicit CircuitBreaker(Options options) : options_(options) {}

  Pass ask(steady_time now) {
    if (state_ == State::closed) return {true, round_};
    if (now < next_) return {};
    state_ = State::half_open;
    next_ = now + options_.probe_patience;
    return {true, ++round_};
  }

  void on_success(Pass pass) {
    if (pass.round != round_) return;
    failed_.clear();
    if (state_ == State::closed) return;
    state_ = State::closed;
    wait_ = std::chrono::milliseconds(0);
    ++round_;
  }

  void on_failure(Pass pass, steady_time now) {
    if (pass.round != round_ || state_ == State::open) return;
    if (state_ == State::half_open) {
      trip(now);
      return;
    }
    failed_.push_back(now);
    if (failed_.size() > options_.failures) failed_.pop_front();
    if (failed_.size() == options_.failures && now - failed_.front() <= options_.window) trip(now);
  }

  /// Opens at once, for what one answer is enough.
  void trip(steady_time now) { trip(now, std::clamp(2 * wait_, options_.open, options_.longest)); }
  /// Likewise, for so long.
  void trip(steady_time now, std::chrono::milliseconds wait) {
    wait_ = wait;
    next_ = now + wait;
    state_ = State::open;
    failed_.clear();
    ++round_;
  }

  State state() const { return state_; }
  /// When the next call is let through, unless it is closed.
  steady_time opens_next() const { return next_; }

 private:
  Options options_{};
  State state_ = State::closed;
  std::deque<steady_time> failed_{};
  std::chrono::milliseconds wait_{0};
  steady_time next_{};
  std::uint64_t round_ = 0;
};

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CIRCUIT_BREAKER_HPP
