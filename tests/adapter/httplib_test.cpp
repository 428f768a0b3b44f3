// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/httplib.hpp>

#include <catch2/catch_test_macros.hpp>

#include "adapter/httplib_fixture.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace fixture;
using namespace std::chrono_literals;
using namespace tidings;
using support::get;
using support::RawAnswer;
using support::RawClient;
using support::RawHead;

TEST_CASE("HEAD says what GET would, at once and without a body", "[adapter][httplib]") {
  const Served served(let_in, {.max_pinned = 0});
  for (const char* const target : {"/push", "/push?wait=20"}) {
    INFO(target);
    const auto begun = support::Clock::now();
    RawClient client = served.ask(request("HEAD", target));
    const RawHead head = support::read_head(client);
    CHECK(support::Clock::now() - begun < 5s);
    CHECK(head.status == 200);
    CHECK(head.value("Content-Type") == "application/json");
    // A body would be here instead.
    client.send(get("/own"));
    CHECK(support::read_answer(client).body == "own");
  }
}

TEST_CASE("a post acknowledges; one that is too large or none of ours is refused", "[adapter][httplib]") {
  const Served served(let_in, {.max_body_bytes = 1000});
  served.hub->publish_and_wait(Message{.topic = "@alice", .data = "x"});
  const std::string json = "Content-Type: application/json\r\n";
  RawClient client = served.ask(request("POST", "/push", json, "{\"seen\":\"all\"}"));
  CHECK(support::read_answer(client).head.status / 100 == 2);
  client.send(request("POST", "/push", "Content-Type: text/plain\r\n", "{}"));
  CHECK(support::read_answer(client).head.status == 400);
  client.send(request("POST", "/push", json, std::string(1001, ' ')));
  CHECK(support::read_answer(client).head.status == 413);
  // All of it was read: the connection is where the next request begins.
  client.send(get("/own"));
  CHECK(support::read_answer(client).body == "own");
}

TEST_CASE("below the path there is the inbox, beside it nothing", "[adapter][httplib]") {
  const Served served;
  CHECK(served.answer_to(get("/push/inbox")).head.status == 200);
  CHECK(served.answer_to(get("/push?x")).head.status == 200);
  CHECK(served.answer_to(get("/pushy")).head.status == 404);
  CHECK(served.answer_to(request("PUT", "/push", {}, "x")).head.status == 404);
}

TEST_CASE("beyond the cap a long poll is told to come later, and others are served", "[adapter][httplib]") {
  const Served served(let_in, {.max_pinned = 2, .other_threads = 2});
  RawClient first = served.long_poll(1);
  RawClient second = served.long_poll(2);
  const RawAnswer refused = served.answer_to(get("/push?wait=20", "Connection: close\r\n"));
  CHECK(refused.head.status == 503);
  CHECK(refused.head.count("Retry-After") == 1);
  CHECK(refused.head.value("Content-Type") == "application/json");
  CHECK(served.hub->counters()->refused_overload.value() == 1);
  // Short polls pin nothing.
  CHECK(served.answer_to(get("/push", "Connection: close\r\n")).head.status == 200);
  CHECK(served.answer_to(get("/own", "Connection: close\r\n")).body == "own");

  served.hub->publish(order("news"));
  CHECK(support::read_answer(first).head.status == 200);
  CHECK(support::read_answer(second).head.status == 200);
  // Their pins went before their answers.
  RawClient third = served.long_poll(1);
}

TEST_CASE("beyond the cap a stream is told to come later in the form that it comes back after", "[adapter][httplib]") {
  const Served served(let_in, {.max_pinned = 1, .other_threads = 2});
  std::optional<RawClient> first = served.stream();
  RawClient second = served.ask(get("/push", event_stream));
  const RawAnswer refused = support::read_answer(second);
  // WHATWG HTML: any other status would end an EventSource for ever.
  CHECK(refused.head.status == 200);
  CHECK(refused.head.value("Content-Type") == "text/event-stream");
  CHECK(refused.body.starts_with("retry: "));
  CHECK(refused.body.ends_with("\n: busy\n\n"));
  first.reset();
  CHECK(support::eventually([&] {
    RawClient third = served.ask(get("/push", event_stream + "Connection: close\r\n"));
    support::read_head(third);
    served.hub->publish(order("x"));
    return support::read_chunk(third).value_or("").find(": busy") == std::string::npos;
  }));
}

TEST_CASE("the server has a thread for each that may be pinned, and the others", "[adapter][httplib]") {
  constexpr std::size_t pinned = 20;
  Served served(let_in, {.max_pinned = pinned, .other_threads = 1});
  std::vector<RawClient> streams;
  for (std::size_t i = 0; i < pinned; ++i) streams.push_back(served.stream());
  CHECK(served.answer_to(get("/own", "Connection: close\r\n")).body == "own");
  served.hub->publish(order("to all"));
  for (RawClient& each : streams) CHECK(next_event(each).find("data: to all\n") != std::string::npos);
}

TEST_CASE("mounts on one server add up their threads", "[adapter][httplib]") {
  const Hub hub;
  support::HttplibServer server;
  const adapter::HttplibOptions options{.max_pinned = 10, .other_threads = 1};
  const Mount one = adapter::mount(server.get(), "/one", hub, let_in, {}, options);
  const Mount two = adapter::mount(server.get(), "/two", hub, let_in, {}, options);
  server.start();
  std::vector<RawClient> streams;
  for (int i = 0; i < 20; ++i) {
    streams.emplace_back(server.port()).send(get(i % 2 == 0 ? "/one" : "/two", event_stream));
    CHECK(support::read_head(streams.back()).status == 200);
  }
  RawClient other(server.port());
  other.send(get("/one"));
  CHECK(support::read_answer(other).head.status == 200);
}

TEST_CASE("a callback of the identity that throws costs its client a 500", "[adapter][httplib]") {
  const Served served([](const RequestSnapshot&) -> Access {
    return Identity{.user = "alice",
                    .may_subscribe = [](std::string_view) -> bool { throw std::runtime_error("secret"); }};
  });
  for (const std::string& asked :
       {get("/push?topics=t"), get("/push?topics=t&wait=20"), get("/push?topics=t", event_stream),
        request("POST", "/push?topics=t", "Content-Type: application/json\r\n", "{\"seen\":\"all\"}")}) {
    INFO(asked);
    CHECK(served.answer_to(asked).head.status == 500);
  }
  CHECK(served.hub->counters()->callback_errors.value() == 4);
}

TEST_CASE("authorize may answer late, never, or drop the question", "[adapter][httplib]") {
  std::vector<std::thread> later;
  support::Mailbox<Completion<Access>> kept;
  {
    EndpointOptions impatient;
    impatient.authorize_timeout = 200ms;
    const Served served(
        [&](const RequestSnapshot& asked, Completion<Access> done) {
          if (asked.target.ends_with("late")) {
            later.emplace_back([done = std::move(done)]() mutable { done({}, Identity{.topics = {"orders"}}); });
          } else if (asked.target.ends_with("never")) {
            kept.put(std::move(done));
          }
        },
        {}, impatient);
    CHECK(served.answer_to(get("/push?late")).head.status == 200);
    RawClient stream = served.ask(get("/push?late", event_stream));
    CHECK(support::read_head(stream).value("Content-Type") == "text/event-stream");
    served.hub->publish(order("late"));
    CHECK(next_event(stream).find("data: late\n") != std::string::npos);
    for (const char* const target : {"/push?drop", "/push?never"}) {
      INFO(target);
      CHECK(served.answer_to(get(target)).head.status == 503);
      const RawAnswer refused = served.answer_to(get(target, event_stream));
      CHECK(refused.head.status == 200);
      CHECK(refused.body.ends_with("\n: busy\n\n"));
    }
    // Too late: it goes nowhere.
    kept.expect()({}, Identity{.topics = {"orders"}});
  }
  for (std::thread& each : later) each.join();
}

TEST_CASE("a handler that takes neither end answers 503, one that throws 500", "[adapter][httplib]") {
  support::HttplibServer server;
  const Mount mount =
      adapter::handle(server.get(), "/own", [](RequestSnapshot asked, adapter::HttplibExchange& exchange) {
        if (asked.target.ends_with("throw")) throw std::runtime_error("own");
        if (asked.target.ends_with("taken")) {
          auto answer = exchange.answer();
          throw std::runtime_error("own");
        }
      });
  server.start();
  RawClient client(server.port());
  client.send(get("/own"));
  CHECK(support::read_answer(client).head.status == 503);
  client.send(get("/own/throw"));
  CHECK(support::read_answer(client).head.status == 500);
  client.send(get("/own/taken"));
  CHECK(support::read_answer(client).head.status == 500);
}
