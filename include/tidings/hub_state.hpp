// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_STATE_HPP
#define TIDINGS_HUB_STATE_HPP

#include <tidings/extern_template.hpp>
#include <tidings/hub/engine.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/net/entropy.hpp>
#include <tidings/net/holds.hpp>
#include <tidings/net/loop.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// The shared core of a hub with the loops it runs on: what handles, mounts and endpoints hold weakly.
///
/// @tparam Loop  `io::Loop`; a parameter so that only a unit that makes a hub compiles this.
/// Thread    start() and end() by the owner; the rest any.
template <class Loop>
class BasicHubState : public std::enable_shared_from_this<BasicHubState<Loop>> {
 public:
  using LoopType = Loop;

  /// Loops of its own, each with a thread.
  static std::shared_ptr<BasicHubState> with_threads(delivery::AnyStore store, delivery::AnyLedger ledger,
                                                     HubOptions options) {
    std::vector<std::shared_ptr<Loop>> loops(options.loops);
    for (auto& loop : loops) loop = std::make_shared<Loop>();
    return std::shared_ptr<BasicHubState>(
        new BasicHubState(std::move(loops), std::move(store), std::move(ledger), std::move(options), true));
  }
  /// On the application's context; starts no thread.
  static std::shared_ptr<BasicHubState> on_context(net::io_context& context, delivery::AnyStore store,
                                                   delivery::AnyLedger ledger, HubOptions options) {
    return std::shared_ptr<BasicHubState>(
        new BasicHubState({Loop::over(context)}, std::move(store), std::move(ledger), std::move(options), false));
  }

  hub::Core& core() { return *core_; }
  const std::shared_ptr<hub::Core>& shared_core() { return core_; }
  Loop& loop(std::size_t index) { return *loops_[index]; }
  const std::shared_ptr<Loop>& shared_loop(std::size_t index) { return loops_[index]; }
  std::size_t loops() const { return loops_.size(); }
  net::io_context::executor_type executor() { return loops_.front()->context().get_executor(); }

  /// Where a handler without an executor of its own is called: on the first loop, which it keeps alive; once the hub is
  /// gone, on Asio's system executor.
  static io::Home home_of(const std::weak_ptr<BasicHubState>& weak) {
    if (const std::shared_ptr<BasicHubState> state = weak.lock()) return {state->executor(), state->loops_.front()};
    return io::Home::on_system();
  }

  void start() {
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      loops_[i]->start([weak = std::weak_ptr(core_), i](steady_time now) {
        if (const std::shared_ptr<hub::Core> core = weak.lock()) core->tick(i, now);
      });
    }
    core_->start([weak = this->weak_from_this()](std::error_code ec) {
      const std::shared_ptr<BasicHubState> state = weak.lock();
      if (!state) return;
      if (ec) state->core_->report(ec, "store");
      state->set_ready(ec);
    });
    if (!has_threads_) return;
    for (const std::shared_ptr<Loop>& loop : loops_) {
      threads_.emplace_back([loop] {
        const auto work = net::make_work_guard(loop->context());
        loop->context().run();
      });
    }
  }

  /// Calls `done` once the store is attached, or has said that it cannot be.
  void when_ready(Completion<> done) {
    {
      const std::lock_guard lock(ready_mutex_);
      if (!ready_) {
        waiting_.push_back(std::move(done));
        return;
      }
    }
    done(ready_error_);
  }

  /// Stops and lets go. On the application's context the rest ends on its loop; waits for that too, so that no callback
  /// of the owner's is called afterwards.
  static void end(std::shared_ptr<BasicHubState> state) {
    const auto deadline = steady_now() + state->core_->options().close_timeout;
    const bool on_a_loop = state->core_->on_a_loop();
    const std::shared_ptr<io::Holds> core_held = state->core_held_;
    state->stop(deadline);
    state.reset();
    if (!on_a_loop) core_held->wait_for_none(left_until(deadline));
  }

 private:
  // Says goodbye to all sessions, waits for their last words until `deadline`, ends the threads.
  void stop(steady_time deadline) {
    if (loops_.front()->abandoned()) {
      loops_.front()->run_as_loop([this] { end_sessions(std::chrono::milliseconds{0}); });
      loops_.front()->stop();
    } else {
      end_sessions(left_until(deadline));
      // On a loop of ours nobody would come to say the last words.
      for (const std::shared_ptr<Loop>& loop : loops_) {
        if (!core_->on_a_loop()) loop->holds().wait_for_none(left_until(deadline));
      }
      stop_ticking();
    }
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      loops_[i]->context().stop();
      // Ended from a callback on its own loop: the thread finds out when that returns.
      if (threads_[i].get_id() == std::this_thread::get_id()) {
        threads_[i].detach();
      } else {
        threads_[i].join();
      }
    }
    threads_.clear();
  }

  BasicHubState(std::vector<std::shared_ptr<Loop>> loops, delivery::AnyStore store, delivery::AnyLedger ledger,
                HubOptions options, bool has_threads)
      : loops_(std::move(loops)), has_threads_(has_threads) {
    const auto budget = std::make_shared<delivery::ByteBudget>(options.max_pending_message_bytes);
    for (const std::shared_ptr<Loop>& loop : loops_) loop->share_pending_messages(budget);
    auto core = std::make_unique<hub::Engine>(hub::Engine::Loops(loops_.begin(), loops_.end()), std::move(store),
                                              std::move(ledger), std::move(options), io::entropy());
    core_ = std::shared_ptr<hub::Engine>(
        core.release(), [loop = loops_.front(), hold = core_held_->take(), has_threads](hub::Engine* last) mutable {
          // A weak reference keeps the deleter, and must not keep the loop.
          const std::shared_ptr<Loop> home = std::move(loop);
          auto end = [hold = std::move(hold), owned = std::unique_ptr<hub::Engine>(last)]() mutable {
            owned.reset();
            hold.reset();
          };
          if (has_threads || home->abandoned()) {
            end();
          } else {
            net::post(home->context(), std::move(end));
          }
        });
  }

  static steady_time steady_now() { return io::steady_now(); }
  static std::chrono::milliseconds left_until(steady_time deadline) {
    return std::max(std::chrono::milliseconds{0},
                    std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_now()));
  }

  void end_sessions(std::chrono::milliseconds timeout) {
    const auto sessions = std::make_shared<io::Holds>();
    for (const std::shared_ptr<Loop>& loop : loops_) {
      auto close = [weak = std::weak_ptr(loop), hold = sessions->take()]() mutable {
        if (const std::shared_ptr<Loop> alive = weak.lock()) alive->close_all();
        hold.reset();
      };
      if (loop->running_here()) {
        close();
      } else {
        loop->post(std::move(close));
      }
    }
    core_->stop([hold = sessions->take()](std::error_code) mutable { hold.reset(); });
    sessions->wait_for_none(timeout);
  }

  void stop_ticking() {
    for (const std::shared_ptr<Loop>& loop : loops_) {
      if (loop->running_here()) {
        loop->stop();
      } else {
        loop->post([weak = std::weak_ptr(loop)] {
          if (const std::shared_ptr<Loop> alive = weak.lock()) alive->stop();
        });
      }
    }
  }

  void set_ready(std::error_code ec) {
    std::vector<Completion<>> waiting;
    {
      const std::lock_guard lock(ready_mutex_);
      ready_ = true;
      ready_error_ = ec;
      waiting = std::move(waiting_);
    }
    for (Completion<>& each : waiting) each(ec);
  }

  std::vector<std::shared_ptr<Loop>> loops_;
  bool has_threads_;
  std::shared_ptr<io::Holds> core_held_ = std::make_shared<io::Holds>();
  std::shared_ptr<hub::Core> core_;
  std::vector<std::thread> threads_;
  std::mutex ready_mutex_;
  bool ready_ = false;
  std::error_code ready_error_;
  std::vector<Completion<>> waiting_;
};

using HubState = BasicHubState<io::Loop>;
TIDINGS_EXTERN_TEMPLATE(class BasicHubState<io::Loop>)

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_STATE_HPP
