// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_WECHAT_CALLBACK_HPP
#define TIDINGS_IMPL_WECHAT_CALLBACK_HPP

#include <tidings/call_gate.hpp>
#include <tidings/error.hpp>
#include <tidings/wechat/callback_gate.hpp>
#include <tidings/wechat_callback.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// What the handlers of a WechatCallback share: the gate, and the events between their answer and the application.
class CallbackDesk : public std::enable_shared_from_this<CallbackDesk> {
 public:
  CallbackDesk(std::vector<CallbackAccount> accounts, WechatCallback::OnEvent on_event, WechatCallbackOptions options)
      : gate_(std::move(accounts), options.gate), on_event_(std::move(on_event)), options_(std::move(options)) {
    if (options_.max_queue < 1) throw std::invalid_argument("WechatCallbackOptions::max_queue: at least 1");
    if (!on_event_) throw std::invalid_argument("WechatCallback: on_event: not empty");
    if (!options_.run) worker_ = std::thread([this] { work(); });
  }
  ~CallbackDesk() { close(); }

  CallbackDecision decide(const RequestSnapshot& request, wall_time now) {
    const std::lock_guard lock(mutex_);
    // Before the gate: what it has let in is remembered, and would be told as repeated when it comes again.
    if (closed_ || queue_.size() + answering_ >= options_.max_queue) return busy();
    CallbackDecision decision = gate_.on_request(request, now);
    if (decision.kind == CallbackDecision::Kind::accepted) ++answering_;
    return decision;
  }

  // Behind the answer.
  void give(CallbackDecision decision) {
    if (options_.on_decision) {
      calls_.call([&] { guarded("on_decision", [&] { options_.on_decision(decision); }); });
    }
    if (decision.kind != CallbackDecision::Kind::accepted) return;
    {
      const std::lock_guard lock(mutex_);
      --answering_;
      queue_.push_back({std::move(decision.account), std::move(*decision.event)});
      changed_.notify_all();
    }
    if (!options_.run) return;
    guarded("run", [&] {
      options_.run([self = shared_from_this()] {
        if (std::optional<Acknowledged> next = self->take()) self->call(*next);
      });
    });
  }

  // Gives what was acknowledged, also what is being answered now.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      changed_.notify_all();
    }
    if (worker_.joinable()) worker_.join();
    calls_.close();
  }

  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size() + answering_;
  }

 private:
  struct Acknowledged {
    std::string account;
    CallbackEvent event;
  };

  static CallbackDecision busy() {
    CallbackDecision decision;
    decision.why = errc::overloaded;
    decision.head = detail::callback_head(503);
    decision.head.headers.push_back({"Retry-After", "5"});
    decision.body = to_string(errc::overloaded);
    return decision;
  }

  std::optional<Acknowledged> take() {
    const std::lock_guard lock(mutex_);
    return take_locked();
  }
  std::optional<Acknowledged> take_locked() {
    if (queue_.empty()) return std::nullopt;
    std::optional<Acknowledged> next(std::move(queue_.front()));
    queue_.pop_front();
    return next;
  }

  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !queue_.empty() || (closed_ && answering_ == 0); });
      const std::optional<Acknowledged> next = take_locked();
      lock.unlock();
      if (!next) return;
      call(*next);
    }
  }

  void call(const Acknowledged& acknowledged) {
    calls_.call([&] { guarded("on_event", [&] { on_event_(acknowledged.account, acknowledged.event); }); });
  }

  template <class F>
  void guarded(std::string_view name, F&& f) {
    try {
      f();
    } catch (...) {
      if (options_.on_error) options_.on_error(errc::callback_failed, name);
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  CallbackGate gate_;
  WechatCallback::OnEvent on_event_;
  WechatCallbackOptions options_;
  std::deque<Acknowledged> queue_;
  // Accepted, and not yet in the queue.
  std::size_t answering_ = 0;
  bool closed_ = false;
  CallGate calls_;
  std::thread worker_;
};

}  // namespace wechat

inline WechatCallback::WechatCallback(std::vector<wechat::CallbackAccount> accounts, OnEvent on_event,
                                      WechatCallbackOptions options)
    : desk_(std::make_shared<wechat::CallbackDesk>(std::move(accounts), std::move(on_event), std::move(options))) {}

inline WechatCallback::~WechatCallback() { desk_->close(); }

inline std::size_t WechatCallback::waiting() const { return desk_->waiting(); }

inline wechat::CallbackDecision WechatCallback::decide(const Desk& desk, const RequestSnapshot& request,
                                                       wall_time now) {
  return desk->decide(request, now);
}

inline void WechatCallback::give(const Desk& desk, wechat::CallbackDecision decision) {
  desk->give(std::move(decision));
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_WECHAT_CALLBACK_HPP
