// SPDX-License-Identifier: BSL-1.0
//
// Resume: a reader that was cut comes back and gets exactly what it missed. When that is not kept any more, it is told
// so: a gap, never a silent hole.
//
// > read 1
// > cut off; 2 and 3 are published meanwhile
// > back again: read 2, then 3
// > cut off for so long that nothing is kept
// > back again: tidings.gap {"topics":["orders"]...

#include <tidings/adapter/httplib.hpp>
#include <tidings/hub.hpp>

#include "support/reader.hpp"

#include <iostream>
#include <optional>
#include <thread>

int main() {
  tidings::Hub hub;
  httplib::Server server;
  const auto mount =
      tidings::adapter::mount(server, "/push", hub, [](const tidings::RequestSnapshot&) -> tidings::Access {
        return tidings::Identity{.user = "alice", .topics = {"orders"}};
      });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { server.listen_after_bind(); });

  std::string last_id;
  std::optional<example::Reader> reader(std::in_place, port, "/push");
  reader->wait_open();
  hub.publish({.topic = "orders", .data = "1"});
  std::cout << "read " << reader->next()->data << "\n";
  last_id = reader->last_event_id();
  reader.reset();

  std::cout << "cut off; 2 and 3 are published meanwhile\n";
  hub.publish({.topic = "orders", .data = "2"});
  hub.publish({.topic = "orders", .data = "3"});

  // An EventSource sends the header by itself.
  reader.emplace(port, "/push", httplib::Headers{{"Last-Event-ID", last_id}});
  const std::string second = reader->next()->data;
  std::cout << "back again: read " << second << ", then " << reader->next()->data << "\n";
  last_id = reader->last_event_id();
  reader.reset();

  std::cout << "cut off for so long that nothing is kept\n";
  for (int i = 0; i < 1100; ++i) hub.publish({.topic = "orders", .data = "more"});
  reader.emplace(port, "/push", httplib::Headers{{"Last-Event-ID", last_id}});
  const auto gap = reader->next();
  std::cout << "back again: " << gap->event << " " << gap->data.substr(0, gap->data.find(']') + 1) << "...\n";
  reader.reset();

  server.stop();
  serving.join();
}
