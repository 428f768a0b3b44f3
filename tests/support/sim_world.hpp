// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_SIM_WORLD_HPP
#define TIDINGS_TESTS_SUPPORT_SIM_WORLD_HPP

#include <tidings/delivery/loop_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace support {

class SimWorld;

/// A loop of the simulated world: its work runs one piece at a time, whenever the world chooses it.
class SimLoop final : public tidings::delivery::LoopExecutor {
 public:
  explicit SimLoop(SimWorld& world) : world_(world) {}

  void post(tidings::UniqueFunction<void()> work) override { work_.push_back(std::move(work)); }
  void post_after(std::chrono::milliseconds span, tidings::UniqueFunction<void()> work) override;
  bool running_here() const noexcept override;
  tidings::steady_time now() const noexcept override;
  tidings::wall_time wall_now() const noexcept override;
  double random() noexcept override;

  bool has_work() const { return !work_.empty(); }
  void run_one();
  /// Drops what is left unrun; false if there was nothing.
  bool drop_work() { return !std::exchange(work_, {}).empty(); }

 private:
  SimWorld& world_;
  std::deque<tidings::UniqueFunction<void()>> work_;
};

/// Clock, randomness and the choice of what runs next, all out of one seed. What "happens on other threads" are events
/// that run on no loop.
class SimWorld {
 public:
  explicit SimWorld(std::uint64_t seed) : random_(seed) {}
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;
  // What is dropped may post: the last of several answers completes its question.
  ~SimWorld() {
    events_.clear();
    for (bool dropped = true; dropped;) {
      dropped = false;
      for (const auto& loop : loops_) dropped = loop->drop_work() || dropped;
    }
  }

  std::mt19937_64& engine() { return random_; }
  /// 0 .. below - 1.
  std::size_t pick(std::size_t below) { return static_cast<std::size_t>(random_() % below); }
  bool chance(double probability) { return fraction() < probability; }
  double fraction() { return static_cast<double>(random_() >> 11U) * 0x1.0p-53; }

  tidings::steady_time now() const { return now_; }
  tidings::wall_time wall_now() const {
    return {1'700'000'000'000 + std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch()).count()};
  }

  std::shared_ptr<SimLoop> make_loop() {
    loops_.push_back(std::make_shared<SimLoop>(*this));
    return loops_.back();
  }

  /// An event on no loop.
  void after(std::chrono::milliseconds delay, std::function<void()> event) {
    events_.emplace(now_ + delay, std::move(event));
  }

  /// Runs one piece of work, else the next event; false when nothing is left before `until`.
  bool step(tidings::steady_time until) {
    std::vector<SimLoop*> ready;
    for (const auto& loop : loops_) {
      if (loop->has_work()) ready.push_back(loop.get());
    }
    const bool event_due = !events_.empty() && events_.begin()->first <= now_;
    const std::size_t choices = ready.size() + (event_due ? 1 : 0);
    if (choices > 0) {
      const std::size_t choice = pick(choices);
      if (choice < ready.size()) {
        run_on(*ready[choice]);
      } else {
        run_event();
      }
      return true;
    }
    if (events_.empty() || events_.begin()->first > until) return false;
    now_ = events_.begin()->first;
    run_event();
    return true;
  }

  void run_for(std::chrono::milliseconds span) {
    const tidings::steady_time until = now_ + span;
    while (step(until)) {
    }
    now_ = until;
  }

  /// Runs a function as if on a loop's thread.
  template <class F>
  void on(SimLoop& loop, F&& f) {
    SimLoop* const before = std::exchange(running_, &loop);
    f();
    running_ = before;
  }

 private:
  friend class SimLoop;

  void run_on(SimLoop& loop) {
    on(loop, [&] { loop.run_one(); });
  }
  void run_event() {
    auto event = events_.extract(events_.begin());
    event.mapped()();
  }

  std::mt19937_64 random_;
  tidings::steady_time now_{std::chrono::hours(1)};
  std::multimap<tidings::steady_time, std::function<void()>> events_;
  std::vector<std::shared_ptr<SimLoop>> loops_;
  SimLoop* running_ = nullptr;
};

inline void SimLoop::post_after(std::chrono::milliseconds span, tidings::UniqueFunction<void()> work) {
  const auto shared = std::make_shared<tidings::UniqueFunction<void()>>(std::move(work));
  world_.after(span, [this, shared] { post([shared] { (*shared)(); }); });
}
inline bool SimLoop::running_here() const noexcept { return world_.running_ == this; }
inline tidings::steady_time SimLoop::now() const noexcept { return world_.now(); }
inline tidings::wall_time SimLoop::wall_now() const noexcept { return world_.wall_now(); }
inline double SimLoop::random() noexcept { return world_.fraction(); }
inline void SimLoop::run_one() {
  tidings::UniqueFunction<void()> work = std::move(work_.front());
  work_.pop_front();
  work();
}

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_SIM_WORLD_HPP
