// SPDX-License-Identifier: BSL-1.0

#include <tidings/net/config.hpp>
#include <tidings/poller.hpp>

#include TIDINGS_ASIO_HEADER(awaitable.hpp)
#include TIDINGS_ASIO_HEADER(co_spawn.hpp)
#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(use_awaitable.hpp)
#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/scripted_responder.hpp"
#include "support/waiting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tidings;
using namespace std::chrono_literals;
using nlohmann::json;
using support::GivenAnswer;
using support::ResponderScript;
using support::ScriptedResponder;

namespace {

const Identity alice{.user = "alice", .topics = {"orders"}};

/// One request and what comes back.
template <bool Late = true>
class Poll {
 public:
  template <class P>
  Poll(P& poller, const std::string& target, std::string method = "GET", Identity identity = alice,
       std::vector<Header> headers = {}) {
    RequestSnapshot request;
    request.method = std::move(method);
    request.target = target;
    request.headers = std::move(headers);
    poller.answer(request, std::move(identity), ScriptedResponder<Late>(script_));
  }
  GivenAnswer answer() { return script_->answers.expect("the poll was not answered"); }
  json body() {
    const GivenAnswer given = answer();
    REQUIRE(given.status == 200);
    return json::parse(given.body);
  }
  bool waits() const { return script_->answers.size() == 0; }
  void go() { script_->go(); }
  bool asked_late() const { return script_->asked_late(); }

 private:
  std::shared_ptr<ResponderScript> script_ = std::make_shared<ResponderScript>();
};

template <class P>
std::string cursor_of(P& poller) {
  return Poll<>(poller, "/poll").body()["cursor"].get<std::string>();
}

template <class P>
void publish(P& poller, const std::string& data, const std::string& topic = "orders") {
  Message message{.topic = topic, .data = data};
  poller.async_publish(std::move(message), net::use_future).get();
}

std::vector<std::string> data_of(const json& body) {
  std::vector<std::string> all;
  for (const json& each : body["messages"]) all.push_back(each["data"].get<std::string>());
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a short poll takes what is new for its cursor, in order, once") {
  Poller poller;
  const std::string before = cursor_of(poller);
  publish(poller, "one");
  publish(poller, "two");
  const json body = Poll<>(poller, "/poll?after=" + before).body();
  CHECK(data_of(body) == Texts{"one", "two"});
  CHECK(body["messages"][0]["topic"] == "orders");
  CHECK(body["poll_after_ms"].get<int>() > 0);
  CHECK(Poll<>(poller, "/poll?after=" + body["cursor"].get<std::string>()).answer().status == 204);
  // The old cursor still reads the same: nothing is lost by asking twice.
  CHECK(data_of(Poll<>(poller, "/poll?after=" + before).body()) == Texts{"one", "two"});
}

TEST_CASE("answers are never for others: no shared cache may keep them") {
  Poller poller;
  const GivenAnswer kept = Poll<>(poller, "/poll").answer();
  CHECK(kept.header("Cache-Control") == "private, no-cache");
  CHECK(kept.header("Vary") == "Authorization, Cookie");
  const GivenAnswer same = Poll<>(poller, "/poll", "GET", alice, {{"if-none-match", kept.header("ETag")}}).answer();
  CHECK(same.status == 304);
  Poller strict{PollerOptions{.no_store = true}};
  CHECK(Poll<>(strict, "/poll").answer().header("Cache-Control") == "no-store");
}

TEST_CASE("a long poll waits for the next message, and for nothing longer than it asked") {
  Poller poller;
  const std::string before = cursor_of(poller);
  Poll<> waiting(poller, "/poll?wait=20&after=" + before);
  CHECK(support::eventually([&] { return poller.counters()->long_polls.value() == 1; }));
  CHECK(waiting.waits());
  publish(poller, "one");
  CHECK(data_of(waiting.body()) == Texts{"one"});
  Poll<> vain(poller, "/poll?wait=1&topics=orders&after=" + cursor_of(poller));
  CHECK(vain.answer().status == 204);
  CHECK(support::eventually([&] { return poller.counters()->long_polls.value() == 0; }));
}

TEST_CASE("a HEAD and a server that must answer at once do not wait") {
  Poller poller{PollerOptions{.max_wait = 60s}};
  const std::string target = "/poll?wait=60&after=" + cursor_of(poller);
  CHECK(Poll<>(poller, target, "HEAD").answer().status == 204);
  CHECK(Poll<false>(poller, target).answer().status == 204);
}

TEST_CASE("a client that is gone frees its place") {
  Poller poller;
  Poll<> waiting(poller, "/poll?wait=20&after=" + cursor_of(poller));
  REQUIRE(support::eventually([&] { return poller.counters()->long_polls.value() == 1; }));
  waiting.go();
  CHECK(support::eventually([&] { return poller.counters()->long_polls.value() == 0; }));
}

TEST_CASE("a drain reads and clears, for each device by itself") {
  Poller poller;
  CHECK(Poll<>(poller, "/poll?drain", "POST").answer().status == 400);
  const auto drain = [&](const std::string& device) {
    return data_of(Poll<>(poller, "/poll?drain&device=" + device, "POST").body());
  };
  CHECK(drain("phone").empty());
  CHECK(drain("desk").empty());
  publish(poller, "one");
  publish(poller, "two");
  CHECK(drain("phone") == Texts{"one", "two"});
  CHECK(drain("phone").empty());
  CHECK(drain("desk") == Texts{"one", "two"});
}

TEST_CASE("messages of the inbox are unread until they are marked") {
  Poller poller;
  CHECK(Poll<>(poller, "/poll").body()["unread"] == 0);
  publish(poller, "for you", "@alice");
  publish(poller, "for you too", "@alice");
  CHECK(poller.async_unread("alice", net::use_future).get() == 2);
  SeenRequest request;
  request.user = "alice";
  request.all = true;
  CHECK(poller.async_mark_seen(request, net::use_future).get() == 0);
  publish(poller, "and again", "@alice");
  CHECK(Poll<>(poller, "/poll?topics=orders").body()["unread"] == 1);
}

TEST_CASE("a trimmed topic answers a gap, not a hole") {
  Poller poller;
  const std::string before = cursor_of(poller);
  for (int i = 0; i < 3; ++i) publish(poller, std::to_string(i));
  poller.async_trim("orders", 1, net::use_future).get();
  const json body = Poll<>(poller, "/poll?after=" + before).body();
  CHECK(body["gap"] == json{"orders"});
  CHECK(data_of(body).empty());
}

TEST_CASE("who ignores the pace gets 429 and loses nothing") {
  Poller poller{PollerOptions{.interval = 1s, .max_per_second = 1}};
  const std::string before = cursor_of(poller);
  publish(poller, "one");
  GivenAnswer refused;
  for (int i = 0; i < 50 && refused.status != 429; ++i) {
    refused = Poll<>(poller, "/poll?after=" + before).answer();
  }
  REQUIRE(refused.status == 429);
  CHECK(std::stoi(refused.header("Retry-After")) >= 1);
  CHECK(poller.counters()->polls_throttled.value() == 1);
  // The cursor moved with no refusal: whoever comes in time reads all of it.
  CHECK(data_of(Poll<>(poller, "/poll?after=" + before, "GET", {.user = "bob", .topics = {"orders"}}).body()) ==
        Texts{"one"});
}

TEST_CASE("a responder is asked to tell of a client that goes before it is given the answer, never beside it") {
  Poller poller{PollerOptions{.interval = 1s, .max_per_second = 1}};
  const std::string cursor = cursor_of(poller);
  int status = 0;
  for (int i = 0; i < 50 && status != 429; ++i) {
    Poll<> poll(poller, "/poll?after=" + cursor);
    status = poll.answer().status;
    CHECK_FALSE(poll.asked_late());
  }
  CHECK(status == 429);
}

TEST_CASE("a cursor of another poller is a gap, never silence") {
  Poller poller;
  Poller other{MemoryStore{}};
  publish(poller, "one");
  const json body = Poll<>(other, "/poll?after=" + cursor_of(poller)).body();
  CHECK(body["gap"] == json{"@alice", "orders"});
}

TEST_CASE("methods that are no polls are refused") {
  Poller poller;
  for (const char* method : {"POST", "PUT", "DELETE"}) {
    const GivenAnswer given = Poll<>(poller, "/poll", method).answer();
    CHECK(given.status == 405);
    CHECK(given.header("Allow") == "GET, HEAD");
  }
}

TEST_CASE("a poller that goes away answers whoever waits") {
  std::optional<Poller<>> poller(std::in_place);
  Poll<> waiting(*poller, "/poll?wait=20&after=" + cursor_of(*poller));
  REQUIRE(support::eventually([&] { return poller->counters()->long_polls.value() == 1; }));
  poller.reset();
  const GivenAnswer given = waiting.answer();
  CHECK(given.status == 503);
  CHECK(!given.header("Retry-After").empty());
}

TEST_CASE("on the application's own context, with coroutines and no thread") {
  net::io_context context;
  Poller poller{context, MemoryStore{}};
  Texts got;
  std::exception_ptr failed;
  net::co_spawn(
      context,
      [&]() -> net::awaitable<void> {
        Poll<> first(poller, "/poll");
        Message message{.topic = "@alice", .data = "for you"};
        const Published published = co_await poller.async_publish(std::move(message), net::use_awaitable);
        if (!published.id) throw std::runtime_error("no id");
        got.push_back(std::to_string(co_await poller.async_unread("alice", net::use_awaitable)));
        context.stop();
      },
      [&](std::exception_ptr e) { failed = e; });
  context.run();
  CHECK(!failed);
  CHECK(got == Texts{"1"});
}

TEST_CASE("bounds out of their range are refused when they are set") {
  CHECK_THROWS_AS(Poller(PollerOptions{.max_topics = 0}), std::invalid_argument);
  CHECK_THROWS_AS(Poller(PollerOptions{.max_topics = 65}), std::invalid_argument);
  CHECK_THROWS_AS(Poller(PollerOptions{.interval = 0ms}), std::invalid_argument);
}

TEST_CASE("a publication that cannot be stored reaches the callback") {
  std::promise<std::error_code> told;
  PollerOptions options;
  options.on_error = [&](std::error_code ec, std::string_view) { told.set_value(ec); };
  Poller poller{options};
  Message bad{.topic = "no topic\n", .data = "x"};
  poller.publish(std::move(bad));
  CHECK(told.get_future().get() == errc::invalid_topic);
}

TEST_CASE("a page of another origin neither polls nor drains, unless it is allowed") {
  Poller poller{PollerOptions{.origins = {{"https://app.example"}}}};
  publish(poller, "one");
  const auto ask = [&](const std::string& method, const std::string& origin) {
    const std::string target = method == "POST" ? "/poll?drain&device=web" : "/poll";
    return Poll<>(poller, target, method, alice, {{"Host", "here.example"}, {"Origin", origin}}).answer();
  };
  CHECK(ask("GET", "https://evil.example").status == 403);
  CHECK(ask("POST", "https://evil.example").status == 403);
  CHECK(poller.counters()->refused_origin.value() == 2);
  CHECK(ask("GET", "https://here.example").status == 200);
  const GivenAnswer allowed = ask("POST", "https://app.example");
  CHECK(allowed.status == 200);
  CHECK(allowed.header("Access-Control-Allow-Origin") == "https://app.example");
}
