// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_BLOCKING_ANSWER_HPP
#define TIDINGS_ADAPTER_BLOCKING_ANSWER_HPP

#include <tidings/concepts.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// A late answer at a server whose handler must return with it: the handler's thread waits in `wait`.
///
/// ```cpp
/// tidings::adapter::BlockingAnswer<true> answer;
/// endpoint->answer(snapshot, answer.responder());
/// auto got = answer.wait([&] { return !request.is_connection_closed(); }, 500ms);
/// ```
/// @tparam SeesGone  The server lets its thread find out that the client is gone while it waits.
/// Thread    `wait` on the server's thread; the responder and `interrupt` from any.
template <bool SeesGone>
class BlockingAnswer {
 public:
  class Responder;

  struct Answered {
    ResponseHead head;
    SharedBytes body;
  };

  BlockingAnswer() = default;
  BlockingAnswer(const BlockingAnswer&) = delete;
  BlockingAnswer& operator=(const BlockingAnswer&) = delete;
  ~BlockingAnswer() { state_->give_up(); }

  /// The other end; once.
  Responder responder();

  /// Ends the waiting from outside: the server stops.
  void interrupt() {
    {
      const std::lock_guard lock(state_->mutex);
      state_->interrupted = true;
    }
    state_->wake.notify_all();
  }

  /// Waits for the answer; none when the peer is gone or the server stops.
  ///
  /// @param alive  `() -> bool`, a cheap probe, called every tick.
  template <class Alive>
  std::optional<Answered> wait(Alive alive, std::chrono::milliseconds tick) {
    std::unique_lock lock(state_->mutex);
    while (!state_->wake.wait_for(lock, tick, [this] { return state_->answered || state_->interrupted; })) {
      lock.unlock();
      if (!alive()) break;
      lock.lock();
    }
    if (!lock.owns_lock()) lock.lock();
    if (state_->answered) return std::move(state_->answered);
    lock.unlock();
    state_->give_up();
    return std::nullopt;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<Answered> answered;
    UniqueFunction<void()> gone;
    bool used = false;
    bool dead = false;
    bool interrupted = false;

    void give_up() {
      UniqueFunction<void()> tell;
      {
        const std::lock_guard lock(mutex);
        if (std::exchange(dead, true)) return;
        if (!used) tell = std::move(gone);
      }
      if (tell) tell();
    }
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// Models Responder.
template <bool SeesGone>
class BlockingAnswer<SeesGone>::Responder {
 public:
  static constexpr Capabilities capabilities{.late_answer = true,
                                             .gone_while_idle = SeesGone,
                                             .write_completion = false,
                                             .pins_thread = true,
                                             .http10_stream = true};

  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept {
    if (this != &other) {
      refuse();
      state_ = std::move(other.state_);
    }
    return *this;
  }
  ~Responder() { refuse(); }

  void respond(ResponseHead head, SharedBytes body) {
    UniqueFunction<void()> unneeded;
    {
      const std::lock_guard lock(state_->mutex);
      if (std::exchange(state_->used, true) || state_->dead) return;
      state_->answered.emplace(Answered{std::move(head), std::move(body)});
      unneeded = std::move(state_->gone);
    }
    state_->wake.notify_all();
  }
  void on_gone(UniqueFunction<void()> gone) {
    bool dead = false;
    {
      const std::lock_guard lock(state_->mutex);
      dead = state_->dead && !state_->used;
      if (!dead && !state_->used) state_->gone = std::move(gone);
    }
    if (dead && gone) gone();
  }

 private:
  friend class BlockingAnswer;
  explicit Responder(std::shared_ptr<State> state) : state_(std::move(state)) {}

  void refuse() {
    if (state_) respond({503, {{"Retry-After", "1"}}}, share_bytes({}));
  }

  std::shared_ptr<State> state_;
};

template <bool SeesGone>
typename BlockingAnswer<SeesGone>::Responder BlockingAnswer<SeesGone>::responder() {
  return Responder(state_);
}

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_BLOCKING_ANSWER_HPP
