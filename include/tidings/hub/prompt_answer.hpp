// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_PROMPT_ANSWER_HPP
#define TIDINGS_HUB_PROMPT_ANSWER_HPP

#include <tidings/defaults.hpp>
#include <tidings/hub/any_responder.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// The answer for a server that must have it before its handler returns: the handler's thread waits for it here.
///
/// Thread    `wait` on the handler's; the responder from any.
class PromptAnswer {
 public:
  struct Answered {
    ResponseHead head;
    SharedBytes body;
  };

  /// Models Responder.
  class Responder;

  /// The end that the hub answers; once.
  Responder responder();

  /// The answer; 503 when there is none within the limit. Zero = only what has been answered inside the call.
  ///
  /// @tparam Duration  `std::chrono::milliseconds`; a parameter so that only a unit that waits compiles this.
  template <class Duration>
  Answered wait(Duration limit) {
    std::unique_lock lock(state_->mutex);
    state_->wake.wait_for(lock, limit, [this] { return state_->answered.has_value(); });
    if (state_->answered) return std::move(*state_->answered);
    return {{503, {{"Retry-After", "1"}}}, share_bytes({})};
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<Answered> answered;
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class PromptAnswer::Responder {
 public:
  static constexpr Capabilities capabilities{.late_answer = false};

  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) noexcept = default;
  ~Responder() {
    if (state_) respond({503, {{"Retry-After", "1"}}}, share_bytes({}));
  }

  void respond(ResponseHead head, SharedBytes body) {
    const std::lock_guard lock(state_->mutex);
    if (!state_->answered) state_->answered.emplace(Answered{std::move(head), std::move(body)});
    state_->wake.notify_all();
  }
  /// Never: nobody looks while the handler waits.
  void on_gone(UniqueFunction<void()>) {}

 private:
  friend class PromptAnswer;
  explicit Responder(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

inline PromptAnswer::Responder PromptAnswer::responder() { return Responder(state_); }

/// Has any Responder answered by `serve(AnyResponder)`, before this returns if its server needs that.
///
/// @param on_a_loop  Called on a loop of the hub, where waiting would stop the hub itself: what is not answered inside
///                   the call is refused.
template <tidings::Responder R, class Serve>
void answer_by(R responder, bool on_a_loop, Serve serve) {
  if constexpr (Capabilities(R::capabilities).late_answer) {
    serve(AnyResponder(std::move(responder)));
  } else {
    PromptAnswer answer;
    serve(AnyResponder(answer.responder()));
    auto [head, body] = answer.wait(on_a_loop ? std::chrono::milliseconds(0) : defaults::prompt_patience);
    responder.respond(std::move(head), std::move(body));
  }
}

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_PROMPT_ANSWER_HPP
