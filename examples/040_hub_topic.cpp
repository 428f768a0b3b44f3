// SPDX-License-Identifier: BSL-1.0
//
// A hub and a topic: mount one URL on your server, publish from anywhere, every reader gets it.
//
// > alice: created A-17
// > bob: created A-17
// > carol, who polls: A-17
// > mallory: 401

#include <tidings/adapter/httplib.hpp>
#include <tidings/hub.hpp>

#include "support/reader.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <thread>

namespace {

// Look at your own session cookie or token here.
tidings::Access authorize(const tidings::RequestSnapshot& request) {
  const std::string user(request.header("authorization").value_or(""));
  if (user == "alice" || user == "bob" || user == "carol") return tidings::Identity{.user = user, .topics = {"orders"}};
  return tidings::reject(401);
}

httplib::Headers as(const std::string& user) { return {{"Authorization", user}}; }

}  // namespace

int main() {
  tidings::Hub hub;
  httplib::Server server;
  const auto mount = tidings::adapter::mount(server, "/push", hub, authorize);
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { server.listen_after_bind(); });

  httplib::Client carol("127.0.0.1", port);
  const auto before = nlohmann::json::parse(carol.Get("/push", as("carol"))->body)["cursor"].get<std::string>();
  {
    example::Reader alice(port, "/push", as("alice"));
    example::Reader bob(port, "/push", as("bob"));
    alice.wait_open();
    bob.wait_open();
    hub.publish({.topic = "orders", .event = "created", .data = "A-17"});
    const auto first = alice.next();
    const auto second = bob.next();
    std::cout << "alice: " << first->event << " " << first->data << "\n";
    std::cout << "bob: " << second->event << " " << second->data << "\n";
  }
  const auto poll = nlohmann::json::parse(carol.Get("/push?after=" + before, as("carol"))->body);
  std::cout << "carol, who polls: " << poll["messages"][0]["data"].get<std::string>() << "\n";
  std::cout << "mallory: " << carol.Get("/push", as("mallory"))->status << "\n";

  server.stop();
  serving.join();
}
