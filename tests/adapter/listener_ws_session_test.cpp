// SPDX-License-Identifier: BSL-1.0
//
// Raw WebSocket sessions over real sockets: queue, deadlines, ends, and what the application is told.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/config.hpp>
#include <tidings/ws_accept.hpp>

#include TIDINGS_ASIO_HEADER(co_spawn.hpp)
#include TIDINGS_ASIO_HEADER(detached.hpp)
#include TIDINGS_ASIO_HEADER(use_awaitable.hpp)
#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/raw_client.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;
using support::RawClient;
using support::WsClient;

namespace {

/// What a session told its application.
struct RawEvents {
  support::Mailbox<WsSession> opened;
  support::Mailbox<std::string> messages;
  support::Mailbox<CloseInfo> closed;
  support::Tally drained;
};

class RecordingHandler final : public WsHandler {
 public:
  using OnMessage = std::function<void(WsSession&, PayloadKind, std::string_view)>;

  RecordingHandler(RawEvents& events, OnMessage on_message) : events_(events), on_message_(std::move(on_message)) {}
  void on_open(WsSession& session) override { events_.opened.put(session); }
  void on_message(WsSession& session, PayloadKind kind, std::string_view data) override {
    if (on_message_) on_message_(session, kind, data);
    events_.messages.put(std::string(data));
  }
  void on_drained(WsSession&) override { events_.drained.add(); }
  void on_closed(WsSession&, const CloseInfo& info) override { events_.closed.put(info); }

 private:
  RawEvents& events_;
  OnMessage on_message_;
};

void echo(WsSession& session, PayloadKind kind, std::string_view data) { session.send({std::string(data), kind}); }

/// Every upgrade on `/ws` becomes a session with a recording handler, or without one.
class RawServed {
 public:
  explicit RawServed(WsOptions options = {}, RecordingHandler::OnMessage on_message = {}, WsAcceptOptions accept = {})
      : listener(hub),
        mount_(listener.handle("/ws", [this, options, on_message = std::move(on_message), accept](
                                          RequestSnapshot request, adapter::Exchange exchange) {
          auto handler = receiving ? nullptr : std::make_unique<RecordingHandler>(events, on_message);
          sessions.put(accept_ws(hub.loop(), std::move(request), std::move(exchange).stream(), std::move(handler),
                                 options, accept));
        })) {}

  WsClient connect(int receive_buffer = 0) { return WsClient(listener.port(), "/ws", "", "", receive_buffer); }

  std::atomic<bool> receiving{false};
  RawEvents events;
  support::Mailbox<WsSession> sessions;
  Hub<> hub;
  adapter::Listener listener;

 private:
  Mount mount_;
};

/// Sends until the kernel takes no more; how many it were.
int fill_up(const WsSession& session, const std::string& data) {
  for (int sent = 1;; ++sent) {
    session.send(std::to_string(sent - 1) + data);
    if (!support::eventually([&] { return session.buffered_bytes() == 0; }, 50ms)) return sent;
  }
}

}  // namespace

TEST_CASE("a raw session echoes text and binary, whole and in fragments", "[adapter][ws_session]") {
  RawServed served({}, echo);
  WsClient client = served.connect();
  CHECK(client.head.find("Sec-WebSocket-Protocol") == std::string::npos);
  client.send("text");
  CHECK(client.message() == "text");
  client.send_binary(std::string(70'000, '\xFF'));
  const WsClient::Got binary = client.next_but_pings();
  CHECK(binary.kind == WsClient::Kind::binary);
  CHECK(binary.data == std::string(70'000, '\xFF'));
  using Part = WsClient::Part;
  client.raw.send(WsClient::frame(WsClient::Opcode::text, "fr", Part::first) +
                  WsClient::frame(WsClient::Opcode::ping, "between") +
                  WsClient::frame(WsClient::Opcode::text, "ag", Part::middle) +
                  WsClient::frame(WsClient::Opcode::text, "ment", Part::last));
  CHECK(client.next_but_pings().data == "between");
  CHECK(client.message() == "fragment");
  client.close(CloseCode{4000}, "enough");
  CHECK(client.closing().code == 4000);
  CHECK(client.raw.wait_for_end() == RawClient::End::closed);
  const CloseInfo info = served.events.closed.expect();
  CHECK(info.code == CloseCode{4000});
  CHECK(info.reason == "enough");
  CHECK(info.who == CloseInfo::Who::peer);
  CHECK(info.clean);
  CHECK(info.unsent == 0);
  CHECK_FALSE(served.events.closed.take(50ms));
}

TEST_CASE("sends are legal from any thread and keep each thread's order", "[adapter][ws_session]") {
  RawServed served;
  WsClient client = served.connect();
  const WsSession session = served.sessions.expect();
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  for (char name = 'a'; name < 'i'; ++name) {
    threads.emplace_back([name, session, &done]() mutable {
      for (int i = 0; i < 100; ++i) {
        session.send({name + std::to_string(i)}, [&done](std::error_code ec) { done += ec ? 0 : 1; });
      }
    });
  }
  std::vector<int> next(8, 0);
  for (int i = 0; i < 800; ++i) {
    const std::string got = client.message();
    REQUIRE(got.substr(1) == std::to_string(next[static_cast<std::size_t>(got[0] - 'a')]++));
  }
  for (std::thread& each : threads) each.join();
  CHECK(support::eventually([&] { return done == 800; }));
  CHECK(session.buffered_bytes() == 0);
}

TEST_CASE("a slow reader's queue is bounded by its policy", "[adapter][ws_session]") {
  WsOptions options;
  options.max_queue_bytes = 100'000;
  const std::string large(30'000, '.');
  SECTION("close says 1013 and what was not sent") {
    RawServed served(options);
    WsClient client = served.connect(4096);
    WsSession session = served.sessions.expect();
    std::atomic<int> failed{0};
    fill_up(session, large);
    while (session.open()) {
      session.send({large}, [&](std::error_code ec) { failed += ec ? 1 : 0; });
      CHECK(session.buffered_bytes() <= 100'000 + large.size());
    }
    // The reader reads at last: what was on its way, then the close.
    CHECK(client.closing().code == 1013);
    client.close(CloseCode::try_again_later);
    const CloseInfo info = served.events.closed.expect();
    CHECK(info.code == CloseCode::try_again_later);
    CHECK(info.unsent > 0);
    CHECK(support::eventually([&] { return failed >= static_cast<int>(info.unsent); }));
    CHECK(session.buffered_bytes() == 0);
  }
  SECTION("drop_new keeps what was there, and counts") {
    options.policy = QueuePolicy::drop_new;
    RawServed served(options);
    WsClient client = served.connect(4096);
    WsSession session = served.sessions.expect();
    support::Tally dropped;
    int sent = fill_up(session, large);
    for (; dropped.count() == 0; ++sent) {
      session.send({std::to_string(sent) + large}, [&](std::error_code ec) {
        if (ec == errc::queue_full) dropped.add();
      });
    }
    CHECK(session.dropped() == 1);
    for (int i = 0; i < sent - 1; ++i) REQUIRE(client.message() == std::to_string(i) + large);
    CHECK(served.events.drained.reaches(1));
    CHECK(session.open());
  }
  SECTION("conflate sends the newest of a key") {
    options.policy = QueuePolicy::conflate;
    RawServed served(options);
    WsClient client = served.connect(4096);
    WsSession session = served.sessions.expect();
    for (int i = 0; i < 1000; ++i) session.send({std::to_string(i) + large, PayloadKind::text, "price"});
    std::string last;
    while (last != "999" + large) last = client.message();
    CHECK(session.open());
  }
}

TEST_CASE("a peer that takes nothing is cut after the write stall", "[adapter][ws_session]") {
  WsOptions options;
  options.write_stall = 700ms;
  options.max_queue_bytes = 20'000'000;
  RawServed served(options);
  WsClient client = served.connect(4096);
  WsSession session = served.sessions.expect();
  session.send({std::string(10'000'000, '.')});
  const CloseInfo info = served.events.closed.expect();
  CHECK(info.error == errc::write_stalled);
  CHECK(info.unsent == 1);
}

TEST_CASE("a silent peer is found, an idle session and an old one are closed", "[adapter][ws_session]") {
  WsOptions options;
  SECTION("silence") {
    options.pong_wait = 1s;
    RawServed served(options);
    WsClient client = served.connect();
    CHECK(served.events.closed.expect().error == errc::peer_gone);
  }
  SECTION("pongs keep it, with the round trip") {
    options.pong_wait = 1s;
    RawServed served(options);
    WsClient client = served.connect();
    const WsSession session = served.sessions.expect();
    for (int i = 0; i < 2; ++i) {
      while (client.next().kind != WsClient::Kind::ping) {
      }
    }
    CHECK(session.open());
    CHECK(support::eventually([&] { return session.round_trip().has_value(); }));
    CHECK(session.last_round_trip()->count() >= 0);
  }
  SECTION("idle") {
    options.idle_timeout = 500ms;
    RawServed served(options);
    WsClient client = served.connect();
    CHECK(client.closing().code == 1001);
  }
  SECTION("lifetime") {
    options.max_lifetime = 500ms;
    RawServed served(options);
    WsClient client = served.connect();
    CHECK(client.closing().code == 1001);
  }
}

TEST_CASE("a close goes behind what is queued, and ends whatever the peer does", "[adapter][ws_session]") {
  WsOptions options;
  options.close_timeout = 700ms;
  RawServed served(options);
  WsClient client = served.connect();
  WsSession session = served.sessions.expect();
  session.send({"last words"});
  session.close(CloseCode{3001}, "done");
  CHECK_FALSE(session.open());
  support::Mailbox<std::error_code> late;
  session.send({"too late"}, [&](std::error_code ec) { late.put(ec); });
  CHECK(late.expect() == errc::closed);
  CHECK(client.message() == "last words");
  CHECK(client.closing().code == 3001);
  SECTION("the peer answers") {
    client.close(CloseCode{3001});
    CHECK(client.raw.wait_for_end() == RawClient::End::closed);
    CHECK(served.events.closed.expect().clean);
  }
  SECTION("the peer does not") {
    const CloseInfo info = served.events.closed.expect();
    CHECK_FALSE(info.clean);
    CHECK(info.error == errc::timeout);
    CHECK(info.code == CloseCode{3001});
    CHECK(info.who == CloseInfo::Who::local);
  }
  CHECK(session.close_info()->code == CloseCode{3001});
}

TEST_CASE("once both sides have said close nobody waits for the client's end", "[adapter][ws_session]") {
  WsOptions options;
  options.close_timeout = 1h;
  RawServed served(options);
  WsClient client = served.connect();
  WsSession session = served.sessions.expect();
  SECTION("the client closes") {
    session.send({"before"});
    client.close(CloseCode{1000});
    CHECK(client.message() == "before");
  }
  SECTION("the server closes") {
    session.close(CloseCode{1000}, "");
    client.close(CloseCode{1000});
  }
  // The client reads, and leaves its own end open.
  CHECK(client.closing().code == 1000);
  CHECK(client.raw.wait_for_end() == RawClient::End::closed);
  CHECK(served.events.closed.expect().clean);
  CHECK(support::eventually([&] { return served.listener.connections() == 0; }));
}

TEST_CASE("kill drops the connection", "[adapter][ws_session]") {
  RawServed served;
  WsClient client = served.connect();
  WsSession session = served.sessions.expect();
  session.kill();
  CHECK(client.raw.wait_for_end() != RawClient::End::open);
  CHECK(served.events.closed.expect().code == CloseCode::abnormal);
}

TEST_CASE("an exception closes its session with 1011 and touches no other", "[adapter][ws_session]") {
  support::Mailbox<std::string> errors;
  WsAcceptOptions accept;
  accept.on_error = [&](std::string_view what) { errors.put(std::string(what)); };
  RawServed served(
      {},
      [](WsSession& session, PayloadKind kind, std::string_view data) {
        if (data == "throw") throw std::runtime_error("application");
        echo(session, kind, data);
      },
      accept);
  WsClient other = served.connect();
  WsClient client = served.connect();
  client.send("throw");
  CHECK(client.closing().code == 1011);
  CHECK(errors.expect() == "application");
  other.send("still here");
  CHECK(other.message() == "still here");
}

TEST_CASE("faults of the peer are answered with their codes, and reported", "[adapter][ws_session]") {
  WsOptions options;
  options.max_message_bytes = 1000;
  options.max_frames = 10;
  RawServed served(options, echo);
  WsClient client = served.connect();
  std::uint16_t code = 0;
  std::error_code error;
  SECTION("too large") {
    client.raw.send(std::string("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0", 14));
    code = 1009, error = errc::payload_too_large;
  }
  SECTION("too many frames") {
    std::string frames = WsClient::frame(WsClient::Opcode::text, "", WsClient::Part::first);
    for (int i = 0; i < 10; ++i) frames += WsClient::frame(WsClient::Opcode::text, "", WsClient::Part::middle);
    client.raw.send(frames);
    code = 1008, error = errc::too_many_frames;
  }
  SECTION("no UTF-8") {
    client.raw.send(WsClient::frame(WsClient::Opcode::text, "\xC0\x80"));
    code = 1007, error = errc::invalid_utf8;
  }
  SECTION("a reserved bit") {
    client.raw.send(std::string("\xC1\x80\0\0\0\0", 6));
    code = 1002, error = errc::malformed_frame;
  }
  CHECK(client.closing().code == code);
  CHECK(client.raw.wait_for_end() == RawClient::End::closed);
  CHECK(served.events.closed.expect().error == error);
}

TEST_CASE("a session may be read by a coroutine", "[adapter][ws_session]") {
  RawServed served;
  served.receiving = true;
  WsClient client = served.connect();
  WsSession session = served.sessions.expect();
  support::Mailbox<std::error_code> ended;
  net::io_context context;
  net::co_spawn(
      context,
      [&]() -> net::awaitable<void> {
        try {
          for (;;) {
            WsMessage message = co_await session.async_receive(net::use_awaitable);
            co_await session.async_send({"got " + message.data}, net::use_awaitable);
          }
        } catch (const net_system_error& over) {
          ended.put(over.code());
        }
      },
      net::detached);
  std::thread runner([&] { context.run(); });
  client.send("one");
  CHECK(client.message() == "got one");
  client.send("two");
  CHECK(client.message() == "got two");
  client.close(CloseCode::normal);
  CHECK(ended.expect() == errc::closed);
  runner.join();
  CHECK(session.close_info()->code == CloseCode::normal);
  CHECK(session.async_receive(net::use_future).wait_for(5s) == std::future_status::ready);
}

TEST_CASE("messages that nobody asks for wait with the peer, and none is lost", "[adapter][ws_session]") {
  WsOptions options;
  options.max_waiting_messages = 4;
  options.pong_wait = 1s;
  RawServed served(options);
  served.receiving = true;
  WsClient client = served.connect();
  WsSession session = served.sessions.expect();
  const std::string large(100'000, '.');
  std::thread sender([&] {
    for (int i = 0; i < 100; ++i) client.raw.send(WsClient::frame(WsClient::Opcode::text, std::to_string(i) + large));
  });
  // Longer than the pong wait: who is not read is not taken for dead.
  std::this_thread::sleep_for(1500ms);
  CHECK(session.open());
  for (int i = 0; i < 100; ++i) {
    REQUIRE(session.async_receive(net::use_future).get().data == std::to_string(i) + large);
  }
  sender.join();
}

TEST_CASE("reading pauses and goes on, and a rate holds it back", "[adapter][ws_session]") {
  WsOptions options;
  SECTION("by hand") {
    RawServed served(options, echo);
    WsClient client = served.connect();
    WsSession session = served.events.opened.expect();
    session.pause_reading();
    client.send("held");
    CHECK_FALSE(served.events.messages.take(100ms));
    session.resume_reading();
    CHECK(client.message() == "held");
  }
  SECTION("by rate") {
    options.receive_rate = 50;
    options.receive_burst = 5;
    RawServed served(options, echo);
    WsClient client = served.connect();
    const auto begin = support::Clock::now();
    for (int i = 0; i < 20; ++i) {
      client.send(std::to_string(i));
      CHECK(client.message() == std::to_string(i));
    }
    CHECK(support::Clock::now() - begin >= 250ms);
  }
}

TEST_CASE("a message that takes too long ends its session", "[adapter][ws_session]") {
  WsOptions options;
  options.message_timeout = 500ms;
  RawServed served(options, echo);
  WsClient client = served.connect();
  const std::string message = WsClient::frame(WsClient::Opcode::text, "late");
  client.raw.send(message.substr(0, message.size() - 1));
  const WsClient::Got closing = client.closing();
  CHECK(closing.code == 1008);
  CHECK(closing.data == make_error_code(errc::timeout).message());
  const CloseInfo info = served.events.closed.expect();
  CHECK(info.error == errc::timeout);
  CHECK(info.code == CloseCode::policy_violation);
  CHECK(info.who == CloseInfo::Who::local);
}

TEST_CASE("a message is not late while the application does not read", "[adapter][ws_session]") {
  WsOptions options;
  options.message_timeout = 1s;
  RawServed served(options, echo);
  WsClient client = served.connect();
  WsSession session = served.events.opened.expect();
  const std::string message = WsClient::frame(WsClient::Opcode::text, "patience");
  client.raw.send(message.substr(0, 10));
  // So that the first part was read.
  std::this_thread::sleep_for(100ms);
  session.pause_reading();
  client.raw.send(message.substr(10));
  CHECK_FALSE(served.events.closed.take(1800ms));
  session.resume_reading();
  CHECK(client.message() == "patience");
  // Nor is one that was whole all the time.
  session.pause_reading();
  client.send("whole");
  CHECK_FALSE(served.events.closed.take(1800ms));
  session.resume_reading();
  CHECK(client.message() == "whole");
}

TEST_CASE("a session that is paused before it begins reads nothing", "[adapter][ws_session]") {
  RawEvents events;
  support::Mailbox<WsSession> sessions;
  Hub<> hub;
  adapter::Listener listener(hub);
  const Mount mount = listener.handle("/ws", [&](RequestSnapshot request, adapter::Exchange exchange) {
    WsSession session = accept_ws(hub.loop(), std::move(request), std::move(exchange).stream(),
                                  std::make_unique<RecordingHandler>(events, echo));
    session.pause_reading();
    sessions.put(session);
  });
  WsClient client(listener.port(), "/ws", "", "");
  client.send("held");
  CHECK_FALSE(events.messages.take(100ms));
  sessions.expect().resume_reading();
  CHECK(client.message() == "held");
}

TEST_CASE("sessions on an application's loop share its budget", "[adapter][ws_session]") {
  RawEvents events;
  net::io_context context;
  LoopRef loop(context, 0);
  std::thread runner([&] {
    const auto work = net::make_work_guard(context);
    context.run();
  });
  Hub<> hub;
  adapter::Listener listener(hub);
  const Mount mount = listener.handle("/ws", [&](RequestSnapshot request, adapter::Exchange exchange) {
    accept_ws(loop, std::move(request), std::move(exchange).stream(), std::make_unique<RecordingHandler>(events, echo),
              {.max_message_bytes = 32 * 1024});
  });
  // Together more than twice the largest message.
  std::vector<WsClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(listener.port(), "/ws", "", "");
    clients.back().raw.send(
        WsClient::frame(WsClient::Opcode::binary, std::string(32 * 1024, 'x')).substr(0, 30 * 1024));
  }
  CHECK(events.closed.expect().error == errc::overloaded);
  context.stop();
  runner.join();
}

TEST_CASE("the application chooses the subprotocol and the origins", "[adapter][ws_session]") {
  WsAcceptOptions accept;
  accept.subprotocols = {"v2", "v1"};
  accept.needs_subprotocol = true;
  accept.headers = {{"X-Server", "raw"}};
  RawServed served({}, echo, accept);
  WsClient client(served.listener.port(), "/ws", "", "v1, v2");
  CHECK(client.head.find("Sec-WebSocket-Protocol: v2\r\n") != std::string::npos);
  CHECK(client.head.find("X-Server: raw\r\n") != std::string::npos);
  CHECK(served.sessions.expect().subprotocol() == "v2");
  const auto refused = [&](const std::string& request) {
    RawClient raw(served.listener.port());
    raw.send(request);
    const std::string head = raw.read_until("\r\n\r\n");
    CHECK_FALSE(served.sessions.expect());
    return head.substr(9, 3);
  };
  CHECK(refused(WsClient::handshake("/ws", "", "v3")) == "400");
  CHECK(refused(WsClient::handshake("/ws", "Origin: http://evil\r\n", "v1")) == "403");
}

TEST_CASE("options out of their range are refused", "[adapter][ws_session]") {
  WsOptions options;
  options.policy = QueuePolicy::spill;
  CHECK_THROWS_AS(detail::check_ws_options(options), std::invalid_argument);
  options = {};
  options.pong_wait = 0ms;
  CHECK_THROWS_AS(detail::check_ws_options(options), std::invalid_argument);
  options = {};
  CHECK_NOTHROW(detail::check_ws_options(options));
}

TEST_CASE("the hub's end closes raw sessions with 1012, and every one is told", "[adapter][ws_session]") {
  RawEvents events;
  std::optional<WsClient> client;
  {
    std::optional<Hub<>> hub(std::in_place);
    adapter::Listener listener(*hub);
    const Mount mount = listener.handle("/ws", [&](RequestSnapshot request, adapter::Exchange exchange) {
      accept_ws(hub->loop(), std::move(request), std::move(exchange).stream(),
                std::make_unique<RecordingHandler>(events, nullptr));
    });
    client.emplace(listener.port(), "/ws", "", "");
    events.opened.expect();
    std::thread answering([&] {
      CHECK(client->closing().code == 1012);
      client->close(CloseCode::service_restart);
      client->raw.wait_for_end();
      client->raw.close();
    });
    hub.reset();
    answering.join();
  }
  CHECK(events.closed.expect().code == CloseCode::service_restart);
}

TEST_CASE("a handle may outlive hub and loop, whose end is the session's", "[adapter][ws_session]") {
  RawEvents events;
  net::io_context context;
  std::optional<Hub<>> hub(std::in_place, context, HubOptions{.close_timeout = 500ms});
  std::optional<adapter::Listener> listener(std::in_place, *hub);
  std::optional<WsSession> session;
  std::optional<Mount> mount = listener->handle("/ws", [&](RequestSnapshot request, adapter::Exchange exchange) {
    session = accept_ws(hub->loop(), std::move(request), std::move(exchange).stream(),
                        std::make_unique<RecordingHandler>(events, nullptr));
  });
  RawClient client(listener->port());
  client.send(WsClient::handshake("/ws"));
  while (events.opened.size() == 0) context.run_one();
  // From here on nobody runs the loop.
  context.stop();
  support::Mailbox<std::error_code> sent;
  session->send({"perhaps"}, [&](std::error_code ec) { sent.put(ec); });
  mount.reset();
  listener.reset();
  hub.reset();
  sent.expect();
  CHECK(events.closed.expect().error == errc::closed);
  CHECK(session->close_info().has_value());
  session->send({"too late"}, [&](std::error_code ec) { sent.put(ec); });
  CHECK(sent.expect() == errc::closed);
  session.reset();
  CHECK(client.wait_for_end() != RawClient::End::open);
}

TEST_CASE("an endpoint gives raw WebSockets to the application, counted and authorized", "[adapter][ws_session]") {
  RawEvents events;
  Hub<> hub({.max_sessions_per_user = 1});
  adapter::Listener listener(hub);
  EndpointOptions options;
  options.subprotocols = {"chat"};
  options.on_raw_session = [&](const WsSession&, const Identity& identity, const RequestSnapshot&) {
    return std::make_unique<RecordingHandler>(events,
                                              [user = identity.user](WsSession& session, PayloadKind, auto data) {
                                                session.send({user + ": " + std::string(data)});
                                              });
  };
  const Mount mount = adapter::mount(
      listener, "/push", hub,
      [](const RequestSnapshot& request) -> Access {
        if (!request.header("authorization")) return reject(401);
        return Identity{.user = std::string(*request.header("authorization"))};
      },
      options);
  WsClient client(listener.port(), "/push", "Authorization: alice\r\n", "chat");
  client.send("hi");
  CHECK(client.message() == "alice: hi");
  CHECK(hub.counters()->raw_sessions.value() == 1);
  CHECK_THROWS(WsClient(listener.port(), "/push", "Authorization: alice\r\n", "chat"));
  CHECK_THROWS(WsClient(listener.port(), "/push", "", "chat"));
  client.close(CloseCode::normal);
  events.closed.expect();
  CHECK(support::eventually([&] { return hub.counters()->raw_sessions.value() == 0; }));
}

TEST_CASE("what is answered while it is read leaves in order, and before a close", "[adapter][ws_session]") {
  RawServed served({}, [](WsSession& session, PayloadKind kind, std::string_view data) {
    session.send(kind, data);
    // Through the queue.
    session.send({std::string(data) + " again"}, [](std::error_code) {});
    session.send(kind, std::string(data) + " and again");
    if (data == "close") session.close(static_cast<CloseCode>(4001), "as asked");
    if (data == "kill") session.kill();
  });
  WsClient client = served.connect();
  const auto said = [](std::string_view text) { return WsClient::frame(WsClient::Opcode::text, text); };
  const auto expect_answers = [&](const std::string& to) {
    CHECK(client.message() == to);
    CHECK(client.message() == to + " again");
    CHECK(client.message() == to + " and again");
  };
  // More than is gathered, some of it large.
  std::string many;
  for (int i = 0; i < 300; ++i) many += said(std::to_string(i) + std::string(i % 50 == 0 ? 20'000 : 500, 'x'));
  std::thread sending([&] { client.raw.send(many); });
  for (int i = 0; i < 300; ++i) expect_answers(std::to_string(i) + std::string(i % 50 == 0 ? 20'000 : 500, 'x'));
  sending.join();
  SECTION("the peer's") {
    client.raw.send(said("last") + WsClient::frame(WsClient::Opcode::close, "\x0F\xA2"));
    expect_answers("last");
    CHECK(client.closing().code == 4002);
    CHECK(served.events.closed.expect().unsent == 0);
  }
  SECTION("the application's") {
    client.raw.send(said("close") + said("not heard"));
    expect_answers("close");
    CHECK(client.closing().code == 4001);
  }
  SECTION("a fault of the peer's") {
    client.raw.send(said("last") + WsClient::frame(WsClient::Opcode::continuation, "x"));
    expect_answers("last");
    CHECK(client.closing().code == 1002);
  }
  SECTION("a session that is killed says nothing more") {
    client.raw.send(said("kill"));
    CHECK(served.events.closed.expect().error == errc::closed);
  }
}

TEST_CASE("a handler may answer on other sessions, which keep their order", "[adapter][ws_session]") {
  std::optional<WsSession> other;
  RawServed served({}, [&](WsSession& session, PayloadKind kind, std::string_view data) {
    session.send(kind, data);
    if (other) other->send(kind, data);
    session.send(kind, data);
  });
  WsClient listening = served.connect();
  other = served.sessions.expect();
  WsClient talking = served.connect();
  std::string many;
  for (int i = 0; i < 100; ++i) many += WsClient::frame(WsClient::Opcode::text, std::to_string(i));
  talking.raw.send(many);
  for (int i = 0; i < 100; ++i) {
    CHECK(talking.message() == std::to_string(i));
    CHECK(talking.message() == std::to_string(i));
    CHECK(listening.message() == std::to_string(i));
  }
}

TEST_CASE("what is not text is not sent as text", "[adapter][ws_session]") {
  RawServed served({}, [](WsSession& session, PayloadKind, std::string_view data) {
    // The half of a character.
    session.send(PayloadKind::text, data.substr(0, data.size() - 1));
    session.send(PayloadKind::text, data);
  });
  WsClient client = served.connect();
  client.send("abc\xC3\xA9");
  CHECK(client.message() == "abc\xC3\xA9");
}
