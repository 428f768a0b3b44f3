// SPDX-License-Identifier: BSL-1.0
//
// The smallest event stream: a handler of your own server, one SseStream, no hub.
//
// > progress 0 %
// > progress 50 %
// > progress 100 %
// > the stream has ended

#include <tidings/adapter/httplib.hpp>
#include <tidings/sse_stream.hpp>

#include "support/reader.hpp"

#include <iostream>
#include <thread>

int main() {
  httplib::Server server;
  const auto mount = tidings::adapter::handle(
      server, "/progress", [](const tidings::RequestSnapshot&, tidings::adapter::HttplibExchange& exchange) {
        if (!exchange.pin()) return;  // No thread left for it: the client hears 503.
        tidings::SseStream stream{exchange.stream()};
        for (int percent : {0, 50, 100}) {
          stream.send({.data = std::to_string(percent) + " %", .event = "progress"});
        }
      });  // The stream closes behind what was sent; the server's thread writes it out.
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { server.listen_after_bind(); });

  example::Reader reader(port, "/progress");
  while (const auto event = reader.next()) std::cout << event->event << " " << event->data << "\n";
  std::cout << "the stream has ended\n";

  reader.close();
  server.stop();
  serving.join();
}
