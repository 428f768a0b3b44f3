// SPDX-License-Identifier: BSL-1.0
//
// One coroutine for each WebSocket: it receives, answers, and hears of the end as an error.
//
// > 1 + 2 = 3
// > not a sum
// > the session is over: 1001

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/ws_accept.hpp>

#include "support/websocket.hpp"

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

#include <future>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace {

asio::awaitable<void> calculate(tidings::WsSession session) {
  try {
    for (;;) {
      tidings::WsMessage message = co_await session.async_receive(asio::use_awaitable);
      const std::size_t plus = message.data.find('+');
      if (plus == std::string::npos) {
        session.send({"not a sum"});
        continue;
      }
      const int sum = std::stoi(message.data.substr(0, plus)) + std::stoi(message.data.substr(plus + 1));
      tidings::WsMessage answer(message.data + " = " + std::to_string(sum));
      co_await session.async_send(std::move(answer), asio::use_awaitable);  // until the kernel has it
    }
  } catch (const std::system_error&) {
    std::cout << "the session is over: " << static_cast<int>(session.close_info()->code) << "\n";
  }
}

}  // namespace

int main() {
  asio::io_context context;
  tidings::Hub hub{context};  // starts no thread
  tidings::adapter::Listener listener{hub};
  const auto route =
      listener.handle("/sum", [&](tidings::RequestSnapshot request, tidings::adapter::Exchange exchange) {
        auto session = tidings::accept_ws(hub.loop(), std::move(request), std::move(exchange).stream());
        if (session) asio::co_spawn(context, calculate(session), [&](std::exception_ptr) { context.stop(); });
      });

  const std::uint16_t port = listener.port();
  std::thread client([port] {
    example::WebSocket socket(port, "/sum", "");
    socket.send("1 + 2");
    std::cout << socket.next() << "\n";
    socket.send("one and two");
    std::cout << socket.next() << "\n";
    socket.close(tidings::CloseCode::going_away);
  });
  context.run();
  client.join();
}
