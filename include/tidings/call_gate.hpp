// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CALL_GATE_HPP
#define TIDINGS_CALL_GATE_HPP

#include <tidings/version.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// Lets calls into a user's function until it is closed, and does not return from closing while a call is inside: what
/// the function refers to may be destroyed afterwards.
///
/// @tparam Mutex  `std::mutex`; a parameter so that only a unit that calls through a gate compiles this.
/// Thread    any. A call may close the gate that it is in; it then waits for the others only.
template <class Mutex>
class BasicCallGate {
 public:
  BasicCallGate() = default;
  BasicCallGate(const BasicCallGate&) = delete;
  BasicCallGate& operator=(const BasicCallGate&) = delete;

  /// Calls `f` unless the gate is closed; says whether it did. What `f` throws passes through.
  template <class F>
  bool call(F&& f) {
    if (!enter()) return false;
    const Inside inside{*this};
    f();
    return true;
  }

  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    const std::thread::id me = std::this_thread::get_id();
    left_.wait(lock, [&] {
      return std::all_of(inside_.begin(), inside_.end(), [me](std::thread::id each) { return each == me; });
    });
  }

 private:
  struct Inside {
    BasicCallGate& gate;
    explicit Inside(BasicCallGate& g) : gate(g) {}
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { gate.leave(); }
  };

  bool enter() {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    inside_.push_back(std::this_thread::get_id());
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    inside_.erase(std::find(inside_.begin(), inside_.end(), std::this_thread::get_id()));
    if (closed_) left_.notify_all();
  }

  Mutex mutex_;
  std::condition_variable left_;
  std::vector<std::thread::id> inside_;
  bool closed_ = false;
};

using CallGate = BasicCallGate<std::mutex>;

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CALL_GATE_HPP
