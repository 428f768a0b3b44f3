// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_BEAST_HUB_FIXTURE_HPP
#define TIDINGS_TESTS_ADAPTER_BEAST_HUB_FIXTURE_HPP

#include <tidings/adapter/beast.hpp>
#include <tidings/hub.hpp>

#include "support/beast_server.hpp"
#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/waiting.hpp"

#include "adapter/beast_fixture.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

/// What the tests of the Beast adapter with a hub share.
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

/// A hub that does not wait long for clients which never leave.
inline tidings::HubOptions quick_to_close() {
  tidings::HubOptions options;
  options.close_timeout = std::chrono::milliseconds(500);
  return options;
}

/// The next event of a stream, in chunks or without; heartbeats and the retry hint left out.
inline std::string next_event(support::RawClient& client, const support::RawHead& head) {
  for (;;) {
    std::string text;
    while (!text.ends_with("\n\n")) {
      text += head.chunked() ? support::read_chunk(client).value() : client.read_until("\n\n");
    }
    if (text.find("data:") != std::string::npos) return text;
  }
}

/// A client with an event stream.
struct Reader {
  support::RawClient client;
  support::RawHead head;

  std::string next() { return next_event(client, head); }
};

/// A hub and a server with `/push` mounted; the application answers everything else, with its name and the size of the
/// body that came.
///
/// @tparam Layer  See BeastServer.
template <class Layer>
class Served {
 public:
  using Server = support::BeastServer<Layer>;
  using Exchange = tidings::adapter::BeastExchange<typename Server::Stream>;

  template <class F>
  explicit Served(F authorize, tidings::EndpointOptions options = {})
      : push(tidings::adapter::mount(routes, "/push", *hub, std::move(authorize), std::move(options))) {}
  Served() : Served(let_in) {}

  /// @param headers  Sent behind `Host`.
  Reader stream(std::uint16_t port, const std::string& headers = {}) const {
    support::RawClient client(port);
    client.send(support::get("/push", event_stream + headers));
    support::RawHead head = support::read_head(client);
    if (head.status != 200) throw std::runtime_error("no event stream");
    return {std::move(client), std::move(head)};
  }
  Reader stream(const std::string& headers = {}) const { return stream(server.port(), headers); }
  support::RawClient ask(const std::string& bytes) const {
    support::RawClient client(server.port());
    client.send(bytes);
    return client;
  }
  support::RawAnswer answer_to(const std::string& bytes) const {
    support::RawClient client = ask(bytes);
    return support::read_answer(client);
  }
  /// A long poll that the hub holds.
  support::RawClient long_poll(std::uint16_t port) const {
    support::RawClient client(port);
    client.send(support::get("/push?wait=20"));
    const auto counters = hub->counters();
    if (!support::eventually([&] { return counters->long_polls.value() == 1; })) {
      throw std::runtime_error("the hub does not hold the long poll");
    }
    return client;
  }
  support::RawClient long_poll() const { return long_poll(server.port()); }

  std::optional<tidings::Hub<>> hub{std::in_place, quick_to_close()};
  tidings::adapter::BeastRoutes routes;
  std::optional<tidings::Mount> push;
  Server server{[own = routes](auto stream, auto buffer, auto asked, auto next) {
    if (own.serves(asked)) {
      own.serve(std::move(stream), std::move(buffer), std::move(asked), std::move(next));
      return;
    }
    auto answer = [](const tidings::RequestSnapshot& seen, Exchange exchange) {
      std::move(exchange).answer().respond({}, tidings::share_bytes("own " + std::to_string(seen.body.size())));
    };
    tidings::adapter::serve(answer, std::move(stream), std::move(buffer), std::move(asked), std::move(next));
  }};
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_BEAST_HUB_FIXTURE_HPP
