// SPDX-License-Identifier: BSL-1.0
//
// Inboxes: every user has one, `@alice`. Unread number, list, and "mark as read", the parts of a bell.
//
// > alice has 2 unread
// > newest first: Release batch 2291 (pending)
// > newest first: Calibrate the scale (pending)
// > after reading one: 1 unread
// > after "mark all as read": 0 unread

#include <tidings/adapter/httplib.hpp>
#include <tidings/hub.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <thread>

using nlohmann::json;

int main() {
  tidings::Hub hub;
  httplib::Server server;
  const auto mount = tidings::adapter::mount(
      server, "/push", hub,
      [](const tidings::RequestSnapshot&) -> tidings::Access { return tidings::Identity{"alice"}; });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { server.listen_after_bind(); });

  // To one user, or with one id to several.
  tidings::Message first{.topic = "@alice", .event = "work_order", .data = "Calibrate the scale"};
  hub.publish_and_wait(std::move(first));
  tidings::Message second{.event = "work_order", .data = "Release batch 2291"};
  hub.publish_to({"alice", "bob"}, std::move(second));

  // What the page does: examples/web/tidings.js keeps the number, the list is one request.
  httplib::Client page("127.0.0.1", port);
  const json inbox = json::parse(page.Get("/push/inbox?limit=20")->body);
  std::cout << "alice has " << inbox["unread"] << " unread\n";
  for (const json& each : inbox["messages"]) {
    std::cout << "newest first: " << each["data"].get<std::string>() << " (" << each["state"].get<std::string>()
              << ")\n";
  }
  const auto mark = [&](const json& body) {
    return json::parse(page.Post("/push", body.dump(), "application/json")->body)["unread"].get<int>();
  };
  std::cout << "after reading one: " << mark({{"seen", {inbox["messages"][0]["at"]}}}) << " unread\n";
  std::cout << "after \"mark all as read\": " << mark({{"seen", "all"}}) << " unread\n";

  server.stop();
  serving.join();
}
