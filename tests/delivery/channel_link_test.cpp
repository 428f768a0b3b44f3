// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/channel_link.hpp>

#include "support/sim_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace tidings;
using namespace tidings::delivery;
using protocol::WsOpcode;

namespace {

/// A server's WebSocket, played by the test.
struct Played {
  std::shared_ptr<MessageChannelEvents> events;
  WriteDone sent;
  std::string log;

  void finish_send(std::error_code ec = {}) { std::exchange(sent, {})(ec); }
};

class Channel {
 public:
  static constexpr Capabilities capabilities{.ws_ping = true, .ws_pong = true};

  explicit Channel(std::shared_ptr<Played> played) : played_(std::move(played)) {}
  void accept(std::string subprotocol, std::vector<Header>, std::shared_ptr<MessageChannelEvents> events) {
    played_->log += "accept " + subprotocol + " ";
    played_->events = std::move(events);
  }
  void respond(ResponseHead, SharedBytes) {}
  void send(PayloadKind kind, SharedBytes bytes, WriteDone done) {
    played_->log += (played_->sent ? "two at once!" : "") + std::string(to_string(kind)) + "(" + *bytes + ")";
    played_->sent = std::move(done);
  }
  void ping(std::string_view payload) { played_->log += "ping(" + std::string(payload) + ")"; }
  void close(CloseCode code, std::string_view reason) {
    played_->log += "close " + std::to_string(static_cast<int>(code)) + " " + std::string(reason) + " ";
  }
  void abort() { played_->log += "abort "; }

 private:
  std::shared_ptr<Played> played_;
};

struct Listening final : WsLinkEvents {
  void on_open() override {
    if (open_action) open_action();
  }
  void on_message(WsOpcode kind, std::string_view data) override {
    log += (kind == WsOpcode::text ? "text(" : "binary(") + std::string(data) + ")";
  }
  void on_pong(std::string_view payload) override { log += "pong(" + std::string(payload) + ")"; }
  void on_traffic() override { ++traffic; }
  void on_writable() override { log += "writable "; }
  void on_progress() override { log += "progress "; }
  void on_closing() override { log += "closing "; }
  void on_closed(const CloseInfo& info) override {
    log += "closed " + std::to_string(static_cast<int>(info.code)) + (info.clean ? " clean" : "");
    last = info;
    ++ends;
  }

  std::function<void()> open_action;
  std::string log;
  CloseInfo last;
  int traffic = 0;
  int ends = 0;
};

struct Scene {
  void link_of(std::size_t max_message_bytes, std::shared_ptr<ByteBudget> budget) {
    link.emplace(loop, Channel(played), max_message_bytes, std::move(budget));
    played->log.clear();
  }
  void run() { world.run_for(std::chrono::milliseconds(1)); }
  void begin() {
    link->start(events, "tidings.v1", {});
    played->events->on_open({});
    run();
    events.log.clear();
    played->log.clear();
  }

  support::SimWorld world{1};
  std::shared_ptr<support::SimLoop> loop = world.make_loop();
  std::shared_ptr<Played> played = std::make_shared<Played>();
  Listening events;
  std::optional<ChannelLink<Channel>> link{std::in_place, loop, Channel(played), 100};
};

}  // namespace

TEST_CASE("what is sent before the server has opened goes out in order behind it", "[delivery][channel_link]") {
  Scene scene;
  scene.link->start(scene.events, "tidings.v1", {});
  CHECK(scene.link->send(WsOpcode::text, "a") == Sent::blocked);
  CHECK(scene.link->send(WsOpcode::binary, "b") == Sent::blocked);
  scene.run();
  CHECK(scene.played->log == "accept tidings.v1 ");
  CHECK(scene.link->pending_bytes() == 2);
  scene.played->events->on_open({});
  scene.run();
  scene.played->finish_send();
  scene.run();
  CHECK(scene.events.log == "progress ");
  scene.played->finish_send();
  scene.run();
  CHECK(scene.played->log == "accept tidings.v1 text(a)binary(b)");
  CHECK(scene.events.log == "progress writable ");
  CHECK(scene.link->pending_bytes() == 0);
}

TEST_CASE("a handshake that could not be answered is an end", "[delivery][channel_link]") {
  Scene scene;
  scene.link->start(scene.events, "", {});
  scene.played->events->on_open(errc::handshake_failed);
  scene.run();
  CHECK(scene.events.log == "closed 1006");
  CHECK(scene.events.last.error == errc::handshake_failed);
  CHECK(scene.link->send(WsOpcode::text, "x") == Sent::gone);
}

TEST_CASE("a close from inside the opening is said once", "[delivery][channel_link]") {
  Scene scene;
  scene.link->start(scene.events, "", {});
  scene.events.open_action = [&] { scene.link->close(CloseCode::going_away, "at once"); };
  scene.played->events->on_open({});
  scene.run();
  CHECK(scene.played->log == "accept  close 1001 at once ");
  CHECK(scene.events.log == "closing ");
}

TEST_CASE("messages, pongs and other traffic come on the loop", "[delivery][channel_link]") {
  Scene scene;
  scene.begin();
  scene.played->events->on_message(PayloadKind::text, "hi");
  CHECK(scene.events.log.empty());
  scene.played->events->on_message(PayloadKind::binary, "b");
  scene.played->events->on_pong("p");
  scene.played->events->on_traffic();
  scene.run();
  CHECK(scene.events.log == "text(hi)binary(b)pong(p)");
  CHECK(scene.events.traffic == 4);
  CHECK(scene.link->ping("q") == Sent::ok);
  CHECK(scene.played->log == "ping(q)");
}

TEST_CASE("a ping does not overtake what waits", "[delivery][channel_link]") {
  Scene scene;
  scene.begin();
  scene.link->send(WsOpcode::text, "a");
  scene.link->send(WsOpcode::text, "b");
  CHECK(scene.link->ping("p") == Sent::blocked);
  scene.link->send(WsOpcode::text, "c");
  scene.played->finish_send();
  scene.run();
  CHECK(scene.played->log == "text(a)text(b)");
  scene.played->finish_send();
  scene.run();
  CHECK(scene.played->log == "text(a)text(b)ping(p)text(c)");
  scene.played->finish_send();
  scene.run();
  CHECK(scene.events.log.ends_with("writable "));
}

TEST_CASE("our close goes behind what was sent, and is clean when the server says so", "[delivery][channel_link]") {
  Scene scene;
  scene.begin();
  scene.link->send(WsOpcode::text, "last");
  scene.link->close(CloseCode::service_restart, "later");
  CHECK(scene.events.log == "closing ");
  CHECK(scene.link->send(WsOpcode::text, "x") == Sent::gone);
  scene.played->finish_send();
  scene.run();
  CHECK(scene.played->log == "text(last)close 1012 later ");
  scene.played->events->on_closed(CloseCode::service_restart, "");
  scene.run();
  CHECK(scene.events.log == "closing closed 1012 clean");
  CHECK(scene.events.last.who == CloseInfo::Who::local);
  CHECK(scene.events.ends == 1);
}

TEST_CASE("the peer's close and a break are told apart", "[delivery][channel_link]") {
  Scene scene;
  scene.begin();
  SECTION("a close") {
    scene.played->events->on_closed(CloseCode::going_away, "tab");
    scene.run();
    CHECK(scene.events.log == "closed 1001 clean");
    CHECK(scene.events.last.who == CloseInfo::Who::peer);
    CHECK(scene.events.last.reason == "tab");
  }
  SECTION("a break") {
    scene.played->events->on_closed(CloseCode::abnormal, "");
    scene.run();
    CHECK(scene.events.log == "closed 1006");
    CHECK(scene.events.last.error == errc::peer_gone);
  }
  SECTION("a send that fails") {
    scene.link->send(WsOpcode::text, "x");
    scene.played->finish_send(errc::peer_gone);
    scene.played->events->on_closed(CloseCode::abnormal, "");
    scene.run();
    CHECK(scene.events.ends == 1);
  }
  SECTION("our patience") {
    scene.link->close(CloseCode::normal, "");
    scene.link->fail(errc::timeout);
    CHECK(scene.events.log == "closing closed 1000");
    CHECK(scene.events.last.error == errc::timeout);
  }
}

TEST_CASE("a message over the bound is refused with 1009", "[delivery][channel_link]") {
  Scene scene;
  scene.begin();
  scene.played->events->on_message(PayloadKind::text, std::string(101, 'x'));
  scene.run();
  CHECK(scene.played->log.starts_with("close 1009"));
  scene.played->events->on_closed(CloseCode::message_too_big, "");
  scene.run();
  CHECK(scene.events.last.error == errc::payload_too_large);
  CHECK_FALSE(scene.events.last.clean);
}

TEST_CASE("held messages wait with us within the bound of one", "[delivery][channel_link]") {
  Scene scene;
  scene.begin();
  scene.link->hold_input(true);
  scene.played->events->on_message(PayloadKind::text, std::string(60, 'a'));
  scene.run();
  CHECK(scene.events.log.empty());
  CHECK(scene.link->held_bytes() == 60);
  SECTION("and come when it is let go") {
    scene.link->hold_input(false);
    scene.run();
    CHECK(scene.events.log == "text(" + std::string(60, 'a') + ")");
    CHECK(scene.link->held_bytes() == 0);
  }
  SECTION("else the peer sends too much") {
    scene.played->events->on_message(PayloadKind::text, std::string(60, 'b'));
    scene.run();
    CHECK(scene.played->log.starts_with("close 1008"));
  }
}

TEST_CASE("what waits with us has a part of what links share", "[delivery][channel_link]") {
  constexpr std::size_t kib = 1024;
  const auto budget = std::make_shared<ByteBudget>(1024 * kib);
  constexpr std::size_t others = 900 * kib;
  REQUIRE(budget->take(others));
  Scene scene;
  scene.link_of(1024 * kib, budget);
  scene.begin();
  scene.link->hold_input(true);
  const auto comes = [&](std::size_t size) {
    scene.played->events->on_message(PayloadKind::binary, std::string(size, 'x'));
    scene.run();
  };
  comes(16 * kib);
  CHECK(budget->used() == others);
  comes(64 * kib);
  CHECK(budget->used() == others + 80 * kib);
  SECTION("until it is taken") {
    scene.link->hold_input(false);
    scene.run();
    CHECK(scene.events.log.size() > 80 * kib);
  }
  SECTION("or the link goes") { scene.link.reset(); }
  SECTION("and is refused where there is no room") {
    comes(64 * kib);
    CHECK(scene.played->log.starts_with("close 1013"));
    CHECK(scene.link->info().error == errc::overloaded);
    CHECK(scene.link->held_bytes() == 0);
  }
  scene.run();
  CHECK(budget->used() == others);
}

TEST_CASE("after abort nothing is told", "[delivery][channel_link]") {
  Scene scene;
  scene.begin();
  scene.link->abort();
  scene.played->events->on_message(PayloadKind::text, "x");
  scene.played->events->on_closed(CloseCode::normal, "");
  scene.run();
  CHECK(scene.events.log.empty());
  CHECK(scene.played->log == "abort ");
}
