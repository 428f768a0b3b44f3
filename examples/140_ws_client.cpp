// SPDX-License-Identifier: BSL-1.0
//
// A program as the client: it receives, asks the application, and the next one goes on behind its cursor.
//
// > orders: a table
// > orders: a chair
// > the shop says: thank you for "two chairs"
// > while nobody was there: a lamp
// > after that: a bed

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/ws_client.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace {

using asio::use_awaitable;

asio::awaitable<std::string> first(asio::io_context& context, tidings::HubRef hub, std::string url) {
  tidings::WsClient client{context.get_executor(), url};
  co_await client.async_connect(use_awaitable);
  for (const char* order : {"a table", "a chair"}) {
    hub.publish({.topic = "orders", .event = "created", .data = order});
    const tidings::Received received = co_await client.async_receive(use_awaitable);
    std::cout << received.topic << ": " << received.data << "\n";
  }
  tidings::UpwardMessage wish{.event = "wish", .data = "two chairs"};
  const tidings::UpwardReply reply = co_await client.async_send(std::move(wish), use_awaitable);
  std::cout << "the shop says: " << reply.data << "\n";
  co_return client.cursor();  // the client goes with this
}

asio::awaitable<void> second(asio::io_context& context, tidings::HubRef hub, std::string url, std::string cursor) {
  tidings::WsClient client{context.get_executor(), url, {.cursor = std::move(cursor)}};
  client.connect();
  std::cout << "while nobody was there: " << (co_await client.async_receive(use_awaitable)).data << "\n";
  hub.publish({.topic = "orders", .data = "a bed"});
  std::cout << "after that: " << (co_await client.async_receive(use_awaitable)).data << "\n";
}

}  // namespace

int main() {
  asio::io_context context;
  tidings::Hub hub{context};  // starts no thread
  tidings::adapter::Listener listener{hub};
  const auto push =
      tidings::adapter::mount(listener, "/push", hub,
                              [](const tidings::RequestSnapshot&) -> tidings::Access {
                                return tidings::Identity{.user = "alice", .topics = {"orders"}};
                              },
                              {.on_message = [](const tidings::SessionInfo&, const tidings::UpwardMessage& said) {
                                return tidings::reply("thank you for \"" + said.data + "\"");
                              }});
  const std::string url = "ws://127.0.0.1:" + std::to_string(listener.port()) + "/push";

  const auto talk = [&]() -> asio::awaitable<void> {
    std::string cursor = co_await first(context, hub, url);
    hub.publish({.topic = "orders", .data = "a lamp"});
    co_await second(context, hub, url, std::move(cursor));
  };
  asio::co_spawn(context, talk(), [&](std::exception_ptr) { context.stop(); });
  context.run();
}
