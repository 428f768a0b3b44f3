// SPDX-License-Identifier: BSL-1.0
//
// Members: who is meant to get a topic's messages, connected or not. Then "did it arrive, and who missed it" has an
// answer for everyone.
//
// > alice: delivered (cursor)
// > bob: pending (not confirmed)
// > missed by bob
// > after bob has polled: missed by nobody

#include <tidings/adapter/httplib.hpp>
#include <tidings/hub.hpp>

#include <asio/use_future.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <thread>

namespace {

std::string user_of(const tidings::RequestSnapshot& request) {
  return std::string(request.header("authorization").value_or(""));
}

// Reads what is new, and confirms it with the next request: a cursor says what has arrived.
void poll_twice(int port, const std::string& user, const std::string& after = {}) {
  httplib::Client client("127.0.0.1", port);
  std::string target = after.empty() ? "/push" : "/push?after=" + after;
  for (int i = 0; i < 2; ++i) {
    const auto response = client.Get(target, {{"Authorization", user}});
    if (response->status != 200) return;
    target = "/push?after=" + nlohmann::json::parse(response->body)["cursor"].get<std::string>();
  }
}

std::string begin_of(int port, const std::string& user) {
  httplib::Client client("127.0.0.1", port);
  return nlohmann::json::parse(client.Get("/push", {{"Authorization", user}})->body)["cursor"].get<std::string>();
}

}  // namespace

int main() {
  tidings::Hub hub;
  httplib::Server server;
  const auto mount =
      tidings::adapter::mount(server, "/push", hub, [](const tidings::RequestSnapshot& request) -> tidings::Access {
        return tidings::Identity{.user = user_of(request), .topics = {"orders"}};
      });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { server.listen_after_bind(); });

  for (const char* user : {"alice", "bob"}) hub.async_add_member("orders", user, asio::use_future).get();
  const std::string alice = begin_of(port, "alice");
  const std::string bob = begin_of(port, "bob");
  tidings::Message order{.topic = "orders", .data = "A-17"};
  const tidings::MessageId id = hub.publish_and_wait(std::move(order)).id;
  poll_twice(port, "alice", alice);

  for (const auto& each : hub.async_status(id, asio::use_future).get().recipients) {
    const bool arrived = each.outcome == tidings::Outcome::delivered;
    std::cout << each.user << ": " << to_string(each.outcome) << " ("
              << (arrived ? to_string(each.evidence) : each.reason.c_str()) << ")\n";
  }
  for (const auto& each : hub.async_missed(id, asio::use_future).get()) std::cout << "missed by " << each.user << "\n";

  poll_twice(port, "bob", bob);
  const bool nobody = hub.async_missed(id, asio::use_future).get().empty();
  std::cout << "after bob has polled: missed by " << (nobody ? "nobody" : "somebody") << "\n";

  server.stop();
  serving.join();
}
