// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_HTTPLIB_FIXTURE_HPP
#define TIDINGS_TESTS_ADAPTER_HTTPLIB_FIXTURE_HPP

#include <tidings/adapter/httplib.hpp>
#include <tidings/hub.hpp>

#include "support/httplib_server.hpp"
#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/waiting.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

/// What the tests of the cpp-httplib adapter share.
namespace fixture {

inline tidings::Access let_in(const tidings::RequestSnapshot&) {
  return tidings::Identity{.user = "alice", .topics = {"orders"}};
}

inline tidings::Message order(std::string data) {
  return {.topic = "orders", .event = "created", .data = std::move(data)};
}

inline const std::string event_stream = "Accept: text/event-stream\r\n";

inline std::string request(const std::string& method, const std::string& target, const std::string& headers = {},
                           const std::string& body = {}) {
  const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + length + "\r\n" + body;
}

/// The next event of a chunked stream, heartbeats and the retry hint left out.
inline std::string next_event(support::RawClient& client) {
  for (;;) {
    std::string text;
    while (!text.ends_with("\n\n")) text += support::read_chunk(client).value();
    if (text.find("data:") != std::string::npos) return text;
  }
}

/// A hub and a server with `/push` mounted; `/own` is the application's.
class Served {
 public:
  template <class F>
  explicit Served(F authorize, tidings::adapter::HttplibOptions options = {},
                  tidings::EndpointOptions endpoint_options = {}) {
    push.emplace(tidings::adapter::mount(server.get(), "/push", *hub, std::move(authorize), std::move(endpoint_options),
                                         options));
    server.get().Get("/own", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("own", "text/plain");
    });
    // When it stops, it waits this long for connections that lie idle.
    server.get().set_keep_alive_timeout(1);
    server.start();
  }
  Served() : Served(let_in) {}

  support::RawClient ask(const std::string& bytes, int receive_buffer = 0) const {
    support::RawClient client(server.port(), receive_buffer);
    client.send(bytes);
    return client;
  }
  support::RawAnswer answer_to(const std::string& bytes) const {
    support::RawClient client = ask(bytes);
    return support::read_answer(client);
  }
  /// An event stream, its head read.
  support::RawClient stream(const std::string& headers = {}, int receive_buffer = 0) const {
    support::RawClient client = ask(support::get("/push", event_stream + headers), receive_buffer);
    if (support::read_head(client).status != 200) throw std::runtime_error("no event stream");
    return client;
  }
  /// The same, its retry hint read too: a server that stops between head and body drops the connection.
  support::RawClient begun_stream() const {
    support::RawClient client = stream();
    if (!support::read_chunk(client).value_or("").starts_with("retry: ")) throw std::runtime_error("no retry hint");
    return client;
  }
  /// A long poll that the hub holds.
  support::RawClient long_poll(std::size_t held_with_it = 1) const {
    support::RawClient client = ask(support::get("/push?wait=20"));
    const auto counters = hub->counters();
    if (!support::eventually([&] { return counters->long_polls.value() == held_with_it; })) {
      throw std::runtime_error("the hub does not hold so many long polls");
    }
    return client;
  }

  std::optional<tidings::Hub<>> hub{std::in_place};
  support::HttplibServer server;
  std::optional<tidings::Mount> push;
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_HTTPLIB_FIXTURE_HPP
