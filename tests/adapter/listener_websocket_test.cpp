// SPDX-License-Identifier: BSL-1.0
//
// The hub's WebSocket over real sockets: what a client of `tidings.v1` sees and says.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/net/config.hpp>
#include <tidings/protocol/cursor.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/stream_reader.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;
using nlohmann::json;
using support::RawClient;
using support::WsClient;

namespace {

/// A hub, its listener, and everything on `/push`: the user is the Authorization header.
class WsServed {
 public:
  explicit WsServed(HubOptions options = {}, EndpointOptions endpoint = {}, std::size_t loops = 1)
      : hub(with_ends(std::move(options), ends, loops)), listener(hub) {
    mount = adapter::mount(
        listener, "/push", hub, [this](const RequestSnapshot& request) { return access(request); },
        std::move(endpoint));
  }

  WsClient connect(const std::string& user, const std::string& query = {}, int receive_buffer = 0) {
    const std::string headers = user.empty() ? "" : "Authorization: " + user + "\r\n";
    return WsClient(listener.port(), "/push" + query, headers, "tidings.v1", receive_buffer);
  }
  std::string refusal(const std::string& request) {
    RawClient client(listener.port());
    client.send(request);
    return client.read_until("\r\n\r\n");
  }
  MessageId publish(std::string data, std::string topic = "orders") {
    return hub.publish_and_wait({.topic = std::move(topic), .data = std::move(data)}).id;
  }
  std::vector<SessionInfo> sessions() { return hub.async_sessions(net::use_future).get(); }
  RecipientStatus standing_of(MessageId id) { return hub.async_status(id, net::use_future).get().recipients.at(0); }

  support::Mailbox<std::pair<std::string, std::error_code>> ends;
  std::atomic<std::int64_t> lasts_ms{0};
  Hub<> hub;
  adapter::Listener listener;
  Mount mount;

 private:
  static HubOptions with_ends(HubOptions options, decltype(ends)& ends, std::size_t loops) {
    options.loops = loops;
    options.on_session_closed = [&ends](const SessionInfo& info, std::error_code why) { ends.put({info.user, why}); };
    return options;
  }
  Access access(const RequestSnapshot& request) const {
    Identity identity;
    identity.user = request.header("authorization").value_or("");
    if (identity.user == "nobody") return reject(403);
    if (identity.user.starts_with("Bearer ")) identity.user.erase(0, 7);
    if (const std::size_t at = identity.user.find('+'); at != std::string::npos) identity.user.erase(at);
    identity.topics = {"orders"};
    identity.may_subscribe = [](std::string_view topic) { return topic != "secret"; };
    if (lasts_ms > 0) identity.valid_until = wall_time{io::wall_now().ms + lasts_ms};
    return identity;
  }
};

json command(std::string name, json value, std::string ref = {}) {
  json envelope;
  envelope[name] = std::move(value);
  if (!ref.empty()) envelope["ref"] = std::move(ref);
  return envelope;
}

std::string cursor_of(const json& hello) {
  std::string cursor = "1";
  for (const auto& [topic, token] : hello["hello"]["at"].items()) cursor += token.get<std::string>();
  return cursor;
}

/// A store whose word of a message may come late.
class TardyStore : public MemoryStore {
 public:
  struct Late {
    Announce announce;
    std::atomic<bool> keep{false};
    std::vector<StoredMessagePtr> kept;
  };

  void attach(Announce announce, Completion<> done) {
    late->announce = std::move(announce);
    MemoryStore::attach(
        [late = late](const StoredMessagePtr& message) {
          if (!late->keep) return late->announce(message);
          late->kept.push_back(message);
        },
        std::move(done));
  }

  std::shared_ptr<Late> late = std::make_shared<Late>();
};

}  // namespace

TEST_CASE("a WebSocket begins with hello and carries the hub's messages", "[adapter][websocket]") {
  WsServed served;
  WsClient client = served.connect("alice", "?device=d1");
  CHECK(client.head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
  CHECK(client.head.find("Sec-WebSocket-Protocol: tidings.v1\r\n") != std::string::npos);
  const json hello = client.envelope()["hello"];
  CHECK(hello["at"].contains("@alice"));
  CHECK(hello["at"].contains("orders"));
  CHECK(hello["heartbeat_ms"] == 45000);
  CHECK(hello["unread"] == 0);
  served.publish("one");
  const json message = client.envelope();
  CHECK(message["topic"] == "orders");
  CHECK(message["data"] == "one");
  const auto sessions = served.sessions();
  REQUIRE(sessions.size() == 1);
  CHECK(sessions[0].transport == Transport::websocket);
  CHECK(sessions[0].device == "d1");
  CHECK(to_string(sessions[0].id) == hello["session"]);
  CHECK(served.hub.counters()->ws_sessions.value() == 1);
  client.close(CloseCode::normal);
  CHECK(client.closing().code == 1000);
  CHECK(client.raw.wait_for_end() == RawClient::End::closed);
  CHECK(served.ends.expect().second == errc::closed);
  CHECK(served.hub.counters()->ws_sessions.value() == 0);
}

TEST_CASE("a WebSocket resumes behind its cursor, and hears of a gap", "[adapter][websocket]") {
  WsServed served;
  std::string cursor;
  {
    WsClient client = served.connect("alice");
    cursor = cursor_of(client.envelope());
  }
  served.publish("missed 1");
  served.publish("missed 2");
  WsClient again = served.connect("alice", "?after=" + cursor);
  again.envelope();
  CHECK(again.envelope()["data"] == "missed 1");
  CHECK(again.envelope()["data"] == "missed 2");
  WsClient lost = served.connect("bob", "?after=1garbage");
  CHECK(lost.envelope_with("gap")["gap"]["topics"].size() == 1);
}

TEST_CASE("who may not have a WebSocket is told in HTTP", "[adapter][websocket]") {
  WsServed served;
  SECTION("authorize refuses") {
    CHECK(served.refusal(WsClient::handshake("/push", "Authorization: nobody\r\n")).starts_with("HTTP/1.1 403 "));
  }
  SECTION("another origin") {
    CHECK(served.refusal(WsClient::handshake("/push", "Origin: http://evil\r\n")).starts_with("HTTP/1.1 403 "));
  }
  SECTION("a topic that is not allowed") {
    CHECK(served.refusal(WsClient::handshake("/push?topics=secret")).starts_with("HTTP/1.1 403 "));
  }
  SECTION("no subprotocol of ours") {
    CHECK(served.refusal(WsClient::handshake("/push", "", "other")).starts_with("HTTP/1.1 400 "));
  }
  SECTION("another version") {
    std::string request = WsClient::handshake("/push");
    request.replace(request.find("Version: 13"), 11, "Version: 8");
    const std::string head = served.refusal(request);
    CHECK(head.starts_with("HTTP/1.1 426 "));
    CHECK(head.find("Sec-WebSocket-Version: 13\r\n") != std::string::npos);
  }
  SECTION("too many sessions") {
    EndpointOptions none;
    WsServed crowded({.max_sessions_per_user = 1});
    WsClient first = crowded.connect("alice");
    first.envelope();
    const std::string head = crowded.refusal(WsClient::handshake("/push", "Authorization: alice\r\n"));
    CHECK(head.starts_with("HTTP/1.1 429 "));
    CHECK(head.find("Retry-After: ") != std::string::npos);
  }
}

TEST_CASE("frames glued to the handshake are not lost", "[adapter][websocket]") {
  WsServed served({}, {.on_message = [](const SessionInfo&, const UpwardMessage& m) { return reply(m.data); }});
  RawClient raw(served.listener.port());
  raw.send(WsClient::handshake("/push") +
           WsClient::frame(WsClient::Opcode::text, R"({"send":{"ref":"1","event":"e","data":"early"}})"));
  raw.read_until("\r\n\r\n");
  CHECK(raw.read_until("early").find("hello") != std::string::npos);
}

TEST_CASE("messages go up and are answered", "[adapter][websocket]") {
  EndpointOptions options;
  options.on_message = [](const SessionInfo& session, const UpwardMessage& message) -> UpwardAnswer {
    if (message.event == "refuse") return refuse("too_long", "at most 3");
    if (message.event == "nothing") return {};
    if (message.event == "json") return UpwardReply{R"({"n":1})", "said", true};
    if (message.event == "bytes") return reply("\xFF\xFE");
    if (message.event == "throw") throw std::runtime_error("application");
    return reply(session.user + " said " + message.data);
  };
  WsServed served({}, options);
  WsClient client = served.connect("alice");
  client.envelope();
  const auto ask = [&](const json& send) {
    client.send(json{{"send", send}}.dump());
    return client.envelope();
  };
  CHECK(ask({{"ref", "1"}, {"event", "say"}, {"data", "hi"}}) ==
        json{{"reply", {{"ref", "1"}, {"data", "alice said hi"}}}});
  CHECK(ask({{"ref", "2"}, {"event", "json"}}) ==
        json{{"reply", {{"ref", "2"}, {"event", "said"}, {"data", {{"n", 1}}}}}});
  CHECK(ask({{"ref", "3"}, {"event", "bytes"}}) ==
        json{{"reply", {{"ref", "3"}, {"data", "//4="}, {"enc", "base64"}}}});
  CHECK(ask({{"ref", "4"}, {"event", "refuse"}}) ==
        json{{"error", {{"ref", "4"}, {"code", "too_long"}, {"message", "at most 3"}}}});
  CHECK(ask({{"ref", "5"}, {"event", "nothing"}}) == json{{"done", {{"ref", "5"}}}});
  CHECK(served.hub.counters()->upward_messages.value() == 5);
  client.send(json{{"send", {{"ref", "6"}, {"event", "throw"}}}}.dump());
  CHECK(client.closing().code == 1011);
  CHECK(served.ends.expect().second == errc::callback_failed);
}

TEST_CASE("a late answer finds its client, from any thread", "[adapter][websocket]") {
  support::Mailbox<Completion<UpwardAnswer>> waiting;
  EndpointOptions options;
  options.on_message = [&](const SessionInfo&, UpwardMessage, Completion<UpwardAnswer> answer) {
    waiting.put(std::move(answer));
  };
  WsServed served({}, options);
  WsClient client = served.connect("alice");
  client.envelope();
  client.send(R"({"send":{"ref":"a","event":"e"}})");
  client.send(R"({"send":{"ref":"b","event":"e"}})");
  Completion<UpwardAnswer> first = waiting.expect();
  { const Completion<UpwardAnswer> dropped = waiting.expect(); }
  CHECK(client.envelope()["error"]["code"] == "closed");
  first({}, reply("late"));
  CHECK(client.envelope()["reply"]["data"] == "late");
}

TEST_CASE("commands are carried out or refused one by one", "[adapter][websocket]") {
  WsServed served;
  served.publish("unread", "@alice");
  WsClient client = served.connect("alice");
  const json hello = client.envelope();
  CHECK(hello["hello"]["unread"] == 1);
  const auto at = client.envelope()["at"].get<std::string>();
  client.send(command("ack", "1" + at, "1").dump());
  CHECK(client.envelope() == json{{"done", {{"ref", "1"}}}});
  client.send(command("ack", "garbage", "2").dump());
  CHECK(client.envelope()["error"]["code"] == "invalid_cursor");
  client.send(command("seen", {at}, "3").dump());
  CHECK(client.envelope_with("done") == json{{"done", {{"ref", "3"}, {"unread", 0}}}});
  client.send(command("subscribe", {"news"}, "4").dump());
  CHECK(client.envelope_with("hello")["hello"]["at"].contains("news"));
  served.publish("extra", "news");
  CHECK(client.envelope_with("at")["data"] == "extra");
  client.send(command("subscribe", {"secret"}, "5").dump());
  CHECK(client.envelope()["error"] == json{{"ref", "5"},
                                           {"code", "topic_not_allowed"},
                                           {"message", make_error_code(errc::topic_not_allowed).message()}});
  client.send(command("unsubscribe", {"news"}, "6").dump());
  CHECK_FALSE(client.envelope_with("hello")["hello"]["at"].contains("news"));
  CHECK(client.envelope() == json{{"done", {{"ref", "6"}}}});
  client.send(command("send", {{"ref", "7"}, {"event", "e"}}).dump());
  CHECK(client.envelope()["error"]["code"] == "not_supported");
  client.send("{}");
  CHECK(client.envelope() == json::object());
  client.send("[1]");
  CHECK(client.envelope()["error"]["code"] == "invalid_envelope");
  client.send_binary("x");
  CHECK(client.closing().code == 1003);
}

TEST_CASE("commands take effect in the order in which they were said", "[adapter][websocket]") {
  WsServed served;
  WsClient client = served.connect("alice");
  client.envelope();
  std::string frames;
  for (int i = 0; i < 20; ++i) {
    frames += WsClient::frame(WsClient::Opcode::text, command("subscribe", {"news"}).dump());
    frames += WsClient::frame(WsClient::Opcode::text, command("unsubscribe", {"news"}).dump());
  }
  client.raw.send(frames + WsClient::frame(WsClient::Opcode::text, command("ack", "1", "last").dump()));
  json hello;
  for (json got = client.envelope(); !got.contains("done"); got = client.envelope()) {
    if (got.contains("hello")) hello = got;
  }
  CHECK_FALSE(hello["hello"]["at"].contains("news"));
  CHECK(served.sessions().at(0).topics.size() == 2);
}

TEST_CASE("a browser's token may come as a subprotocol", "[adapter][websocket]") {
  WsServed served;
  WsClient client(served.listener.port(), "/push", "", "tidings.v1, bearer.alice");
  CHECK(client.envelope()["hello"]["at"].contains("@alice"));
  CHECK(client.head.find("Sec-WebSocket-Protocol: tidings.v1\r\n") != std::string::npos);
}

TEST_CASE("a subscription may begin behind a cursor", "[adapter][websocket]") {
  WsServed served;
  std::string cursor;
  {
    WsClient reader = served.connect("bob", "?topics=news");
    cursor = cursor_of(reader.envelope());
  }
  served.publish("first", "news");
  WsClient client = served.connect("alice");
  client.envelope();
  client.send(json{{"subscribe", {"news"}}, {"after", cursor}}.dump());
  CHECK(client.envelope_with("at")["data"] == "first");
}

TEST_CASE("a pong proves delivery to a client that knows nothing of us", "[adapter][websocket]") {
  WsServed served;
  WsClient client = served.connect("alice");
  client.envelope();
  const MessageId id = served.publish("proved", "@alice");
  client.envelope_with("at");
  CHECK(served.standing_of(id).outcome == Outcome::written);
  // Reading answers the ping.
  std::thread reader([&] {
    while (client.next().kind != WsClient::Kind::ping) {
    }
  });
  CHECK(support::eventually([&] { return served.standing_of(id).outcome == Outcome::delivered; }));
  reader.join();
  CHECK(served.standing_of(id).evidence == Evidence::pong);
  CHECK(served.standing_of(id).transport == "websocket");
  // It moves nothing but the ledger.
  CHECK(served.hub.async_unread("alice", net::use_future).get() == 1);
  CHECK(support::eventually([&] { return served.sessions().at(0).round_trip.has_value(); }));
  client.raw.close();
  served.ends.expect();
  CHECK(served.standing_of(id).outcome == Outcome::delivered);
  WsClient again = served.connect("alice");
  again.envelope();
  CHECK(again.envelope()["data"] == "proved");
}

TEST_CASE("a reader that does not pong is never called delivered, and is dead after its time", "[adapter][websocket]") {
  WsServed served({.pong_wait = 2s});
  WsClient client = served.connect("alice");
  client.silent = true;
  client.envelope();
  const MessageId id = served.publish("unproved", "@alice");
  const auto [user, why] = served.ends.expect("a silent peer was not found");
  CHECK(why == errc::peer_gone);
  CHECK(served.standing_of(id).outcome != Outcome::delivered);
}

TEST_CASE("a frozen reader behind a full socket is never delivered", "[adapter][websocket]") {
  WsServed served({.max_lag = 2s, .write_stall = 2s});
  WsClient client = served.connect("alice", "", 4096);
  client.envelope();
  MessageId last;
  for (int i = 0; i < 40; ++i) last = served.publish(std::string(200'000, 'x'), "@alice");
  CHECK(served.ends.expect("the reader was not ended").second == errc::slow_consumer);
  CHECK(served.standing_of(last).outcome != Outcome::delivered);
}

TEST_CASE("ends have their codes, and say when to come back", "[adapter][websocket]") {
  WsServed served;
  WsClient client = served.connect("alice");
  client.envelope();
  SECTION("disconnect") {
    served.hub.disconnect("alice");
    const json bye = client.envelope()["bye"];
    CHECK(bye["code"] == "disconnected");
    CHECK(bye["retry_ms"] > 0);
    CHECK(client.closing().code == 4503);
    client.close(CloseCode::disconnected);
    CHECK(client.raw.wait_for_end() == RawClient::End::closed);
  }
  SECTION("shutdown") {
    std::thread stopping([&] { served.hub.shutdown(0ms, 1000ms); });
    CHECK(client.envelope()["bye"]["code"] == "draining");
    CHECK(client.closing().code == 1012);
    client.close(CloseCode::service_restart);
    stopping.join();
    CHECK(served.refusal(WsClient::handshake("/push")).starts_with("HTTP/1.1 503 "));
  }
  SECTION("a fault of the client's") {
    client.raw.send(std::string("\x81\x01x", 3));  // not masked
    CHECK(client.closing().code == 1002);
    CHECK(served.ends.expect().second == errc::malformed_frame);
  }
  SECTION("a close without a code") {
    client.raw.send(WsClient::frame(WsClient::Opcode::close, ""));
    CHECK(client.closing().code == 1005);
    CHECK(served.ends.expect().second == errc::closed);
  }
  SECTION("a cut") {
    client.raw.reset();
    CHECK(served.ends.expect().second);
  }
}

TEST_CASE("credentials are renewed on the open connection", "[adapter][websocket]") {
  WsServed served;
  served.lasts_ms = 31'000;
  WsClient client = served.connect("alice");
  client.envelope();
  const json told = client.envelope();
  CHECK(told["renew"]["in_ms"] <= 30'000);
  CHECK(told["renew"]["in_ms"] > 25'000);
  client.send(command("renew", "bob", "1").dump());
  CHECK(client.envelope()["error"]["code"] == "unauthorized");
  served.lasts_ms = 3'600'000;
  client.send(command("renew", "alice+fresh", "2").dump());
  CHECK(client.envelope() == json{{"done", {{"ref", "2"}}}});
  served.publish("still here");
  CHECK(client.envelope()["data"] == "still here");
}

TEST_CASE("credentials that end close with 4401", "[adapter][websocket]") {
  WsServed served;
  served.lasts_ms = 700;
  WsClient client = served.connect("alice");
  CHECK(client.envelope_with("bye")["bye"]["code"] == "credentials_expired");
  CHECK(client.closing().code == 4401);
}

TEST_CASE("a client that says too much is read later, and loses nothing", "[adapter][websocket]") {
  EndpointOptions options;
  options.upward_rate = 40;
  options.upward_burst = 10;
  options.on_message = [](const SessionInfo&, const UpwardMessage& message) { return reply(message.data); };
  WsServed served({}, options);
  WsClient client = served.connect("alice");
  client.envelope();
  for (int i = 0; i < 30; ++i) {
    client.send(json{{"send", {{"ref", "r"}, {"event", "e"}, {"data", std::to_string(i)}}}}.dump());
  }
  for (int i = 0; i < 30; ++i) CHECK(client.envelope()["reply"]["data"] == std::to_string(i));
  CHECK(served.hub.counters()->upward_throttled.value() >= 1);
}

TEST_CASE("a message that takes too long ends its session with bye and 1008", "[adapter][websocket]") {
  WsServed served({.message_timeout = 500ms});
  WsClient client = served.connect("alice");
  client.envelope_with("hello");
  const std::string message = WsClient::frame(WsClient::Opcode::text, "{}");
  client.raw.send(message.substr(0, 7));
  CHECK(client.envelope_with("bye")["bye"]["code"] == "timeout");
  CHECK(client.closing().code == 1008);
  CHECK(served.ends.expect().second == errc::timeout);
}

TEST_CASE("a message for which the hub has no room ends its session with 1013", "[adapter][websocket]") {
  EndpointOptions options;
  options.max_upward_bytes = 256 * 1024;
  WsServed served({.max_pending_message_bytes = 0}, options);
  // Together more than twice the largest message.
  std::vector<WsClient> clients;
  for (const char* const user : {"a", "b", "c", "d"}) {
    clients.push_back(served.connect(user));
    clients.back().envelope_with("hello");
    const std::string message = WsClient::frame(WsClient::Opcode::text, std::string(200 * 1024, ' '));
    clients.back().raw.send(message.substr(0, 190 * 1024));
  }
  CHECK(served.ends.expect().second == errc::overloaded);
  CHECK(support::eventually([&] {
    return std::any_of(clients.begin(), clients.end(),
                       [](WsClient& each) { return each.raw.read_now().find("\x03\xF5") != std::string::npos; });
  }));
  clients.clear();
  // What it had is there for others.
  WsClient other = served.connect("bob");
  other.envelope_with("hello");
  const std::string smaller = WsClient::frame(WsClient::Opcode::text, "{}" + std::string(40 * 1024, ' '));
  other.raw.send(smaller.substr(0, 30 * 1024));
  std::this_thread::sleep_for(20ms);
  other.raw.send(smaller.substr(30 * 1024));
  CHECK(other.envelope_with("error")["error"]["code"] == "invalid_envelope");
}

TEST_CASE("messages go up by POST as well", "[adapter][websocket]") {
  EndpointOptions options;
  options.upward_rate = 0.01;
  options.upward_burst = 4;
  options.on_message = [](const SessionInfo& session, const UpwardMessage& message) -> UpwardAnswer {
    if (message.event == "refuse") return refuse("no", "not today");
    if (message.event == "nothing") return {};
    if (message.event == "throw") throw std::runtime_error("application");
    return reply(session.user + " posted " + message.data);
  };
  WsServed served({}, options);
  const auto post = [&](const json& send) {
    const std::string body = json{{"send", send}}.dump();
    RawClient client(served.listener.port());
    client.send("POST /push HTTP/1.1\r\nHost: here\r\nAuthorization: alice\r\nContent-Type: application/json\r\n" +
                ("Content-Length: " + std::to_string(body.size())) + "\r\n\r\n" + body);
    return support::read_answer(client);
  };
  auto answer = post({{"ref", "1"}, {"event", "say"}, {"data", "hi"}});
  CHECK(answer.head.status == 200);
  CHECK(json::parse(answer.body) == json{{"reply", {{"ref", "1"}, {"data", "alice posted hi"}}}});
  answer = post({{"event", "refuse"}});
  CHECK(answer.head.status == 422);
  CHECK(json::parse(answer.body) == json{{"error", "no"}, {"message", "not today"}});
  CHECK(post({{"event", "nothing"}}).head.status == 204);
  CHECK(post({{"event", "throw"}}).head.status >= 500);
  CHECK(post({{"event", "say"}}).head.status == 429);
}

TEST_CASE("after its mount is gone the application is not called, and open sessions stay", "[adapter][websocket]") {
  auto alive = std::make_shared<std::atomic<int>>(0);
  EndpointOptions options;
  options.on_message = [calls = alive.get()](const SessionInfo&, const UpwardMessage&) {
    ++*calls;
    return reply("called");
  };
  WsServed served({}, options);
  WsClient client = served.connect("alice");
  client.envelope();
  client.send(R"({"send":{"ref":"1","event":"e"}})");
  CHECK(client.envelope()["reply"]["data"] == "called");
  served.mount.detach();
  client.send(R"({"send":{"ref":"2","event":"e"}})");
  CHECK(client.envelope()["error"]["code"] == "closed");
  CHECK(*alive == 1);
  served.publish("still carried");
  CHECK(client.envelope()["data"] == "still carried");
}

TEST_CASE("presence says who reads a topic, over which transports", "[adapter][websocket]") {
  WsServed served;
  WsClient first = served.connect("alice");
  WsClient second = served.connect("alice");
  WsClient other = served.connect("bob", "?topics=news");
  first.envelope(), second.envelope(), other.envelope();
  support::StreamReader stream(served.listener.port(), "alice");
  served.refusal("GET /push HTTP/1.1\r\nHost: here\r\nAuthorization: carol\r\n\r\n");
  const auto orders = served.hub.async_presence("orders", net::use_future).get();
  REQUIRE(orders.size() == 3);
  CHECK(orders[0].user == "alice");
  CHECK(orders[0].sessions == 3);
  CHECK(orders[0].transports == std::vector{Transport::sse, Transport::websocket});
  CHECK(orders[1].user == "bob");
  // Between its polls.
  CHECK(orders[2].user == "carol");
  CHECK(orders[2].transports == std::vector{Transport::short_poll});
  const auto news = served.hub.async_presence("news", net::use_future).get();
  REQUIRE(news.size() == 1);
  CHECK(news[0].user == "bob");
}

TEST_CASE("a slow reader falls back to the store and gets everything", "[adapter][websocket]") {
  WsServed served({.max_queue_bytes = 64 * 1024});
  WsClient client = served.connect("", "", 4096);
  client.envelope();
  for (int i = 0; i < 300; ++i) served.publish(std::to_string(i) + std::string(20'000, '.'));
  CHECK(support::eventually([&] { return served.hub.counters()->spills.value() > 0; }));
  for (int i = 0; i < 300; ++i) {
    const json got = client.envelope_with("at");
    REQUIRE(got["data"].get<std::string>().starts_with(std::to_string(i) + "."));
  }
}

TEST_CASE("a new epoch under several open sessions stops none of them", "[adapter][websocket]") {
  MemoryStore store;
  Hub hub{store};
  adapter::Listener listener(hub);
  const Mount mount = adapter::mount(listener, "/push", hub,
                                     [](const RequestSnapshot&) -> Access { return Identity{.topics = {"orders"}}; });
  std::vector<WsClient> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(listener.port(), "/push").envelope();
  for (int epoch = 0; epoch < 3; ++epoch) {
    hub.publish_and_wait({.topic = "orders", .data = "before"});
    store.begin_epoch("orders");
    hub.publish_and_wait({.topic = "orders", .data = "behind"});
    for (WsClient& each : clients) {
      CHECK(each.envelope_with("at")["data"] == "before");
      CHECK(each.envelope_with("at")["data"] == "behind");
    }
  }
}

TEST_CASE("a late word of a former epoch says nothing new", "[adapter][websocket]") {
  const TardyStore store;
  Hub hub{store};
  adapter::Listener listener(hub);
  const Mount mount = adapter::mount(listener, "/push", hub,
                                     [](const RequestSnapshot&) -> Access { return Identity{.topics = {"orders"}}; });
  WsClient client(listener.port(), "/push");
  client.envelope();
  store.late->keep = true;
  hub.publish_and_wait({.topic = "orders", .data = "before"});
  store.late->keep = false;
  // More epochs than a store remembers.
  for (int epoch = 1; epoch <= 6; ++epoch) {
    MemoryStore(store).begin_epoch("orders");
    hub.publish_and_wait({.topic = "orders", .data = std::to_string(epoch)});
    if (epoch == 1) CHECK(client.envelope_with("at")["data"] == "before");
    CHECK(client.envelope_with("at")["data"] == std::to_string(epoch));
  }
  for (int again = 0; again < 2; ++again) store.late->announce(store.late->kept.at(0));
  hub.publish_and_wait({.topic = "orders", .data = "last"});
  CHECK(client.envelope_with("at")["data"] == "last");
}

TEST_CASE("a hub does not wait for clients that were cut while they were disconnected", "[adapter][websocket]") {
  std::chrono::steady_clock::time_point begin;
  {
    WsServed served;
    for (int round = 0; round < 20; ++round) {
      std::vector<WsClient> clients;
      for (int i = 0; i < 4; ++i) clients.push_back(served.connect("alice"));
      for (WsClient& each : clients) each.envelope();
      std::thread disconnecting([&] { served.hub.disconnect("alice"); });
      for (WsClient& each : clients) each.raw.reset();
      disconnecting.join();
    }
    REQUIRE(support::eventually([&] { return served.hub.counters()->ws_sessions.value() == 0; }));
    begin = support::Clock::now();
  }
  // The patience with a peer that does not close is 5 s.
  CHECK(support::Clock::now() - begin < 4s);
}

TEST_CASE("sessions come and go on several loops while others publish and send", "[adapter][websocket]") {
  EndpointOptions options;
  options.upward_rate = 100'000;
  options.upward_burst = 100'000;
  options.on_message = [](const SessionInfo&, const UpwardMessage& message) { return reply(message.data); };
  WsServed served({.max_sessions_per_user = 1000}, options, 2);
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (int i = 0; !over; ++i) {
      served.hub.publish({.topic = "orders", .data = std::to_string(i)});
      std::this_thread::sleep_for(1ms);
    }
  });
  std::atomic<int> replies{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 30 / support::slowness + 5; ++i) {
        WsClient client = served.connect("user" + std::to_string(t));
        client.send(R"({"send":{"ref":"1","event":"e","data":"x"}})");
        client.envelope_with("reply");
        ++replies;
        if (i % 3 == 0) client.raw.reset();
        if (i % 3 == 1) client.close(CloseCode::going_away);
        if (i % 7 == 0) served.hub.disconnect("user" + std::to_string(t));
      }
    });
  }
  for (std::size_t i = 1; i < threads.size(); ++i) threads[i].join();
  over = true;
  threads[0].join();
  CHECK(replies == 4 * (30 / support::slowness + 5));
  CHECK(support::eventually([&] { return served.hub.counters()->ws_sessions.value() == 0; }));
}
