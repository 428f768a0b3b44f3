// SPDX-License-Identifier: BSL-1.0
//
// A hub over real sockets: what a reader sees of its policies, limits and ends.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/raw_client.hpp"
#include "support/raw_http.hpp"
#include "support/stream_reader.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;
using support::RawClient;
using Reader = support::StreamReader;
using Event = protocol::SseEvent;

namespace {

/// Says who closed and why.
struct Closings {
  support::Mailbox<std::pair<std::string, std::error_code>> ended;
};

class ServedHub {
 public:
  explicit ServedHub(HubOptions options = {}, EndpointOptions endpoint = {}, Identity as = {})
      : hub(with_closings(std::move(options), closings)),
        listener(hub),
        mount_(adapter::mount(
            listener, "/push", hub,
            [as = std::move(as)](const RequestSnapshot& request) -> Access {
              Identity identity = as;
              identity.user = request.header("authorization").value_or("");
              if (identity.topics.empty()) identity.topics = {"orders"};
              return identity;
            },
            std::move(endpoint))) {}

  Reader read(const std::string& user, const std::string& headers = {}, int receive_buffer = 0) {
    return Reader(listener.port(), user, headers, receive_buffer);
  }
  support::RawAnswer ask(const std::string& request) {
    RawClient client(listener.port());
    client.send(request);
    return support::read_answer(client);
  }
  MessageId publish(std::string data, std::string topic = "orders") {
    Message message{.topic = std::move(topic), .data = std::move(data)};
    return hub.publish_and_wait(std::move(message)).id;
  }
  std::size_t sessions() { return hub.async_sessions(net::use_future).get().size(); }

  std::shared_ptr<Closings> closings = std::make_shared<Closings>();
  Hub<> hub;
  adapter::Listener listener;

 private:
  static HubOptions with_closings(HubOptions options, const std::shared_ptr<Closings>& closings) {
    if (!options.on_session_closed) {
      options.on_session_closed = [closings](const SessionInfo& info, std::error_code why) {
        closings->ended.put({info.user, why});
      };
    }
    return options;
  }

  Mount mount_;
};

const std::string user_alice = "Authorization: alice\r\n";

}  // namespace

TEST_CASE("a reader that never reads ends by its policy, what it missed is told, and 99 others get everything",
          "[adapter][listener][hub]") {
  constexpr std::size_t total = 10'000 / (support::sanitized ? 10 : 1);
  constexpr std::size_t burst = 100;
  const std::string payload(4000 * (support::sanitized ? 4 : 1), 'x');
  ServedHub served({.max_queue_bytes = 64 * 1024, .max_lag = 1s});
  served.hub.async_add_member("orders", "slow", net::use_future).get();
  std::vector<Reader> readers;
  for (std::size_t i = 0; i < 99; ++i) readers.push_back(served.read("reader" + std::to_string(i)));
  for (Reader& each : readers) each.wait_open();
  Reader slow = served.read("slow", {}, 4096);
  slow.wait_open();
  MessageId last;
  std::size_t highest = 0;
  for (std::size_t sent = 0; sent < total;) {
    for (std::size_t i = 0; i < burst; ++i, ++sent) last = served.publish(std::to_string(sent) + payload);
    for (Reader& each : readers) {
      for (std::size_t i = sent - burst; i < sent; ++i) {
        const std::optional<Event> event = each.next();
        REQUIRE(event);
        if (event->data.compare(0, event->data.find('x'), std::to_string(i)) != 0)
          FAIL("out of order: " << event->data);
      }
    }
    for (const SessionInfo& each : served.hub.async_sessions(net::use_future).get()) {
      highest = std::max(highest, each.queue_bytes);
    }
  }
  CHECK(highest <= 64 * 1024 + 2 * payload.size());
  const auto [user, why] = served.closings->ended.expect("the slow reader was not ended");
  CHECK(user == "slow");
  CHECK((why == errc::slow_consumer || why == errc::write_stalled));
  CHECK(served.hub.counters()->spills.value() >= 1);
  const auto missed = served.hub.async_missed(last, net::use_future).get();
  REQUIRE(missed.size() == 1);
  CHECK(missed[0].user == "slow");
  CHECK(missed[0].outcome == Outcome::pending);
  CHECK(served.sessions() == 99);
}

TEST_CASE("a slow reader that reads again gets a gap for what is kept no more, and goes on from there",
          "[adapter][listener][hub]") {
  ServedHub served({.max_queue_bytes = 16 * 1024, .max_lag = 20s});
  Reader slow = served.read("slow", {}, 4096);
  slow.wait_open();
  const std::string payload(16'000, 'x');
  // More than the kernel takes for a socket, and then more than the store keeps.
  for (int i = 0; i < 2500; ++i) served.publish(std::to_string(i) + payload);
  std::size_t next = 0;
  std::size_t gaps = 0;
  for (bool last = false; !last;) {
    const std::optional<Event> event = slow.next();
    REQUIRE(event);
    if (event->event == "tidings.gap") {
      // Each gap may have jumped over the last one.
      served.publish(std::to_string(2500 + gaps++) + payload);
      continue;
    }
    const std::size_t number = std::stoul(event->data.substr(0, event->data.find('x')));
    // No hole but behind a gap.
    CHECK((number == next || (gaps > 0 && number > next)));
    next = number + 1;
    last = number >= 2500;
  }
  CHECK(gaps > 0);
}

TEST_CASE("a hub that shuts down ends its streams in waves, each with the moment to come back",
          "[adapter][listener][hub]") {
  ServedHub served;
  std::vector<Reader> readers;
  for (int i = 0; i < 40; ++i) readers.push_back(served.read("reader" + std::to_string(i)));
  for (Reader& each : readers) each.wait_open();
  RawClient poll(served.listener.port());
  const auto cursor =
      nlohmann::json::parse(served.ask(support::get("/push", user_alice)).body)["cursor"].get<std::string>();
  poll.send(support::get("/push?wait=20&after=" + cursor, user_alice));
  REQUIRE(support::eventually([&] { return served.hub.counters()->long_polls.value() == 1; }));
  served.hub.async_shutdown(400ms, 4s, net::use_future).get();
  std::chrono::milliseconds earliest = 1h;
  std::chrono::milliseconds latest = 0ms;
  for (Reader& each : readers) {
    CHECK(each.ends_in_order());
    REQUIRE(each.retry());
    earliest = std::min(earliest, *each.retry());
    latest = std::max(latest, *each.retry());
  }
  // Spread over four seconds, not all at one moment.
  CHECK(latest - earliest > 1s);
  CHECK(latest <= 6s);
  const support::RawAnswer given = support::read_answer(poll);
  CHECK(given.head.status == 503);
  CHECK(!given.head.value("Retry-After").empty());
  // Who comes now is refused in the form that makes it come again.
  Reader late = served.read("late");
  CHECK(late.head().status == 200);
  CHECK(late.head().value("Content-Type") == "text/event-stream");
  late.client().wait_for_end();
  CHECK(served.ask(support::get("/push", user_alice)).head.status == 503);
}

TEST_CASE("a stream ends in order when its credentials do", "[adapter][listener][hub]") {
  Identity brief;
  brief.valid_until = wall_time{io::wall_now().ms + 700};
  ServedHub served({}, {}, brief);
  Reader reader = served.read("alice");
  reader.wait_open();
  served.publish("in time");
  CHECK(reader.next()->data == "in time");
  CHECK(reader.ends_in_order());
  CHECK(served.closings->ended.expect().second == errc::credentials_expired);
}

TEST_CASE("a user has as many sessions as allowed; one more is told to come later", "[adapter][listener][hub]") {
  ServedHub served({.max_sessions_per_user = 2});
  Reader one = served.read("alice");
  Reader two = served.read("alice");
  one.wait_open();
  two.wait_open();
  const support::RawAnswer refused = served.ask(support::get("/push", user_alice + "Accept: text/event-stream\r\n"));
  CHECK(refused.head.status == 200);
  CHECK(refused.body.starts_with("retry: "));
  CHECK(served.sessions() == 2);
  Reader other = served.read("bob");
  other.wait_open();
  served.publish("all");
  CHECK(one.next()->data == "all");
  CHECK(other.next()->data == "all");
  // A place that is free again is given again.
  one.client().close();
  REQUIRE(support::eventually([&] { return served.sessions() == 2; }));
  Reader again = served.read("alice");
  again.wait_open();
  CHECK(served.sessions() == 3);
}

TEST_CASE("topics come and go while the session lives", "[adapter][listener][hub]") {
  ServedHub served;
  Reader reader = served.read("alice");
  reader.wait_open();
  const SessionId id = served.hub.async_sessions(net::use_future).get().at(0).id;
  served.publish("too early", "stock");
  served.hub.subscribe(id, {"stock"});
  REQUIRE(
      support::eventually([&] { return served.hub.async_sessions(net::use_future).get().at(0).topics.size() == 3; }));
  served.publish("1", "stock");
  CHECK(reader.next()->data == "1");
  served.hub.revoke("alice", "stock");
  REQUIRE(
      support::eventually([&] { return served.hub.async_sessions(net::use_future).get().at(0).topics.size() == 2; }));
  served.publish("2", "stock");
  served.publish("3");
  CHECK(reader.next()->data == "3");
}

TEST_CASE("a disconnected user is told when to come back, others stay", "[adapter][listener][hub]") {
  ServedHub served;
  Reader alice = served.read("alice");
  Reader bob = served.read("bob");
  alice.wait_open();
  bob.wait_open();
  served.hub.disconnect("alice");
  CHECK(alice.ends_in_order());
  CHECK(served.closings->ended.expect() == std::pair(std::string("alice"), std::error_code(errc::disconnected)));
  served.publish("1");
  CHECK(bob.next()->data == "1");
}

TEST_CASE("a connection whose stream has ended is the listener's again", "[adapter][listener][hub]") {
  ServedHub served;
  Reader reader = served.read("alice");
  CHECK(reader.head().value("Connection") == "keep-alive");
  RawClient& client = reader.client();
  for (int round = 0; round < 3; ++round) {
    reader.wait_open();
    CHECK(served.listener.connections() == 0);
    served.hub.disconnect("alice");
    CHECK(reader.ends_in_order());
    client.send(support::get("/push", user_alice));
    CHECK(support::read_answer(client).head.status == 200);
    CHECK(served.listener.connections() == 1);
    reader.again("alice");
  }
}

TEST_CASE("a client that talks into its stream is not heard, and its connection ends behind it",
          "[adapter][listener][hub]") {
  ServedHub served;
  Reader reader = served.read("alice");
  reader.wait_open();
  reader.client().send(support::get("/push", user_alice));
  served.publish("seen");
  CHECK(reader.next()->data == "seen");
  served.publish("again");
  CHECK(reader.next()->data == "again");
  served.hub.disconnect("alice");
  CHECK(reader.ends_in_order());
  reader.client().try_send(support::get("/push", user_alice));
  CHECK(reader.client().read_to_end().empty());
}

TEST_CASE("a page of another origin gets nothing unless it is allowed", "[adapter][listener][hub]") {
  ServedHub served({}, {.origins = {.allowed_origins = {"https://app.example"}}});
  const std::string evil = user_alice + "Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n";
  const std::string good = user_alice + "Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n";
  CHECK(served.ask(support::get("/push", evil)).head.status == 403);
  CHECK(served.ask(support::get("/push", evil + "Accept: text/event-stream\r\n")).head.status == 403);
  const support::RawAnswer answer = served.ask(support::get("/push", good));
  CHECK(answer.head.status == 200);
  CHECK(answer.head.value("Access-Control-Allow-Origin") == "https://app.example");
  Reader stream = served.read("alice", "Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n");
  CHECK(stream.head().value("Access-Control-Allow-Origin") == "https://app.example");
  const auto preflight = [&](const std::string& headers) {
    return served.ask("OPTIONS /push HTTP/1.1\r\nHost: localhost\r\nAccess-Control-Request-Method: POST\r\n" + headers +
                      "\r\n");
  };
  CHECK(preflight(good).head.status == 204);
  CHECK(!preflight(good).head.value("Access-Control-Allow-Methods").empty());
  CHECK(preflight(evil).head.status == 403);
}

TEST_CASE("callbacks of the application that throw cost nobody a message", "[adapter][listener][hub]") {
  HubOptions options;
  options.on_session_opened = [](const SessionInfo&) { throw std::runtime_error("opened"); };
  options.on_session_closed = [](const SessionInfo&, std::error_code) { throw std::runtime_error("closed"); };
  options.on_error = [](std::error_code, std::string_view) { throw std::runtime_error("error"); };
  options.logger = {};
  ServedHub served(options);
  Reader alice = served.read("alice");
  Reader bob = served.read("bob");
  alice.wait_open();
  bob.wait_open();
  served.hub.disconnect("alice");
  CHECK(alice.ends_in_order());
  served.publish("1");
  CHECK(bob.next()->data == "1");
  CHECK(served.hub.counters()->callback_errors.value() >= 3);
}

TEST_CASE("a HEAD hands out nothing, and nothing is on record for it", "[adapter][listener][hub]") {
  ServedHub served;
  served.hub.async_add_member("orders", "alice", net::use_future).get();
  const MessageId id = served.publish("x");
  const auto reason = [&] { return served.hub.async_status(id, net::use_future).get().recipients.at(0).reason; };
  RawClient client(served.listener.port());
  client.send("HEAD /push HTTP/1.1\r\nHost: localhost\r\n" + user_alice + "\r\n");
  CHECK(support::read_head(client).status == 200);
  CHECK(reason() == "no session");
  CHECK(served.ask(support::get("/push", user_alice)).head.status == 200);
  CHECK(reason() == "not confirmed");
}

TEST_CASE("a drain needs a user: clients without a name would share one cursor", "[adapter][listener][hub]") {
  ServedHub served;
  const auto drain = [&](const std::string& headers) {
    return served.ask("POST /push?drain&device=web HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n" + headers +
                      "\r\n");
  };
  CHECK(drain("").head.status == 401);
  CHECK(drain(user_alice).head.status == 200);
}

TEST_CASE("a device whose drain cursor had no room hears of a gap, not of nothing", "[adapter][listener][hub]") {
  HubOptions options;
  options.max_devices_per_user = 2;
  Hub<> hub{options};
  adapter::Listener listener{hub};
  const Mount mount = adapter::mount(listener, "/push", hub, [](const RequestSnapshot&) -> Access {
    return Identity{.user = "kiosk", .topics = {"orders"}};
  });
  const auto drain = [&](const std::string& device) {
    RawClient client(listener.port());
    client.send("POST /push?drain&device=" + device + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    return support::read_answer(client).body;
  };
  for (const char* const device : {"a", "b", "c"}) drain(device);
  hub.publish_and_wait({.topic = "orders", .data = "missed"});
  CHECK(drain("c").find("missed") != std::string::npos);
  CHECK(drain("a").find("\"gap\":[\"orders\"]") != std::string::npos);
}

TEST_CASE("the content type of a command is read without regard to case", "[adapter][listener][hub]") {
  ServedHub served;
  const auto command = [&](const std::string& type) {
    return served
        .ask("POST /push HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\nContent-Type: " + type + "\r\n" +
             user_alice + "\r\n{\"seen\":\"all\"}")
        .head.status;
  };
  CHECK(command("application/json") == command("Application/JSON; charset=utf-8"));
  CHECK(command("Application/JSON") / 100 == 2);
  CHECK(command("text/plain") == 400);
}

TEST_CASE("topics that a cursor cannot tell apart are refused", "[adapter][listener][hub]") {
  // Found by search: their tags of 40 bits are the same.
  ServedHub served({}, {}, {.topics = {"room301353", "room657795"}});
  CHECK(served.ask(support::get("/push", user_alice)).head.status == 400);
}

TEST_CASE("topics that come and go leave room for others", "[adapter][listener][hub]") {
  ServedHub served({.max_topics_per_session = 4});
  Reader reader = served.read("alice");
  reader.wait_open();
  const auto info = [&] { return served.hub.async_sessions(net::use_future).get().at(0); };
  const auto reads = [&](std::size_t topics) {
    return support::eventually([&] { return info().topics.size() == topics; });
  };
  const SessionId session = info().id;
  for (int i = 0; i < 10; ++i) {
    served.hub.subscribe(session, {"extra"});
    REQUIRE(reads(3));
    served.hub.revoke("alice", "extra");
    REQUIRE(reads(2));
  }
  // Those that it reads already take no room of their own.
  served.hub.subscribe(session, {"orders", "extra", "last"});
  REQUIRE(reads(4));
  served.publish("fits", "last");
  CHECK(reader.next()->data == "fits");
}

TEST_CASE("headers that frame an answer are never the application's", "[adapter][listener][hub]") {
  const Hub hub;
  adapter::Listener listener(hub);
  const Mount mount = adapter::mount(listener, "/push", hub, [](const RequestSnapshot&) -> Access {
    return reject(401, "who?", {{"Content-Length", "1"}, {"transfer-encoding", "chunked"}, {"X-Own", "stays"}});
  });
  RawClient client(listener.port());
  client.send(support::get("/push"));
  const support::RawAnswer got = support::read_answer(client);
  CHECK(got.head.status == 401);
  CHECK(got.head.count("Content-Length") == 1);
  CHECK(got.head.count("Transfer-Encoding") == 0);
  CHECK(got.head.value("X-Own") == "stays");
  CHECK(got.body.find("who?") != std::string::npos);
}
