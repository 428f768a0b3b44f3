// SPDX-License-Identifier: BSL-1.0
//
// WebSockets of the application's own protocol that read topics of the hub.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;
using support::WsClient;

namespace {

/// Publishes what its client says to the room that the client is in.
class RoomHandler : public WsHandler {
 public:
  struct Told {
    support::Mailbox<CloseInfo> closed;
    support::Mailbox<std::string> gaps;
  };

  RoomHandler(HubRef hub, Told& told, bool stays) : hub_(std::move(hub)), told_(told), stays_(stays) {}

  void on_message(WsSession& session, PayloadKind, std::string_view data) override {
    if (data == "own") {
      session.send({"for you alone"});
    } else {
      hub_.publish({.topic = "room", .data = std::string(data)});
    }
  }
  void on_gap(WsSession& session, std::string_view topic) override {
    told_.gaps.put(std::string(topic));
    if (!stays_) WsHandler::on_gap(session, topic);
  }
  void on_closed(WsSession&, const CloseInfo& info) override { told_.closed.put(info); }

 private:
  HubRef hub_;
  Told& told_;
  bool stays_;
};

/// A hub whose raw WebSockets read `room`, and what they ask for; users by `Authorization`.
class RawRoom {
 public:
  explicit RawRoom(HubOptions options = {}, bool stays = false, WsOptions ws = {})
      : hub(std::move(options)),
        listener(hub),
        mount_(adapter::mount(
            listener, "/push", hub,
            [](const RequestSnapshot& request) -> Access {
              return Identity{.user = std::string(request.header("authorization").value_or("")),
                              .topics = {"room"},
                              .may_subscribe = [](std::string_view topic) { return topic != "secret"; }};
            },
            endpoint_options(stays, ws))) {}

  WsClient connect(const std::string& user = {}, std::string_view query = {}, int receive_buffer = 0) {
    return WsClient(listener.port(), std::string("/push").append(query),
                    user.empty() ? std::string() : "Authorization: " + user + "\r\n", "", receive_buffer);
  }
  std::vector<SessionInfo> sessions() { return hub.async_sessions(net::use_future).get(); }

  RoomHandler::Told told;
  Hub<> hub;
  adapter::Listener listener;

 private:
  EndpointOptions endpoint_options(bool stays, const WsOptions& ws) {
    EndpointOptions options;
    options.raw_topics = true;
    options.ws = ws;
    options.on_raw_session = [this, stays](const WsSession&, const Identity&,
                                           const RequestSnapshot&) -> std::unique_ptr<WsHandler> {
      return std::make_unique<RoomHandler>(hub, told, stays);
    };
    return options;
  }

  Mount mount_;
};

}  // namespace

TEST_CASE("what one raw client says reaches all in the room, itself too, in order", "[adapter][raw_topics]") {
  RawRoom room;
  std::vector<WsClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(room.connect());
  // Heard at once, though the handshake is hardly over.
  for (int i = 0; i < 50; ++i) clients[3].send("message " + std::to_string(i));
  for (WsClient& each : clients) {
    for (int i = 0; i < 50; ++i) CHECK(each.message() == "message " + std::to_string(i));
  }
  clients[5].send("own");
  CHECK(clients[5].message() == "for you alone");
  room.hub.publish({.topic = "room", .data = "{\"a\":1}", .json = true});
  for (WsClient& each : clients) CHECK(each.message() == "{\"a\":1}");
  CHECK(room.hub.counters()->ws_sessions.value() == 20);
  clients.clear();
  CHECK(support::eventually([&] { return room.hub.counters()->ws_sessions.value() == 0; }));
}

TEST_CASE("to raw readers bytes that are no text go as binary", "[adapter][raw_topics]") {
  RawRoom room;
  WsClient client = room.connect();
  room.hub.publish({.topic = "room", .data = std::string("\xFF\0\x80", 3)});
  const WsClient::Got got = client.next_but_pings();
  CHECK(got.kind == WsClient::Kind::binary);
  CHECK(got.data == std::string("\xFF\0\x80", 3));
}

TEST_CASE("a raw reader reads what its request asks for, and may", "[adapter][raw_topics]") {
  RawRoom room;
  WsClient client = room.connect("alice", "?topics=news&device=phone");
  room.hub.publish({.topic = "other", .data = "not for her"});
  room.hub.publish({.topic = "news", .data = "news"});
  CHECK(client.message() == "news");
  room.hub.publish({.topic = "@alice", .data = "inbox"});
  CHECK(client.message() == "inbox");
  const std::vector<SessionInfo> sessions = room.sessions();
  REQUIRE(sessions.size() == 1);
  CHECK(sessions[0].user == "alice");
  CHECK(sessions[0].device == "phone");
  CHECK(sessions[0].transport == Transport::websocket);
  CHECK(sessions[0].topics.size() == 3);
  CHECK_THROWS(room.connect("alice", "?topics=secret"));
  // From where it says that it stands.
  room.hub.publish({.topic = "news", .data = "more"});
  CHECK(client.message() == "more");
  WsClient second = room.connect("bob", "?topics=news&from=start");
  CHECK(second.message() == "news");
  CHECK(second.message() == "more");
}

TEST_CASE("disconnect and revoke reach raw readers", "[adapter][raw_topics]") {
  RawRoom room;
  WsClient client = room.connect("alice", "?topics=news");
  room.hub.revoke("alice", "news");
  room.hub.publish({.topic = "news", .data = "no more"});
  room.hub.publish({.topic = "room", .data = "still"});
  CHECK(client.message() == "still");
  room.hub.disconnect("alice");
  CHECK(client.closing().code == static_cast<std::uint16_t>(CloseCode::disconnected));
  client.close(CloseCode::disconnected);
  CHECK(room.told.closed.expect().clean);
  CHECK(support::eventually([&] { return room.sessions().empty(); }));
}

TEST_CASE("a raw client that closes leaves its topics", "[adapter][raw_topics]") {
  RawRoom room;
  WsClient client = room.connect();
  SECTION("in order") {
    client.close(CloseCode::normal, "bye");
    CHECK(client.closing().code == 1000);
    CHECK(room.told.closed.expect().reason == "bye");
  }
  SECTION("without a word") {
    client.raw.reset();
    CHECK_FALSE(room.told.closed.expect().clean);
  }
  CHECK(support::eventually([&] { return room.sessions().empty(); }));
  room.hub.publish({.topic = "room", .data = "nobody there"});
  CHECK(room.told.closed.size() == 0);
}

TEST_CASE("a slow raw reader reads on from the store, and loses nothing", "[adapter][raw_topics]") {
  RawRoom room({.max_queue_bytes = 32 * 1024});
  WsClient slow = room.connect({}, {}, 4096);
  WsClient quick = room.connect();
  const std::string body(8 * 1024, 'b');
  constexpr int total = 1000;
  for (int i = 0; i < total; ++i) {
    room.hub.publish({.topic = "room", .data = std::to_string(i) + body});
    CHECK(quick.message() == std::to_string(i) + body);
  }
  for (int i = 0; i < total; ++i) CHECK(slow.message() == std::to_string(i) + body);
  CHECK(room.hub.counters()->spills.value() > 0);
}

TEST_CASE("what a raw reader missed is told to the application, which closes or goes on", "[adapter][raw_topics]") {
  const bool stays = GENERATE(true, false);
  RawRoom room({.max_queue_bytes = 32 * 1024}, stays);
  WsClient slow = room.connect({}, {}, 4096);
  WsClient quick = room.connect();
  const std::string body(32 * 1024, 'b');
  for (int i = 0; i < 300; ++i) {
    room.hub.publish({.topic = "room", .data = std::to_string(i) + body});
    CHECK(quick.message() == std::to_string(i) + body);
  }
  room.hub.async_trim("room", 10, net::use_future).get();
  int next = 0;
  bool closed = false;
  bool published = false;
  while (next <= 300 && !closed) {
    if (room.told.gaps.size() > 0 && !std::exchange(published, true)) {
      room.hub.publish({.topic = "room", .data = "300"});
    }
    const WsClient::Got got = slow.next_but_pings();
    closed = got.kind == WsClient::Kind::close;
    if (closed) {
      CHECK(got.code == 1013);
      break;
    }
    const int number = std::stoi(got.data);
    CHECK((number == next || number == 300));
    next = number + 1;
  }
  CHECK(closed == !stays);
  CHECK(room.told.gaps.expect() == "room");
}

TEST_CASE("a raw reader's pong proves that messages arrived", "[adapter][raw_topics]") {
  RawRoom room({.loops = 1});
  room.hub.async_add_member("room", "alice", net::use_future).get();
  WsClient client = room.connect("alice");
  const MessageId id = room.hub.publish({.topic = "room", .data = "proof"});
  CHECK(client.message() == "proof");
  const auto standing = [&] { return room.hub.async_status(id, net::use_future).get().recipients.at(0); };
  CHECK(standing().outcome == Outcome::written);
  WsClient::Got ping;
  while (ping.kind != WsClient::Kind::ping) ping = client.next();
  client.pong(ping.data);
  CHECK(support::eventually([&] { return standing().outcome == Outcome::delivered; }));
  CHECK(standing().evidence == Evidence::pong);
}

TEST_CASE("an application that writes and closes by itself goes well with its topics", "[adapter][raw_topics]") {
  RawRoom room;
  support::Mailbox<WsSession> opened;
  EndpointOptions options;
  options.raw_topics = true;
  options.on_raw_session = [&](const WsSession& session, const Identity&, const RequestSnapshot&) {
    opened.put(session);
    return nullptr;
  };
  const Mount mount = adapter::mount(
      room.listener, "/own", room.hub, [](const RequestSnapshot&) { return Identity{.topics = {"room"}}; }, options);
  WsClient client(room.listener.port(), "/own", "", "");
  const WsSession session = opened.expect();
  client.send("said");
  CHECK(session.async_receive(net::use_future).get().data == "said");
  session.send({"mine"});
  CHECK(client.message() == "mine");
  room.hub.publish({.topic = "room", .data = "theirs"});
  CHECK(client.message() == "theirs");
  session.close(static_cast<CloseCode>(4000), "enough");
  room.hub.publish({.topic = "room", .data = "too late"});
  CHECK(client.closing().code == 4000);
  CHECK(support::eventually([&] { return room.sessions().empty(); }));
}

TEST_CASE("a hub that goes down closes its raw readers with 1012", "[adapter][raw_topics]") {
  auto room = std::make_unique<RawRoom>();
  WsClient client = room->connect("alice");
  room->hub.shutdown(0ms, 0ms);
  CHECK(client.closing().code == 1012);
  client.close(CloseCode::service_restart);
  CHECK(room->told.closed.expect().code == CloseCode::service_restart);
  CHECK_THROWS(room->connect("bob"));
}

TEST_CASE("what the topics of a raw session bring keeps it from being idle", "[adapter][raw_topics]") {
  RawRoom room({}, false, {.idle_timeout = 1s});
  WsClient client = room.connect();
  const auto until = support::Clock::now() + 3s;
  int sent = 0;
  while (support::Clock::now() < until) {
    room.hub.publish({.topic = "room", .data = std::to_string(sent)});
    CHECK(client.message() == std::to_string(sent++));
    std::this_thread::sleep_for(100ms);
  }
  CHECK(client.closing().code == 1001);
}

namespace {

/// Greets, and is told of its end.
class Greeter final : public WsHandler {
 public:
  explicit Greeter(support::Mailbox<CloseInfo>& closed) : closed_(closed) {}
  void on_open(WsSession& session) override { session.send({"welcome"}); }
  void on_message(WsSession& session, PayloadKind, std::string_view) override {
    session.kill();
    // Its own handle stays what it was.
    closed_.put(session.close_info().value_or(CloseInfo{}));
  }
  void on_closed(WsSession&, const CloseInfo& info) override { closed_.put(info); }

 private:
  support::Mailbox<CloseInfo>& closed_;
};

}  // namespace

TEST_CASE("the application's greeting comes before what topics bring", "[adapter][raw_topics]") {
  RawRoom room;
  support::Mailbox<CloseInfo> closed;
  EndpointOptions options;
  options.raw_topics = true;
  options.on_raw_session = [&](const WsSession& session, const Identity&,
                               const RequestSnapshot& request) -> std::unique_ptr<WsHandler> {
    if (request.header("x-kill")) session.kill();
    if (request.header("x-close")) session.close(CloseCode::policy_violation, "not today");
    return std::make_unique<Greeter>(closed);
  };
  const Mount mount = adapter::mount(
      room.listener, "/own", room.hub, [](const RequestSnapshot&) { return Identity{.topics = {"room"}}; }, options);
  room.hub.publish_and_wait({.topic = "room", .data = "old"});
  SECTION("from the first message on") {
    WsClient client(room.listener.port(), "/own?from=start", "", "");
    CHECK(client.message() == "welcome");
    CHECK(client.message() == "old");
    client.send("kill me");
    CHECK(closed.expect().error == errc::closed);
    CHECK(closed.expect().error == errc::closed);
  }
  SECTION("a session that is killed before it begins never does") {
    CHECK_THROWS(WsClient(room.listener.port(), "/own", "X-Kill: yes\r\n", ""));
  }
  SECTION("one that is closed before it begins says so") {
    WsClient client(room.listener.port(), "/own?from=start", "X-Close: yes\r\n", "");
    WsClient::Got last = client.next();
    while (last.kind != WsClient::Kind::close) last = client.next();
    CHECK(last.code == 1008);
    client.close(CloseCode::policy_violation);
    CHECK(closed.expect().reason == "not today");
  }
  CHECK(support::eventually([&] { return room.sessions().empty(); }));
}

TEST_CASE("messages of topics wait for the end of a message in parts, and nothing is lost", "[adapter][raw_topics]") {
  // The writer of the test's: begun by the handler's session.
  struct Begun {
    support::Mailbox<WsSession> sessions;
  } begun;
  class Opening final : public WsHandler {
   public:
    explicit Opening(Begun& b) : begun_(b) {}
    void on_open(WsSession& session) override { begun_.sessions.put(session); }

   private:
    Begun& begun_;
  };
  Hub<> hub;
  adapter::Listener listener(hub);
  EndpointOptions options;
  options.raw_topics = true;
  options.on_raw_session = [&](const WsSession&, const Identity&,
                               const RequestSnapshot&) -> std::unique_ptr<WsHandler> {
    return std::make_unique<Opening>(begun);
  };
  const Mount mount = adapter::mount(
      listener, "/push", hub, [](const RequestSnapshot&) -> Access { return Identity{.user = "", .topics = {"room"}}; },
      options);
  WsClient client(listener.port(), "/push", "", "");
  const WsSession session = begun.sessions.expect();
  hub.publish({.topic = "room", .data = "before"});
  CHECK(client.message() == "before");
  WsMessageWriter writer = session.begin_message(PayloadKind::text);
  // Until its first part has left, others go.
  REQUIRE_NOTHROW(hub.async_publish({.topic = "room", .data = "ahead"}, net::use_future).get());
  CHECK(client.message() == "ahead");
  REQUIRE_NOTHROW(writer.async_write(std::string("one "), net::use_future).get());
  for (int i = 0; i < 100; ++i) hub.publish({.topic = "room", .data = std::to_string(i)});
  REQUIRE_NOTHROW(hub.async_publish({.topic = "room", .data = "last"}, net::use_future).get());
  REQUIRE_NOTHROW(writer.async_write(std::string("two "), net::use_future).get());
  writer.finish("three");
  CHECK(client.message() == "one two three");
  for (int i = 0; i < 100; ++i) CHECK(client.message() == std::to_string(i));
  CHECK(client.message() == "last");
  hub.publish({.topic = "room", .data = "after"});
  CHECK(client.message() == "after");
}
