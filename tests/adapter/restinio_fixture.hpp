// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_RESTINIO_FIXTURE_HPP
#define TIDINGS_TESTS_ADAPTER_RESTINIO_FIXTURE_HPP

#include <tidings/adapter/restinio.hpp>
#include <tidings/hub.hpp>

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/restinio_server.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

/// What the tests of the RESTinio adapter share.
namespace fixture {

using Traits = support::RestinioTraits;

inline tidings::Access let_in(const tidings::RequestSnapshot& request) {
  if (request.header("authorization") == "nobody") return tidings::reject(403);
  return tidings::Identity{.user = "alice", .topics = {"orders"}, .session_limit = 1000};
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
  explicit Served(F authorize, tidings::adapter::RestinioOptions options = {},
                  tidings::EndpointOptions endpoint_options = {}, tidings::HubOptions hub_options = {}) {
    hub.emplace(std::move(hub_options));
    push.emplace(tidings::adapter::mount_restinio<Traits>("/push", *hub, std::move(authorize),
                                                          std::move(endpoint_options), options));
    const auto handle = [push = push->handler()](const restinio::request_handle_t& request) {
      if (request->header().path() != "/own") return push(request);
      return request->create_response().set_body("own").done();
    };
    server.emplace(push->preset(restinio::server_settings_t<Traits>{}), handle, 2);
  }
  Served() : Served(let_in) {}

  support::RawClient ask(const std::string& bytes, int receive_buffer = 0) const {
    support::RawClient client(server->port(), receive_buffer);
    client.send(bytes);
    return client;
  }
  support::RawAnswer answer_to(const std::string& bytes) const {
    support::RawClient client = ask(bytes);
    return support::read_answer(client);
  }
  /// An event stream, its head and its retry hint read.
  support::RawClient stream(const std::string& headers = {}) const {
    support::RawClient client = ask(support::get("/push", event_stream + headers));
    if (support::read_head(client).status != 200) throw std::runtime_error("no event stream");
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
  /// A WebSocket, its hello read.
  support::WsClient websocket(const std::string& query = {}, int receive_buffer = 0) const {
    support::WsClient client(server->port(), "/push" + query, {}, "tidings.v1", receive_buffer);
    if (!client.envelope().contains("hello")) throw std::runtime_error("no hello");
    return client;
  }

  std::optional<tidings::Hub<>> hub;
  std::optional<tidings::adapter::RestinioMount<Traits>> push;
  std::optional<support::RestinioServer> server;
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_RESTINIO_FIXTURE_HPP
