// SPDX-License-Identifier: BSL-1.0
//
// Where no WebSocket gets through: the same client over an event stream, which comes back by itself.
//
// > connecting
// > open
// > one
// > connecting
// > open
// > two
// > closed

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/sse_client.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include <iostream>
#include <string>
#include <thread>
#include <utility>

int main() {
  tidings::Hub hub;
  tidings::adapter::Listener listener{hub};
  const auto push =
      tidings::adapter::mount(listener, "/push", hub, [](const tidings::RequestSnapshot&) -> tidings::Access {
        return tidings::Identity{.user = "alice", .may_subscribe = [](std::string_view) { return true; }};
      });

  asio::io_context context;
  const auto work = asio::make_work_guard(context);
  std::thread runs([&] { context.run(); });
  {
    tidings::ClientOptions options{.topics = {"news"}};
    options.on_state = [](const tidings::ClientStatus& status) { std::cout << to_string(status.state) << "\n"; };
    tidings::SseClient client{context.get_executor(), "http://127.0.0.1:" + std::to_string(listener.port()) + "/push",
                              std::move(options)};
    client.async_connect(asio::use_future).get();
    hub.publish({.topic = "news", .data = "one"});
    std::cout << client.async_receive(asio::use_future).get().data << "\n";

    // Another set of topics is another stream, which goes on where this one was.
    client.subscribe({"weather"});
    hub.publish({.topic = "news", .data = "two"});
    const tidings::Received two = client.async_receive(asio::use_future).get();
    std::cout << two.data << "\n";
    client.close();
    while (client.state() != tidings::ClientState::closed) std::this_thread::yield();
  }
  context.stop();
  runs.join();
}
