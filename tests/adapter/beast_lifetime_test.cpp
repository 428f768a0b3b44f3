// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/beast.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "adapter/beast_hub_fixture.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace fixture;
using namespace std::chrono_literals;
using namespace tidings;
using support::get;
using support::PlainBeast;
using support::RawAnswer;
using support::RawClient;

// Over plain TCP a stream is the hub's; over TLS it stays with the server.
TEMPLATE_TEST_CASE("Beast: a hub that goes ends streams in order and answers polls", "[adapter][beast][lifetime]",
                   PlainBeast, Tls) {
  Served<TestType> served;
  Reader reader = served.stream();
  RawClient poll = served.long_poll();
  served.hub.reset();
  // In whole chunks, or with the connection.
  CHECK(support::read_body(reader.client, reader.head).find("retry: ") != std::string::npos);
  const RawAnswer answered = support::read_answer(poll);
  CHECK(answered.head.status == 503);
  CHECK(answered.head.count("Retry-After") == 1);
}

TEST_CASE("Beast: a request that finds its hub gone is refused politely", "[adapter][beast][lifetime]") {
  Served<PlainBeast> served;
  served.hub.reset();
  RawClient client = served.ask(get("/push", event_stream));
  const RawAnswer stream = support::read_answer(client);
  CHECK(stream.head.status == 200);
  CHECK(stream.head.value("Content-Type") == "text/event-stream");
  CHECK(stream.body.starts_with("retry: "));
  client.send(get("/push?wait=20"));
  const RawAnswer poll = support::read_answer(client);
  CHECK(poll.head.status == 503);
  CHECK(poll.head.count("Retry-After") == 1);
  client.send(get("/own"));
  CHECK(support::read_answer(client).body == "own 0");
}

TEST_CASE("Beast: a mount that is gone gives its path back and leaves its sessions alone",
          "[adapter][beast][lifetime]") {
  Served<PlainBeast> served;
  Reader reader = served.stream();
  served.push.reset();
  CHECK(served.answer_to(get("/push")).body == "own 0");
  served.hub->publish(order("still"));
  CHECK(reader.next().find("data: still\n") != std::string::npos);

  // Between the question and the request the mount may go.
  const support::BeastServer<PlainBeast> asks_not([own = served.routes](auto stream, auto buffer, auto asked, auto) {
    own.serve(std::move(stream), std::move(buffer), std::move(asked));
  });
  RawClient late(asks_not.port());
  late.send(get("/push"));
  CHECK(support::read_answer(late).head.status == 404);
}

TEMPLATE_TEST_CASE("Beast: a server goes while others write to its streams and answer its requests",
                   "[adapter][beast][lifetime]", PlainBeast, Tls) {
  for (int round = 0; round < 5; ++round) {
    Served<TestType> served;
    std::atomic<bool> over{false};
    std::thread publisher([&] {
      while (!over) served.hub->publish(order("x"));
    });
    std::vector<Reader> readers;
    for (int i = 0; i < 4; ++i) readers.push_back(served.stream());
    std::thread poller([client = RawClient(served.port())]() mutable {
      while (client.end() == RawClient::End::open) {
        client.try_send(get("/push?wait=1"), 1s);
        client.read_now();
        std::this_thread::yield();
      }
    });
    std::this_thread::sleep_for(20ms);
    served.server.destroy();
    poller.join();
    over = true;
    publisher.join();
  }
}
