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
/// tidings::adapter::BlockingAnswer answer;
/// endpoint->answer(snapshot, answer.responder());
/// auto got = answer.wait([&] { return !request.is_connection_closed(); }, 500ms);
/// ```
/// Thread    `wait` on the server's thread; the responder from any.
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

  /// Waits for the answer; none when the peer is gone.
  ///
  /// @param alive  `() -> bool`, a cheap probe, called every tick.
  template <class Alive>
  std::optional<Answered> wait(Alive alive, std::chrono::milliseconds tick) {
    std::unique_lock lock(state_->mutex);
    while (!state_->wake.wait_for(lock, tick, [this] { return state_->answered.has_value(); })) {
      lock.unlock();
      if (!alive()) {
        state_->give_up();
        return std::nullopt;
      }
      lock.lock();
    }
    return std::move(state_->answered);
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<Answered> answered;
    UniqueFunction<void()> gone;
    bool used = false;
    bool dead = false;

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
class BlockingAnswer::Responder {
 public:
  static constexpr Capabilities capabilities{.late_answer = true,
                                             .gone_while_idle = true,
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
    {
      const std::lock_guard lock(state_->mutex);
      if (std::exchange(state_->used, true) || state_->dead) return;
      state_->answered.emplace(Answered{std::move(head), std::move(body)});
      state_->gone = nullptr;
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

inline BlockingAnswer::Responder BlockingAnswer::responder() { return Responder(state_); }

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_BLOCKING_ANSWER_HPP
