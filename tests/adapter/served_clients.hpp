// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_SERVED_CLIENTS_HPP
#define TIDINGS_TESTS_ADAPTER_SERVED_CLIENTS_HPP

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include "adapter/hub_fixture.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>

namespace fixture {

/// Clients of a hub that is served at `/push`.
///
/// @tparam Served  What inherits this; has the port as `port()`, and points to the hub with `hub`.
template <class Served>
class ServedClients {
 public:
  support::RawClient ask(const std::string& bytes, int receive_buffer = 0) const {
    support::RawClient client(served().port(), receive_buffer);
    client.send(bytes);
    return client;
  }
  support::RawAnswer answer_to(const std::string& bytes) const {
    support::RawClient client = ask(bytes);
    return support::read_answer(client);
  }
  /// An event stream, its head and its retry hint read: a server that stops between them drops the connection.
  support::RawClient stream(const std::string& headers = {}) const {
    support::RawClient client = ask(support::get("/push", event_stream + headers));
    if (support::read_head(client).status != 200) throw std::runtime_error("no event stream");
    if (!support::read_chunk(client).value_or("").starts_with("retry: ")) throw std::runtime_error("no retry hint");
    return client;
  }
  /// A long poll that the hub holds. With a cursor: without one it begins at the present, whenever that is.
  support::RawClient long_poll(std::size_t held_with_it = 1) const {
    const support::RawAnswer now = answer_to(support::get("/push", "Connection: close\r\n"));
    support::RawClient client = ask(support::get("/push?wait=20", "If-None-Match: " + now.head.value("ETag") + "\r\n"));
    const auto counters = served().hub->counters();
    if (!support::eventually([&] { return counters->long_polls.value() == held_with_it; })) {
      throw std::runtime_error("the hub does not hold so many long polls");
    }
    return client;
  }
  /// A WebSocket, its hello read.
  support::WsClient websocket(const std::string& query = {}, int receive_buffer = 0) const {
    support::WsClient client(served().port(), "/push" + query, {}, "tidings.v1", receive_buffer);
    if (!client.envelope().contains("hello")) throw std::runtime_error("no hello");
    return client;
  }
  /// What the handshake of a WebSocket is answered with.
  int handshake_status() const {
    support::RawClient client = ask(support::WsClient::handshake("/push"));
    return support::read_head(client).status;
  }

 private:
  const Served& served() const { return static_cast<const Served&>(*this); }
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_SERVED_CLIENTS_HPP
