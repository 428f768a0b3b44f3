// SPDX-License-Identifier: BSL-1.0
//
// What was taken away comes before what happens afterwards, however busy the loop is; and it takes nothing from those
// who come afterwards.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/stream_reader.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>

#include "adapter/listener_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace tidings;
using support::RawClient;
using support::StreamReader;

namespace {

/// A hub whose loop stands still inside `/block` until the test lets it go on.
struct Busy {
  Hub<> hub;
  adapter::Listener listener{hub};
  support::Mailbox<int> inside;
  support::Mailbox<int> go;
  std::atomic<int> asked{0};
  Mount block = listener.handle("/block", [this](const RequestSnapshot&, adapter::Exchange exchange) {
    inside.put(1);
    go.expect();
    std::move(exchange).answer().respond(fixture::text_head(), share_bytes("ok"));
  });
  Mount mount = adapter::mount(listener, "/push", hub, [this](const RequestSnapshot&) -> Access {
    ++asked;
    return Identity{.user = "alice", .topics = {"orders", "stock"}};
  });

  // The loop stands still until the answer lets it go.
  RawClient stop() {
    RawClient client(listener.port());
    client.send(support::get("/block"));
    inside.expect();
    return client;
  }
  std::vector<SessionInfo> sessions() { return hub.async_sessions(net::use_future).get(); }
  bool reads(const std::string& topic) {
    const std::vector<SessionInfo> all = sessions();
    return all.size() == 1 && std::find(all[0].topics.begin(), all[0].topics.end(), topic) != all[0].topics.end();
  }
};

/// A stream that is asked about after `take_away` has returned, in the very turn of the loop in which it was called.
struct Behind {
  template <class F>
  Behind(Busy& busy, F take_away) : second(busy.listener.port()), stream(busy.listener.port()), first(busy.stop()) {
    second.send(support::get("/block"));
    const std::string request = support::get("/push", "Accept: text/event-stream\r\n");
    stream.send(std::string_view(request).substr(0, request.size() - 2));
    busy.go.put(1);
    busy.inside.expect();
    take_away();
    REQUIRE(busy.asked == 0);
    stream.send("\r\n");
    busy.go.put(1);
    REQUIRE(support::eventually([&] { return busy.sessions().size() == 1; }));
  }

  RawClient second;
  RawClient stream;
  RawClient first;
};

}  // namespace

TEST_CASE("what is published after a topic was revoked does not arrive", "[adapter][listener][withdrawal]") {
  Busy busy;
  StreamReader reader(busy.listener.port(), "alice");
  reader.wait_open();
  const RawClient blocker = busy.stop();
  // The first wakes the loop; the rest joins it in the mailbox.
  busy.hub.publish({.topic = "orders", .data = "before"});
  busy.hub.revoke("alice", "stock");
  busy.hub.publish_and_wait({.topic = "stock", .data = "secret"});
  busy.hub.publish({.topic = "orders", .data = "last"});
  busy.go.put(1);
  CHECK(reader.next()->data == "before");
  CHECK(reader.next()->data == "last");
}

TEST_CASE("what is published after a user was disconnected does not arrive", "[adapter][listener][withdrawal]") {
  Busy busy;
  StreamReader reader(busy.listener.port(), "alice");
  reader.wait_open();
  const RawClient blocker = busy.stop();
  busy.hub.publish({.topic = "orders", .data = "before"});
  busy.hub.disconnect("alice");
  busy.hub.publish_and_wait({.topic = "orders", .data = "secret"});
  busy.go.put(1);
  // What was under way may have gone with it.
  for (auto event = reader.next(); event; event = reader.next()) CHECK(event->data != "secret");
}

TEST_CASE("who is asked after a topic was revoked keeps what authorize gives", "[adapter][listener][withdrawal]") {
  Busy busy;
  const Behind behind(busy, [&] { busy.hub.revoke("alice", "stock"); });
  CHECK(busy.reads("stock"));
}

TEST_CASE("who is asked after a disconnect stays", "[adapter][listener][withdrawal]") {
  Busy busy;
  Behind behind(busy, [&] { busy.hub.disconnect("alice"); });
  busy.hub.publish_and_wait({.topic = "orders", .data = "news"});
  CHECK(support::read_head(behind.stream).status == 200);
  CHECK(behind.stream.read_until("data: news").size() > 0);
}

TEST_CASE("a topic given on the loop after another thread took it away is read", "[adapter][listener][withdrawal]") {
  Busy busy;
  StreamReader reader(busy.listener.port(), "alice");
  reader.wait_open();
  const SessionId id = busy.sessions().at(0).id;
  const Mount give = busy.listener.handle("/give", [&](const RequestSnapshot&, adapter::Exchange exchange) {
    busy.inside.put(1);
    busy.go.expect();
    busy.hub.subscribe(id, {"extra"});
    std::move(exchange).answer().respond(fixture::text_head(), share_bytes("ok"));
  });
  RawClient client(busy.listener.port());
  client.send(support::get("/give"));
  busy.inside.expect();
  busy.hub.revoke("alice", "extra");
  busy.go.put(1);
  CHECK(support::read_answer(client).head.status == 200);
  CHECK(support::eventually([&] { return busy.reads("extra"); }));
}

namespace {

/// A store that reads "stock" when the test says so: its messages, or the one read with which a room begins.
class LateStore : public MemoryStore {
 public:
  struct Waiting {
    std::string topic;
    std::uint64_t after;
    std::size_t limit;
    Completion<ReadResult> done;
  };
  using Box = std::shared_ptr<support::Mailbox<Waiting>>;

  enum class Late { messages, begin };

  explicit LateStore(Box box, Late late = Late::messages) : box_(std::move(box)), late_(late) {}

  void read(const std::string& topic, std::uint64_t after, std::size_t limit, Completion<ReadResult> done) {
    // A room asks for one message at most, to know where its topic stands.
    if (topic == "stock" && (limit > 1) == (late_ == Late::messages)) {
      box_->put({topic, after, limit, std::move(done)});
    } else {
      MemoryStore::read(topic, after, limit, std::move(done));
    }
  }
  void let_go(Waiting waiting) {
    MemoryStore::read(waiting.topic, waiting.after, waiting.limit, std::move(waiting.done));
  }

 private:
  Box box_;
  Late late_;
};

}  // namespace

TEST_CASE("a poll does not hand out what it collected of a topic that was revoked", "[adapter][listener][withdrawal]") {
  const auto box = std::make_shared<support::Mailbox<LateStore::Waiting>>();
  LateStore store{box};
  Hub<LateStore> hub{store};
  adapter::Listener listener{hub};
  const Mount mount = adapter::mount(listener, "/push", hub, [](const RequestSnapshot&) -> Access {
    return Identity{.user = "alice", .topics = {"orders", "other", "stock"}};
  });
  hub.publish_and_wait({.topic = "orders", .data = "secret"});
  hub.publish_and_wait({.topic = "orders", .data = "secret too"});
  hub.publish_and_wait({.topic = "other", .data = "first"});
  hub.publish_and_wait({.topic = "stock", .data = "second"});
  RawClient client(listener.port());
  client.send(support::get("/push?from=start"));
  LateStore::Waiting waiting = box->expect();
  hub.revoke("alice", "orders");
  store.let_go(std::move(waiting));
  const support::RawAnswer answer = support::read_answer(client);
  CHECK(answer.head.status == 200);
  CHECK(answer.body.find("secret") == std::string::npos);
  CHECK(answer.body.find("\"messages\":[{") != std::string::npos);
  CHECK(answer.body.find("first") < answer.body.find("second"));
  CHECK(answer.body.find("second") != std::string::npos);
  CHECK(answer.body.find(",,") == std::string::npos);
  // The table says the same.
  const std::vector<SessionInfo> sessions = hub.async_sessions(net::use_future).get();
  REQUIRE(sessions.size() == 1);
  CHECK(std::find(sessions[0].topics.begin(), sessions[0].topics.end(), "orders") == sessions[0].topics.end());
}

TEST_CASE("a topic may be revoked before its session has begun", "[adapter][listener][withdrawal]") {
  for (const char* const headers : {"", "Accept: text/event-stream\r\n"}) {
    const auto box = std::make_shared<support::Mailbox<LateStore::Waiting>>();
    LateStore store{box, LateStore::Late::begin};
    Hub<LateStore> hub{store};
    adapter::Listener listener{hub};
    const Mount mount = adapter::mount(listener, "/push", hub, [](const RequestSnapshot&) -> Access {
      return Identity{.user = "alice", .topics = {"orders", "stock"}};
    });
    hub.publish_and_wait({.topic = "orders", .data = "news"});
    hub.publish_and_wait({.topic = "stock", .data = "secret"});
    RawClient client(listener.port());
    client.send(support::get("/push?from=start", headers));
    LateStore::Waiting waiting = box->expect();
    hub.revoke("alice", "stock");
    CHECK(client.read_until("news").find("secret") == std::string::npos);
    store.let_go(std::move(waiting));
    hub.publish_and_wait({.topic = "orders", .data = "after"});
  }
}
