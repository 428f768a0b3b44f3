// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ON_MESSAGE_HPP
#define TIDINGS_ON_MESSAGE_HPP

#include <tidings/completion.hpp>
#include <tidings/session_info.hpp>
#include <tidings/upward_answer.hpp>
#include <tidings/upward_message.hpp>

#include <concepts>
#include <functional>
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
  using Function = std::function<void(const SessionInfo&, UpwardMessage, Completion<UpwardAnswer>)>;

  OnMessage() = default;
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, OnMessage> &&
           std::is_invocable_v<F&, const SessionInfo&, UpwardMessage, Completion<UpwardAnswer>>) OnMessage(F f)
      : function_(std::move(f)) {}
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, OnMessage> &&
           std::is_invocable_r_v<UpwardAnswer, F&, const SessionInfo&, UpwardMessage>) OnMessage(F f)
      : function_([f = std::move(f)](const SessionInfo& session, UpwardMessage message,
                                     Completion<UpwardAnswer> answer) mutable {
          answer({}, f(session, std::move(message)));
        }) {}

  explicit operator bool() const { return static_cast<bool>(function_); }
  void operator()(const SessionInfo& session, UpwardMessage message, Completion<UpwardAnswer> answer) const {
    function_(session, std::move(message), std::move(answer));
  }

 private:
  Function function_;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ON_MESSAGE_HPP
