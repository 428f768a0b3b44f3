// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_HAPPY_EYEBALLS_HPP
#define TIDINGS_CLIENT_HAPPY_EYEBALLS_HPP

#include <tidings/time.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace client {

/// Mixes addresses of two families, one of each in turn, and keeps the order within a family; the first stays first.
///
/// @param is_v6  `(const T&) -> bool`.
/// Source       RFC 8305 4, with a First Address Family Count of 1.
template <class T, class IsV6>
std::vector<T> interleave_families(std::vector<T> addresses, IsV6 is_v6) {
  std::deque<T> same;
  std::deque<T> other;
  for (T& each : addresses) {
    const bool first = same.empty() && other.empty();
    (first || is_v6(each) == is_v6(same.front()) ? same : other).push_back(std::move(each));
  }
  std::vector<T> mixed;
  while (!same.empty() || !other.empty()) {
    for (std::deque<T>* from : {&same, &other}) {
      if (from->empty()) continue;
      mixed.push_back(std::move(from->front()));
      from->pop_front();
    }
  }
  return mixed;
}

/// Decides which addresses are tried when: one after the other with a pause between, the next at once where one failed,
/// until one is connected. The owner tries them, sets its timer to `due`, and ends the others when one won.
///
/// Source  RFC 8305 5.
class HappyEyeballs {
 public:
  struct Action {
    enum class Act {
      /// Nothing before `due`; without one, before an attempt ends.
      wait,
      /// Try the address `which`; then ask on_timer() at `due`.
      start,
      /// All have failed.
      failed,
    };
    Act act = Act::wait;
    std::size_t which = 0;
    std::optional<steady_time> due{};
  };

  /// RFC 8305 8: Connection Attempt Delay, recommended 250 ms, never below 10 ms.
  static constexpr std::chrono::milliseconds recommended_delay{250};

  /// @param count  Of addresses.
  explicit HappyEyeballs(std::size_t count, std::chrono::milliseconds delay = recommended_delay)
      : count_(count), delay_(std::max(delay, std::chrono::milliseconds(10))) {}

  Action start(steady_time now) { return next(now); }

  Action on_timer(steady_time now) {
    if (due_ && now < *due_) return {Action::Act::wait, 0, due_};
    return started_ < count_ ? next(now) : Action{};
  }

  /// One failed: the next need not wait.
  Action on_failed(steady_time now) {
    ++failed_;
    if (started_ < count_) return next(now);
    return {failed_ == count_ ? Action::Act::failed : Action::Act::wait, 0, {}};
  }

 private:
  Action next(steady_time now) {
    if (started_ == count_) return {Action::Act::failed, 0, {}};
    due_.reset();
    if (started_ + 1 < count_) due_ = now + delay_;
    return {Action::Act::start, started_++, due_};
  }

  std::size_t count_;
  std::chrono::milliseconds delay_;
  std::size_t started_ = 0;
  std::size_t failed_ = 0;
  std::optional<steady_time> due_;
};

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_HAPPY_EYEBALLS_HPP
