// SPDX-License-Identifier: BSL-1.0
//
// Short polling: each request takes what is new behind its cursor, and says with it what has arrived.
//
// > 200: 0 messages
// > 200: 2 messages: A-17 B-04
// > 204: nothing new

#include <tidings/adapter/httplib.hpp>
#include <tidings/poller.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <thread>

namespace {

std::string cursor;

// What a page does with XMLHttpRequest every half a minute: examples/web/poll.es5.js.
void poll(httplib::Client& client) {
  const auto response = client.Get(cursor.empty() ? "/poll" : "/poll?after=" + cursor);
  if (response->status == 204) {
    std::cout << "204: nothing new\n";
    return;
  }
  const auto body = nlohmann::json::parse(response->body);
  cursor = body["cursor"].get<std::string>();
  std::cout << response->status << ": " << body["messages"].size() << " messages";
  for (const auto& each : body["messages"]) {
    std::cout << (&each == &body["messages"].front() ? ": " : " ") << each["data"].get<std::string>();
  }
  std::cout << "\n";
}

}  // namespace

int main() {
  tidings::Poller poller;  // Memory store; `Poller poller{store}` takes any other.
  httplib::Server server;
  const auto mount = tidings::adapter::handle(
      server, "/poll", [&](const tidings::RequestSnapshot& request, tidings::adapter::HttplibExchange& exchange) {
        // Who it is comes from your own login; what it may read, from you.
        const tidings::Identity identity{.user = "alice", .topics = {"orders"}};
        poller.answer(request, identity, exchange.answer());
      });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { server.listen_after_bind(); });

  httplib::Client client("127.0.0.1", port);
  poll(client);
  poller.publish({.topic = "orders", .data = "A-17"});
  poller.publish({.topic = "orders", .data = "B-04"});
  poll(client);
  poll(client);

  server.stop();
  serving.join();
}
