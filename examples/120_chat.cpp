// SPDX-License-Identifier: BSL-1.0
//
// A chat: clients send upwards, the application answers and publishes, and the hub gives it to all who read the room,
// over WebSocket here, over event streams and polls as well.
//
// > anna is told: number 1
// > ben reads: anna: is anybody there?
// > ben is refused: empty
// > anna reads: ben: I am

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>

#include "support/websocket.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <iostream>
#include <string>

using nlohmann::json;

// Envelopes of no interest here are passed over.
json next_with(example::WebSocket& client, const char* member) {
  for (;;) {
    json envelope = json::parse(client.next());
    if (envelope.contains(member)) return envelope;
  }
}

int main() {
  tidings::Hub hub;
  tidings::adapter::Listener listener{hub};
  std::atomic<int> said{0};
  tidings::EndpointOptions options;
  options.on_message = [&](const tidings::SessionInfo& session, const tidings::UpwardMessage& message) {
    if (message.data.empty()) return tidings::refuse("empty", "Say something.");
    hub.publish({.topic = "room", .event = "said", .data = session.user + ": " + message.data});
    return tidings::reply("number " + std::to_string(++said));
  };
  const auto push = tidings::adapter::mount(
      listener, "/push", hub,
      [](const tidings::RequestSnapshot& request) -> tidings::Access {
        // A browser's WebSocket sends no headers: its token comes as a subprotocol and is shown as one.
        const std::string user(request.header("authorization").value_or("Bearer ").substr(7));
        return tidings::Identity{.user = user, .topics = {"room"}};
      },
      options);

  example::WebSocket anna(listener.port(), "/push", "tidings.v1, bearer.anna");
  example::WebSocket ben(listener.port(), "/push", "tidings.v1, bearer.ben");
  next_with(anna, "hello");
  next_with(ben, "hello");
  anna.send(R"({"send":{"ref":"1","event":"say","data":"is anybody there?"}})");
  std::cout << "anna is told: " << next_with(anna, "reply")["reply"]["data"].get<std::string>() << "\n";
  std::cout << "ben reads: " << next_with(ben, "at")["data"].get<std::string>() << "\n";
  ben.send(R"({"send":{"ref":"1","event":"say","data":""}})");
  std::cout << "ben is refused: " << next_with(ben, "error")["error"]["code"].get<std::string>() << "\n";
  ben.send(R"({"send":{"ref":"2","event":"say","data":"I am"}})");
  while (true) {
    const auto line = next_with(anna, "at")["data"].get<std::string>();
    if (line.starts_with("anna")) continue;  // her own
    std::cout << "anna reads: " << line << "\n";
    break;
  }
}
