// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CLIENTS_CLIENT_FIXTURE_HPP
#define TIDINGS_TESTS_CLIENTS_CLIENT_FIXTURE_HPP

#include <tidings/adapter/listener.hpp>
#include <tidings/client_options.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/config.hpp>

#include "support/runner.hpp"
#include "support/waiting.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// What the tests of the clients share.
namespace fixture {

using namespace std::chrono_literals;

using support::Runner;

/// A hub behind our listener, on `/push`. Who says `Authorization: Bearer NAME` is that user, others are alice; topics as
/// asked for, but `secret`.
class Pushed {
 public:
  explicit Pushed(tidings::HubOptions options = {.close_timeout = 500ms}, tidings::EndpointOptions endpoint = {})
      : hub(std::move(options)),
        listener(hub),
        mount_(tidings::adapter::mount(
            listener, "/push", hub, [this](const tidings::RequestSnapshot& request) { return authorize(request); },
            std::move(endpoint))) {}

  std::string url(std::string_view scheme = "ws") const { return url_at(listener.port(), scheme); }
  static std::string url_at(std::uint16_t port, std::string_view scheme = "ws") {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port) + "/push";
  }
  void publish(std::string topic, std::string data) {
    hub.publish({.topic = std::move(topic), .event = "said", .data = std::move(data)});
  }

  tidings::Hub<> hub;
  tidings::adapter::Listener listener;
  /// Of all requests.
  support::Mailbox<tidings::RequestSnapshot> requests;

 private:
  tidings::Access authorize(const tidings::RequestSnapshot& request) {
    requests.put(request);
    std::string user(request.header("authorization").value_or("Bearer alice"));
    user.erase(0, 7);
    if (user == "nobody") return tidings::reject(401);
    if (user == "banned") return tidings::reject(403);
    return tidings::Identity{.user = user,
                             .topics = {"orders"},
                             .may_subscribe = [](std::string_view topic) { return topic != "secret"; },
                             .session_limit = 1000};
  }

  tidings::Mount mount_;
};

/// An application that greets, says nothing to `quiet`, and refuses `bad`.
inline tidings::EndpointOptions answering() {
  tidings::EndpointOptions endpoint;
  endpoint.on_message = [](const tidings::SessionInfo& session,
                           const tidings::UpwardMessage& said) -> tidings::UpwardAnswer {
    if (said.event == "bad") return tidings::refuse("too_long", "At most 200 letters.");
    if (said.event == "quiet") return {};
    return tidings::reply("hello " + session.user + ": " + said.data, "said");
  };
  return endpoint;
}

/// Comes back soon.
inline tidings::ClientOptions quick() {
  tidings::ClientOptions options;
  options.first_wait = 1ms;
  options.longest_wait = 3ms;
  options.later = 1ms;
  return options;
}

}  // namespace fixture

#endif  // TIDINGS_TESTS_CLIENTS_CLIENT_FIXTURE_HPP
