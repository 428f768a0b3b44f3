// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_SHELL_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_SHELL_HPP

#include <tidings/net/config.hpp>

#include "support/wechat_simulator/callback_sender.hpp"
#include "support/wechat_simulator/exchange.hpp"
#include "support/wechat_simulator/simulator.hpp"

#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(steady_timer.hpp)

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

namespace wechat_simulator {

/// Between the simulator and whatever has a socket: real time, callbacks, and who waits for one.
class Shell {
 public:
  using Timer = tidings::net::steady_timer;

  Shell(tidings::net::io_context& context, Simulator& simulator);

  Exchange handle(const ApiRequest& request);
  Simulator::AdminAnswer admin(const ApiRequest& request);
  /// The answer has left, or never will.
  void on_finished(std::uint64_t exchange);
  /// Expires when the first attempt at this callback is over, or never came to be; null = it is over.
  std::shared_ptr<Timer> wait_for(std::uint64_t callback);

  /// Nobody can connect for so long.
  void refuse(std::int64_t ms);
  /// Called with whether anybody may connect.
  std::function<void(bool)> on_door{};

 private:
  void tick();
  void pump();
  void on_callback(std::uint64_t id, CallbackResult result);
  void set_door();

  Simulator& simulator_;
  CallbackSender sender_;
  Timer due_;
  Timer refusal_;
  bool refuses_ = false;
  std::unordered_map<std::uint64_t, std::shared_ptr<Timer>> waiting_{};
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_SHELL_HPP
