// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_HUB_FIXTURE_HPP
#define TIDINGS_TESTS_ADAPTER_HUB_FIXTURE_HPP

#include <tidings/hub/options.hpp>
#include <tidings/identity.hpp>
#include <tidings/message.hpp>
#include <tidings/request_snapshot.hpp>

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"

#include <chrono>
#include <string>
#include <utility>

/// What the tests of all servers with a hub share.
namespace fixture {

/// Everybody is alice, but who says to be nobody.
inline tidings::Access let_in(const tidings::RequestSnapshot& request) {
  if (request.header("authorization") == "nobody") return tidings::reject(403);
  return tidings::Identity{.user = "alice", .topics = {"orders"}, .session_limit = 1000};
}

inline tidings::Message order(std::string data) {
  return {.topic = "orders", .event = "created", .data = std::move(data)};
}

/// A hub that does not wait long for clients which never leave.
inline tidings::HubOptions quick_to_close() { return {.close_timeout = std::chrono::milliseconds(500)}; }

inline const std::string event_stream = "Accept: text/event-stream\r\n";

/// With the length of its body, if it has one.
inline std::string request(const std::string& method, const std::string& target, const std::string& headers = {},
                           const std::string& body = {}) {
  const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + length + "\r\n" + body;
}

/// The next event of a stream, in chunks or without; heartbeats and the retry hint left out.
inline std::string next_event(support::RawClient& client, bool chunked = true) {
  for (;;) {
    std::string text;
    while (!text.ends_with("\n\n")) text += chunked ? support::read_chunk(client).value() : client.read_until("\n\n");
    if (text.find("data:") != std::string::npos) return text;
  }
}

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_HUB_FIXTURE_HPP
