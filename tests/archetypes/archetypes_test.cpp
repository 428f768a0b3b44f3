// SPDX-License-Identifier: BSL-1.0

#include "archetypes/archetypes.hpp"

#include <tidings/adapter/blocking_stream.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/hub.hpp>
#include <tidings/poller.hpp>
#include <tidings/sse_stream.hpp>
#include <tidings/store/memory_attempts.hpp>
#include <tidings/store/memory_token_store.hpp>
#include <tidings/wechat/template_message.hpp>
#include <tidings/wechat_client.hpp>
#include <tidings/ws_accept.hpp>

#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<Endpoint> endpoint_of(const HubRef& hub) {
  return std::make_shared<Endpoint>(hub, make_authorize([](const RequestSnapshot&) -> Access {
                                      return Identity{.user = "alice", .topics = {"orders"}};
                                    }));
}

Message order() { return {.topic = "orders", .data = "A-17"}; }

}  // namespace

TEST_CASE("a request needs no more than its concept") {
  const RequestSnapshot copy = snapshot(archetypes::Request("/push?topics=orders"));
  CHECK(copy.method == "GET");
  CHECK(copy.target == "/push?topics=orders");
  CHECK(copy.peer == "192.0.2.1");
}

TEST_CASE("polls need no more of a responder than its concept") {
  Poller poller;
  int status = 0;
  // It cannot answer late: the wait is left out, and the answer comes inside the call.
  poller.answer(archetypes::Request("/poll?wait=20"), {.topics = {"orders"}}, archetypes::Responder(status));
  CHECK(status == 200);
  Hub hub;
  int second = 0;
  endpoint_of(hub)->answer(snapshot(archetypes::Request("/push?wait=20")), archetypes::Responder(second));
  CHECK(second == 200);
}

TEST_CASE("streams need no more of a response than its concept, and no socket if it keeps its own") {
  std::string alone;
  {
    SseStream stream{archetypes::StreamingResponse(alone)};
    stream.send({.data = "1"});
  }
  CHECK(alone.find("data: 1\n\n") != std::string::npos);
  std::string kept;
  std::string offered;
  {
    Hub hub;
    const auto endpoint = endpoint_of(hub);
    endpoint->stream(snapshot(archetypes::Request("/push")), archetypes::StreamingResponse(kept));
    endpoint->stream(snapshot(archetypes::Request("/push")), archetypes::HandsOver(offered));
    while (hub.counters()->sse_sessions.value() < 2) std::this_thread::yield();
    hub.async_publish(order(), asio::use_future).get();
  }
  CHECK(kept.find("data: A-17\n\n") != std::string::npos);
  CHECK(offered.find("data: A-17\n\n") != std::string::npos);
}

TEST_CASE("WebSockets need no more of a stream or channel than its concept") {
  RequestSnapshot handshake;
  handshake.method = "GET";
  handshake.target = "/push";
  handshake.headers = {{"upgrade", "websocket"},
                       {"connection", "upgrade"},
                       {"sec-websocket-version", "13"},
                       {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
                       {"sec-websocket-protocol", "tidings.v1"}};
  std::string written;
  std::string sent;
  std::string raw;
  {
    Hub hub;
    const auto endpoint = endpoint_of(hub);
    endpoint->upgrade(handshake, archetypes::ByteStream(written));
    endpoint->upgrade(handshake, archetypes::MessageChannel(sent));
    while (hub.counters()->sessions_opened.value() < 2) std::this_thread::yield();
    WsSession session = accept_ws(hub.loop(), handshake, archetypes::MessageChannel(raw));
    session.send({"raw"});
    while (session.buffered_bytes() > 0) std::this_thread::yield();
  }
  CHECK(written.find("HTTP/1.1 101 ") == 0);
  CHECK(sent.find("{\"hello\":") == 0);
  CHECK(raw == "raw");
}

TEST_CASE("a bridge needs no more of a sink than its concept") {
  std::string written;
  archetypes::Sink sink(written);
  adapter::BlockingStream bridge;
  {
    SseStream stream{bridge.response()};
    stream.send({.data = "1"});
  }
  CHECK(bridge.wait_for_head(1s));
  CHECK(bridge.run(sink, 1ms));
  CHECK(written.find("data: 1\n\n") != std::string::npos);
}

TEST_CASE("a hub needs no more of store and ledger than their concepts") {
  Hub hub{archetypes::Store(MemoryStore{}), archetypes::Ledger(MemoryLedger{})};
  hub.async_add_member("orders", "alice", asio::use_future).get();
  const MessageId id = hub.async_publish(order(), asio::use_future).get().id;
  CHECK(hub.async_missed(id, asio::use_future).get().size() == 1);
  CHECK(hub.async_recent(5, asio::use_future).get().size() == 1);
}

TEST_CASE("what sends over WeChat needs no more of an HTTP client than its concept") {
  std::vector<std::string> urls;
  archetypes::HttpClient http(urls, R"({"errcode":0,"access_token":"T","expires_in":7200,"msgid":1})");
  MemoryTokenStore tokens;
  MemoryAttempts ledger;
  asio::io_context context;
  WechatClient client{context.get_executor(), {.name = "oa", .app = "wx1", .secret = "s"}, http, tokens, ledger};
  std::error_code outcome = errc::timeout;
  client.async_send(wechat::TemplateMessage{.to = "o1", .template_id = "t", .data = {{"thing1", "a parcel"}}},
                    {.user = "alice"}, [&](std::error_code ec, const wechat::SendReport&) {
                      outcome = ec;
                      context.stop();
                    });
  context.run_for(20s);
  CHECK_FALSE(outcome);
  REQUIRE(urls.size() == 2);
  CHECK(urls[1].find("access_token=T") != std::string::npos);
}
