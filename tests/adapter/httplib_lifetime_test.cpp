// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/httplib.hpp>

#include <catch2/catch_test_macros.hpp>

#include "adapter/httplib_fixture.hpp"

#include <chrono>
#include <optional>
#include <string>

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
