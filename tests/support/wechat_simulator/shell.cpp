// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/shell.hpp"

#include <chrono>

namespace wechat_simulator {

namespace net = tidings::net;
using tidings::net_error_code;

Shell::Shell(net::io_context& context, Simulator& simulator)
    : simulator_(simulator),
      sender_(context, [this](std::uint64_t id, CallbackResult result) { on_callback(id, std::move(result)); }),
      due_(context),
      refusal_(context) {
  tick();
}

void Shell::tick() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  simulator_.on_real_time(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

Exchange Shell::handle(const ApiRequest& request) {
  tick();
  Exchange exchange = simulator_.handle(request);
  pump();
  if (exchange.plan.refuse_ms > 0) refuse(exchange.plan.refuse_ms);
  return exchange;
}

Simulator::AdminAnswer Shell::admin(const ApiRequest& request) {
  tick();
  Simulator::AdminAnswer answer = simulator_.admin(request);
  pump();
  set_door();
  return answer;
}

void Shell::on_finished(std::uint64_t exchange) {
  tick();
  simulator_.on_finished(exchange);
  pump();
}

// Sends what is due, and looks again when the next one is.
void Shell::pump() {
  for (CallbackPost& each : simulator_.take_callbacks()) sender_.send(std::move(each));
  const auto next = simulator_.next_callback_in();
  if (!next) return;
  due_.expires_after(std::chrono::milliseconds(*next + 1));
  due_.async_wait([this](net_error_code ec) {
    if (ec) return;
    tick();
    pump();
  });
}

void Shell::on_callback(std::uint64_t id, CallbackResult result) {
  tick();
  simulator_.on_callback_result(id, std::move(result));
  if (const auto found = waiting_.find(id); found != waiting_.end()) {
    found->second->cancel();
    waiting_.erase(found);
  }
  pump();
}

std::shared_ptr<Shell::Timer> Shell::wait_for(std::uint64_t callback) {
  if (!simulator_.is_first_attempt_open(callback)) return nullptr;
  auto timer = std::make_shared<Timer>(due_.get_executor());
  timer->expires_after(std::chrono::seconds(5));
  waiting_[callback] = timer;
  return timer;
}

void Shell::refuse(std::int64_t ms) {
  refuses_ = true;
  set_door();
  refusal_.expires_after(std::chrono::milliseconds(ms));
  refusal_.async_wait([this](net_error_code ec) {
    if (ec) return;
    refuses_ = false;
    set_door();
  });
}

void Shell::set_door() {
  if (on_door) on_door(!refuses_ && simulator_.listens());
}

}  // namespace wechat_simulator
