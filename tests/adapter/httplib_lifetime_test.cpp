// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/httplib.hpp>

#include <catch2/catch_test_macros.hpp>

#include "adapter/gone_checks.hpp"
#include "adapter/httplib_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

using namespace fixture;
using namespace std::chrono_literals;
using namespace tidings;
using support::get;
using support::RawAnswer;
using support::RawClient;

TEST_CASE("a server that stops ends its streams in order and answers its polls", "[adapter][httplib][lifetime]") {
  Served served;
  RawClient stream = served.stream();
  RawClient poll = served.long_poll();
  const auto begun = support::Clock::now();
  served.server.stop();
  CHECK(support::Clock::now() - begun < 2s * support::slowness);
  const std::string end = stream.read_to_end();
  CHECK(end.find("retry: ") != std::string::npos);
  CHECK(end.ends_with("0\r\n\r\n"));
  const RawAnswer answered = support::read_answer(poll);
  CHECK(answered.head.status == 503);
  CHECK(answered.head.count("Retry-After") == 1);
  // The hub has let them go.
  const auto counters = served.hub->counters();
  CHECK(support::eventually([&] { return counters->sse_sessions.value() == 0 && counters->long_polls.value() == 0; }));
}

TEST_CASE("hub, server and mount go in every order, whatever is open", "[adapter][httplib][lifetime]") {
  std::string order = "hms";
  do {
    INFO(order);
    Served served;
    RawClient stream = served.stream();
    RawClient poll = served.long_poll();
    const auto begun = support::Clock::now();
    for (const char each : order) {
      if (each == 'h') served.hub.reset();
      if (each == 'm') served.push.reset();
      if (each == 's') served.server.destroy();
    }
    CHECK(support::Clock::now() - begun < 3s * support::slowness);
    CHECK(stream.read_to_end().ends_with("0\r\n\r\n"));
    CHECK(support::read_answer(poll).head.status == 503);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a request that finds its hub gone is refused politely by cpp-httplib", "[adapter][httplib][lifetime]") {
  Served served;
  served.hub.reset();
  check_without_hub(served);
}

TEST_CASE("a mount that is gone answers 404 and leaves its sessions alone", "[adapter][httplib][lifetime]") {
  Served served;
  RawClient stream = served.stream();
  served.push.reset();
  check_without_mount(served, stream);
}

TEST_CASE("a server with a task queue of the application's own serves, and stops", "[adapter][httplib][lifetime]") {
  std::optional<Hub<>> hub{std::in_place};
  support::HttplibServer server;
  const Mount mount = adapter::mount(server.get(), "/push", *hub, let_in);
  server.get().new_task_queue = [] { return new httplib::ThreadPool(4); };
  server.start();
  RawClient client(server.port());
  client.send(get("/push", event_stream));
  CHECK(support::read_head(client).status == 200);
  hub->publish(order("one"));
  CHECK(next_event(client).find("data: one\n") != std::string::npos);
  const auto begun = support::Clock::now();
  server.stop();
  CHECK(support::Clock::now() - begun < 3s * support::slowness);
  CHECK(client.wait_for_end() != RawClient::End::open);
}
