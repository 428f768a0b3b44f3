// SPDX-License-Identifier: BSL-1.0
//
// Who comes to the demo, and what each may read.

#ifndef TIDINGS_EXAMPLES_DEMO_SERVER_PEOPLE_HPP
#define TIDINGS_EXAMPLES_DEMO_SERVER_PEOPLE_HPP

#include <tidings/identity.hpp>
#include <tidings/request_snapshot.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// Customers write in a room of their own, the agent in all rooms; everybody else is staff and reads the work orders.
class People {
 public:
  static constexpr std::string_view customers[] = {"dora", "emil"};
  static constexpr std::string_view agent = "kim";

  static bool is_customer(std::string_view user) {
    return std::find(std::begin(customers), std::end(customers), user) != std::end(customers);
  }
  static std::string room_of(std::string_view customer) { return "room/" + std::string(customer); }

  // A real application looks at its session cookie or verifies a token here.
  tidings::Access authorize(const tidings::RequestSnapshot& request) const {
    constexpr std::string_view scheme = "Bearer demo-";
    const std::string_view credential = request.header("authorization").value_or("");
    if (!credential.starts_with(scheme)) return tidings::reject(401);
    // What a proxy does that knows no WebSocket.
    if (blocked && request.header("upgrade")) return tidings::reject(403);
    const std::string user(credential.substr(scheme.size()));
    return tidings::Identity{.user = user, .topics = topics_of(user)};
  }

  /// Refuses new WebSockets.
  std::atomic<bool> blocked = false;

 private:
  static std::vector<std::string> topics_of(const std::string& user) {
    if (is_customer(user)) return {room_of(user)};
    if (user != agent) return {"orders"};
    std::vector<std::string> rooms;
    for (const std::string_view customer : customers) rooms.push_back(room_of(customer));
    return rooms;
  }
};

}  // namespace demo

#endif  // TIDINGS_EXAMPLES_DEMO_SERVER_PEOPLE_HPP
