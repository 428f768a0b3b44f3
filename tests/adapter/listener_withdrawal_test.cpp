// SPDX-License-Identifier: BSL-1.0
//
// What is taken away while a session is on its way in: between the question to `authorize` and its loop.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/stream_reader.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace tidings;
using support::RawClient;
using support::StreamReader;

namespace {

using Positions = std::vector<MemberPosition>;

/// A store whose answers about positions wait until the test lets them go.
class HeldStore : public MemoryStore {
 public:
  struct Waiting {
    std::string user;
    std::vector<std::string> topics;
    Completion<Positions> done;
  };
  using Held = std::shared_ptr<support::Mailbox<Waiting>>;

  explicit HeldStore(Held held) : held_(std::move(held)) {}

  void positions(const std::string& user, std::vector<std::string> topics, Completion<Positions> done) {
    held_->put({user, std::move(topics), std::move(done)});
  }
  void let_go(Waiting waiting) {
    MemoryStore::positions(waiting.user, std::move(waiting.topics), std::move(waiting.done));
  }

 private:
  Held held_;
};

/// A hub whose store, and whose `authorize`, answer when the test says so.
struct Slow {
  HeldStore::Held held = std::make_shared<support::Mailbox<HeldStore::Waiting>>();
  support::Mailbox<Completion<Access>> asked;
  HeldStore store{held};
  Hub<HeldStore> hub{store};
  adapter::Listener listener{hub};
  Mount mount = adapter::mount(listener, "/push", hub,
                               [this](const RequestSnapshot&, Completion<Access> done) { asked.put(std::move(done)); });

  StreamReader read() { return StreamReader(listener.port(), "alice"); }
  void grant() { asked.expect()({}, Identity{.user = "alice", .topics = {"orders", "stock"}}); }
  void let_go() { store.let_go(held->expect()); }
  void publish(const std::string& data, const std::string& topic) {
    hub.publish_and_wait({.topic = topic, .data = data});
  }
};

enum class Stage { authorize, store };

// Opens a stream or poll, and calls `f` while it is at this stage.
template <class F>
void open_with(Slow& slow, Stage stage, F f) {
  HeldStore::Waiting waiting;
  if (stage == Stage::store) {
    slow.grant();
    waiting = slow.held->expect();
    f();
    slow.store.let_go(std::move(waiting));
    return;
  }
  Completion<Access> done = slow.asked.expect();
  f();
  done({}, Identity{.user = "alice", .topics = {"orders", "stock"}});
  slow.let_go();
}

}  // namespace

TEST_CASE("a topic that is revoked while a stream is on its way is not read", "[adapter][listener][withdrawal]") {
  for (const Stage stage : {Stage::authorize, Stage::store}) {
    Slow slow;
    StreamReader reader = slow.read();
    open_with(slow, stage, [&] { slow.hub.revoke("alice", "stock"); });
    reader.wait_open();
    slow.publish("secret", "stock");
    slow.publish("news", "orders");
    CHECK(reader.next()->data == "news");
  }
}

TEST_CASE("a user that is disconnected while a stream is on its way has none", "[adapter][listener][withdrawal]") {
  for (const Stage stage : {Stage::authorize, Stage::store}) {
    Slow slow;
    RawClient client(slow.listener.port());
    client.send(support::get("/push", "Accept: text/event-stream\r\n"));
    open_with(slow, stage, [&] { slow.hub.disconnect("alice"); });
    // In the form that an EventSource comes back after.
    const support::RawHead head = support::read_head(client);
    CHECK(head.status == 200);
    REQUIRE(head.count("Content-Length") == 1);
    CHECK(support::read_body(client, head).starts_with("retry: "));
    CHECK(slow.hub.async_sessions(net::use_future).get().empty());
  }
}

TEST_CASE("a topic that is revoked while a poll is on its way is not in its answer",
          "[adapter][listener][withdrawal]") {
  for (const Stage stage : {Stage::authorize, Stage::store}) {
    Slow slow;
    slow.publish("secret", "stock");
    slow.publish("news", "orders");
    RawClient client(slow.listener.port());
    client.send(support::get("/push?from=start"));
    open_with(slow, stage, [&] { slow.hub.revoke("alice", "stock"); });
    const support::RawAnswer answer = support::read_answer(client);
    CHECK(answer.head.status == 200);
    CHECK(answer.body.find("news") != std::string::npos);
    CHECK(answer.body.find("secret") == std::string::npos);
  }
}

TEST_CASE("a user that is disconnected while a poll is on its way is told to come later",
          "[adapter][listener][withdrawal]") {
  for (const Stage stage : {Stage::authorize, Stage::store}) {
    Slow slow;
    RawClient client(slow.listener.port());
    client.send(support::get("/push"));
    open_with(slow, stage, [&] { slow.hub.disconnect("alice"); });
    CHECK(support::read_answer(client).head.status == 503);
  }
}

TEST_CASE("what others lose is nobody else's loss", "[adapter][listener][withdrawal]") {
  Slow slow;
  StreamReader reader = slow.read();
  open_with(slow, Stage::store, [&] {
    slow.hub.revoke("bob", "stock");
    slow.hub.disconnect("bob");
    slow.hub.revoke("alice", "elsewhere");
  });
  reader.wait_open();
  slow.publish("both", "stock");
  CHECK(reader.next()->data == "both");
}

TEST_CASE("a topic that is revoked after it was given stays revoked, however late the store is",
          "[adapter][listener][withdrawal]") {
  Slow slow;
  StreamReader reader = slow.read();
  slow.grant();
  slow.let_go();
  reader.wait_open();
  const SessionId id = slow.hub.async_sessions(net::use_future).get().at(0).id;
  slow.hub.subscribe(id, {"extra", "other"});
  HeldStore::Waiting late = slow.held->expect();
  slow.hub.revoke("alice", "extra");
  slow.store.let_go(std::move(late));
  REQUIRE(support::eventually([&] { return slow.hub.async_sessions(net::use_future).get().at(0).topics.size() == 4; }));
  slow.publish("secret", "extra");
  slow.publish("news", "other");
  CHECK(reader.next()->data == "news");
  // Given again, it is read.
  slow.hub.subscribe(id, {"extra"});
  slow.let_go();
  REQUIRE(support::eventually([&] { return slow.hub.async_sessions(net::use_future).get().at(0).topics.size() == 5; }));
  slow.publish("open", "extra");
  CHECK(reader.next()->data == "open");
}
