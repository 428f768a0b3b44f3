// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_SENDER_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_SENDER_HPP

#include <tidings/net/client/tcp.hpp>

#include "support/wechat_simulator/callback_desk.hpp"
#include "support/wechat_simulator/callback_event.hpp"

#include TIDINGS_ASIO_HEADER(awaitable.hpp)
#include TIDINGS_ASIO_HEADER(io_context.hpp)

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wechat_simulator {

/// Posts callbacks over HTTP, several at a time, on connections that are kept while the other side keeps them.
class CallbackSender {
 public:
  using Done = std::function<void(std::uint64_t id, CallbackResult result)>;

  CallbackSender(tidings::net::io_context& context, Done done) : context_(context), done_(std::move(done)) {}

  void send(CallbackPost post);

 private:
  using Socket = tidings::net::ip::tcp::socket;
  using Connection = std::shared_ptr<Socket>;

  static constexpr std::size_t most_workers = 32;

  tidings::net::awaitable<void> work();
  tidings::net::awaitable<CallbackResult> attempt(const CallbackPost& post);
  tidings::net::awaitable<CallbackResult> exchange(const CallbackPost& post, Connection connection,
                                                   const std::string& origin);
  tidings::net::awaitable<Connection> connect(const std::string& host, const std::string& port);

  tidings::net::io_context& context_;
  Done done_;
  std::deque<CallbackPost> queue_{};
  std::size_t workers_ = 0;
  std::map<std::string, std::vector<Connection>> idle_{};
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_CALLBACK_SENDER_HPP
