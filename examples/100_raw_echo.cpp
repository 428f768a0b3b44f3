// SPDX-License-Identifier: BSL-1.0
//
// A WebSocket of your own protocol: the handler echoes; queue, heartbeat, deadlines and the close are the session's.
//
// > opened with subprotocol echo.v1
// > echo: hello
// > echo: 3 bytes
// > closed by the peer: 1000 done, clean

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/ws_accept.hpp>

#include "support/websocket.hpp"

#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

struct Echo : tidings::WsHandler {
  explicit Echo(std::promise<void>& p) : over(p) {}

  void on_open(tidings::WsSession& session) override {
    std::cout << "opened with subprotocol " << session.subprotocol() << "\n";
  }
  void on_message(tidings::WsSession& session, tidings::PayloadKind kind, std::string_view data) override {
    session.send(kind, data);
  }
  // Exactly once, whatever happens.
  void on_closed(tidings::WsSession&, const tidings::CloseInfo& info) override {
    std::cout << "closed by " << (info.who == tidings::CloseInfo::Who::peer ? "the peer" : "us") << ": "
              << static_cast<int>(info.code) << " " << info.reason << (info.clean ? ", clean" : ", cut") << "\n";
    over.set_value();
  }

  std::promise<void>& over;
};

int main() {
  tidings::Hub hub;  // for its loop; nothing is published here
  tidings::adapter::Listener listener{hub};
  std::promise<void> over;
  const auto route =
      listener.handle("/echo", [&](tidings::RequestSnapshot request, tidings::adapter::Exchange exchange) {
        tidings::accept_ws(hub.loop(), std::move(request), std::move(exchange).stream(), std::make_unique<Echo>(over),
                           {.pong_wait = tidings::defaults::mobile_pong_wait}, {.subprotocols = {"echo.v1"}});
      });

  example::WebSocket client(listener.port(), "/echo", "echo.v1");
  client.send("hello");
  const std::string text = client.next();  // behind what the handler prints
  std::cout << "echo: " << text << "\n";
  client.send("\x01\x02\x03", tidings::protocol::WsOpcode::binary);
  std::cout << "echo: " << client.next().size() << " bytes\n";
  client.close(tidings::CloseCode::normal, "done");
  over.get_future().wait();
}
