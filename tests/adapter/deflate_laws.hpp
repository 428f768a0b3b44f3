// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_DEFLATE_LAWS_HPP
#define TIDINGS_TESTS_ADAPTER_DEFLATE_LAWS_HPP

#include <tidings/endpoint_options.hpp>
#include <tidings/ws_handler.hpp>
#include <tidings/ws_session.hpp>

#include "support/counted_deflate.hpp"
#include "support/deflate_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include "adapter/hub_fixture.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What every server keeps to whose WebSockets have our frames.
namespace fixture {

/// Sessions of all kinds compress; raw ones send back what comes, and read topics.
inline tidings::EndpointOptions compressing(std::shared_ptr<const tidings::WsCompression> compression) {
  struct Echo final : tidings::WsHandler {
    void on_message(tidings::WsSession& session, tidings::PayloadKind kind, std::string_view data) override {
      session.send(kind, data);
    }
  };
  tidings::EndpointOptions options;
  options.compression = std::move(compression);
  options.raw_topics = true;
  options.on_raw_session = [](const tidings::WsSession&, const tidings::Identity&, const tidings::RequestSnapshot&) {
    return std::make_unique<Echo>();
  };
  return options;
}

/// @param served  With `compressing`; `let_in` decides.
template <class Served>
void long_messages_go_deflated_both_ways(const Served& served) {
  support::DeflateClient client(served.port(), "/push");
  CHECK(client.answer == "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  for (const std::size_t size : {20, 3000, 60'000}) {
    const std::string text = support::plain_json(size);
    const std::size_t before = client.received;
    client.send(text);
    CHECK(client.message() == text);
    if (size > 1024) CHECK(client.received - before < size / 3);
  }
}

/// @param served  With `compressing(deflate)`.
template <class Served>
void a_broadcast_is_deflated_once(const Served& served, const support::CountedDeflate& deflate) {
  std::vector<support::DeflateClient> raw;
  std::vector<support::DeflateClient> enveloped;
  for (int i = 0; i < 4; ++i) {
    raw.emplace_back(served.port(), "/push");
    enveloped.emplace_back(served.port(), "/push", "tidings.v1");
    CHECK(enveloped.back().message().find("\"hello\"") != std::string::npos);
  }
  // With the first all of them have become live.
  const int before = deflate.deflated;
  for (const std::string& text : {std::string("ready"), support::plain_json(3000)}) {
    served.hub->publish(order(text));
    for (support::DeflateClient& each : raw) CHECK(each.message() == text);
    for (support::DeflateClient& each : enveloped) CHECK(each.message().find(text) != std::string::npos);
  }
  CHECK(deflate.deflated - before == 2);
}

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_DEFLATE_LAWS_HPP
