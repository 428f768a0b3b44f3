// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_SCRIPTED_RESPONDER_HPP
#define TIDINGS_TESTS_SUPPORT_SCRIPTED_RESPONDER_HPP

#include <tidings/concepts.hpp>

#include "support/waiting.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// An answer as a server got it.
struct GivenAnswer {
  int status = 0;
  std::vector<tidings::Header> headers;
  std::string body;

  std::string header(std::string_view name) const {
    for (const tidings::Header& each : headers) {
      if (each.name == name) return each.value;
    }
    return {};
  }
};

/// The client's side of one exchange.
class ResponderScript {
 public:
  Mailbox<GivenAnswer> answers;

  /// The client goes away.
  void go() {
    if (tidings::UniqueFunction<void()> gone = take_gone()) gone();
  }

  /// Whether somebody asked to hear of the client's going when the answer was given or on its way.
  bool asked_late() const { return asked_late_.load(); }

  // Of the responder:
  void respond(GivenAnswer answer) {
    if (!used_.exchange(true)) answers.put(std::move(answer));
  }
  void on_gone(tidings::UniqueFunction<void()> gone) {
    if (used_.load()) asked_late_.store(true);
    const std::lock_guard lock(mutex_);
    gone_ = std::move(gone);
  }

 private:
  tidings::UniqueFunction<void()> take_gone() {
    const std::lock_guard lock(mutex_);
    return std::move(gone_);
  }

  std::mutex mutex_;
  tidings::UniqueFunction<void()> gone_;
  std::atomic<bool> used_{false};
  std::atomic<bool> asked_late_{false};
};

/// A Responder without a server; destroyed unused it answers 503, as the concept says.
template <bool Late = true>
class ScriptedResponder {
 public:
  static constexpr tidings::Capabilities capabilities{.late_answer = Late, .gone_while_idle = true};

  explicit ScriptedResponder(std::shared_ptr<ResponderScript> script) : script_(std::move(script)) {}
  ScriptedResponder(ScriptedResponder&&) noexcept = default;
  ScriptedResponder& operator=(ScriptedResponder&&) noexcept = default;
  ~ScriptedResponder() {
    if (script_) script_->respond({503, {}, {}});
  }

  void respond(tidings::ResponseHead head, tidings::SharedBytes body) {
    script_->respond({head.status, std::move(head.headers), *body});
  }
  void on_gone(tidings::UniqueFunction<void()> gone) { script_->on_gone(std::move(gone)); }

 private:
  std::shared_ptr<ResponderScript> script_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_SCRIPTED_RESPONDER_HPP
