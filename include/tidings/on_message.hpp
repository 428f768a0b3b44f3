// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ON_MESSAGE_HPP
#define TIDINGS_ON_MESSAGE_HPP

#include <tidings/completion.hpp>
#include <tidings/session_info.hpp>
#include <tidings/upward_answer.hpp>
#include <tidings/upward_message.hpp>

#include <memory>
#include <type_traits>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// What the application does with its clients' messages: a function that answers at once, or one that is given a
/// callback.
///
/// ```cpp
/// .on_message = [](const tidings::SessionInfo& session, const tidings::UpwardMessage& message) {
///   return tidings::reply("hello " + session.user);
/// }
/// ```
/// Thread    called on the session's loop, for a POST on the thread that brings it; must not block. The callback from any
///           thread, once; dropped uncalled, the client hears of `closed`.
class OnMessage {
 public:
  OnMessage() = default;
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, OnMessage> &&
           (std::is_invocable_v<F&, const SessionInfo&, UpwardMessage, Completion<UpwardAnswer>> ||
            std::is_invocable_r_v<UpwardAnswer, F&, const SessionInfo&, UpwardMessage>)) OnMessage(F f)
      : model_(std::make_shared<Model<F>>(std::move(f))) {}

  explicit operator bool() const { return model_ != nullptr; }
  template <class Answer>
  void operator()(const SessionInfo& session, UpwardMessage message, Answer answer) const {
    model_->call(session, std::move(message), std::move(answer));
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void call(const SessionInfo& session, UpwardMessage message, Completion<UpwardAnswer> answer) = 0;
  };
  template <class F>
  struct Model final : Base {
    explicit Model(F g) : f(std::move(g)) {}
    void call(const SessionInfo& session, UpwardMessage message, Completion<UpwardAnswer> answer) override {
      if constexpr (std::is_invocable_v<F&, const SessionInfo&, UpwardMessage, Completion<UpwardAnswer>>) {
        f(session, std::move(message), std::move(answer));
      } else {
        answer({}, f(session, std::move(message)));
      }
    }
    F f;
  };

  std::shared_ptr<Base> model_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ON_MESSAGE_HPP
