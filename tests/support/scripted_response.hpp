// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_SCRIPTED_RESPONSE_HPP
#define TIDINGS_TESTS_SUPPORT_SCRIPTED_RESPONSE_HPP

#include <tidings/concepts.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

namespace support {

/// What a scripted response was told, and how it is to behave.
///
/// Thread  any.
class ResponseScript {
 public:
  enum class Writes {
    /// Each write completes inside the call.
    inside,
    /// Each write completes when the test says so.
    by_hand
  };

  // Before its users: its type is deduced.
 private:
  template <class F>
  auto with_lock(F f) const {
    const std::lock_guard lock(mutex_);
    return f();
  }

 public:
  explicit ResponseScript(Writes writes = Writes::inside) : writes_(writes) {}

  tidings::ResponseHead head() const {
    return with_lock([&] { return head_; });
  }
  std::string text() const {
    return with_lock([&] { return text_; });
  }
  bool finished() const {
    return with_lock([&] { return finished_; });
  }
  bool aborted() const {
    return with_lock([&] { return aborted_; });
  }
  bool writing() const {
    return with_lock([&] { return static_cast<bool>(done_); });
  }

  /// Completes the write on its way.
  void complete(std::error_code ec = {}) {
    tidings::WriteDone done = with_lock([&] { return std::move(done_); });
    if (done) done(ec);
  }
  /// The client goes away.
  void go() {
    if (tidings::UniqueFunction<void()> gone = with_lock([&] { return std::move(gone_); })) gone();
  }
  /// Writes fail from now on.
  void fail_with(std::error_code ec) {
    with_lock([&] { failure_ = ec; });
  }

  // Of the response:
  void start(tidings::ResponseHead head) {
    with_lock([&] { head_ = std::move(head); });
  }
  void write(tidings::SharedBytes bytes, tidings::WriteDone done) {
    std::error_code ec;
    {
      const std::lock_guard lock(mutex_);
      text_.append(*bytes);
      ec = failure_;
      if (writes_ == Writes::by_hand) done_ = std::move(done);
    }
    if (done) done(ec);
  }
  void finish() {
    with_lock([&] { finished_ = true; });
  }
  void abort() {
    with_lock([&] { aborted_ = true; });
  }
  void on_gone(tidings::UniqueFunction<void()> gone) {
    with_lock([&] { gone_ = std::move(gone); });
  }

 private:
  mutable std::mutex mutex_;
  Writes writes_;
  tidings::ResponseHead head_;
  std::string text_;
  tidings::WriteDone done_;
  tidings::UniqueFunction<void()> gone_;
  std::error_code failure_;
  bool finished_ = false;
  bool aborted_ = false;
};

/// Models StreamingResponse over a script.
class ScriptedResponse {
 public:
  static constexpr tidings::Capabilities capabilities{
      .late_answer = true, .gone_while_idle = true, .write_completion = true};

  explicit ScriptedResponse(std::shared_ptr<ResponseScript> script) : script_(std::move(script)) {}

  void start(tidings::ResponseHead head) { script_->start(std::move(head)); }
  void write(tidings::SharedBytes bytes, tidings::WriteDone done) { script_->write(std::move(bytes), std::move(done)); }
  void finish() { script_->finish(); }
  void abort() { script_->abort(); }
  void on_gone(tidings::UniqueFunction<void()> gone) { script_->on_gone(std::move(gone)); }

 private:
  std::shared_ptr<ResponseScript> script_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_SCRIPTED_RESPONSE_HPP
