// SPDX-License-Identifier: BSL-1.0
//
// Long polling: the same request with `wait=`. It is held until there is news, or the wait is over.
//
// > the poll waits
// > A-17 came at once
// > 204 after a wait in vain

#include <tidings/adapter/httplib.hpp>
#include <tidings/poller.hpp>

#include <nlohmann/json.hpp>

#include <future>
#include <iostream>
#include <thread>

int main() {
  tidings::Poller poller;
  httplib::Server server;
  const auto mount = tidings::adapter::handle(
      server, "/poll", [&](const tidings::RequestSnapshot& request, tidings::adapter::HttplibExchange& exchange) {
        // A waiting poll holds a thread of this server; a server with callbacks would hold nothing.
        if (!exchange.pin()) return;
        poller.answer(request, {.topics = {"orders"}}, exchange.answer());
      });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { server.listen_after_bind(); });

  httplib::Client client("127.0.0.1", port);
  client.set_read_timeout(60);
  const auto first = nlohmann::json::parse(client.Get("/poll")->body);
  std::string cursor = first["cursor"].get<std::string>();

  auto waiting = std::async(std::launch::async, [&] { return client.Get("/poll?wait=25&after=" + cursor)->body; });
  while (poller.counters()->long_polls.value() == 0) std::this_thread::yield();
  std::cout << "the poll waits\n";
  poller.publish({.topic = "orders", .data = "A-17"});
  const auto news = nlohmann::json::parse(waiting.get());
  std::cout << news["messages"][0]["data"].get<std::string>() << " came at once\n";

  cursor = news["cursor"].get<std::string>();
  std::cout << client.Get("/poll?wait=1&after=" + cursor)->status << " after a wait in vain\n";

  server.stop();
  serving.join();
}
