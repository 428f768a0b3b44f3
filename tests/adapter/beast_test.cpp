// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/beast.hpp>

#include <catch2/catch_test_macros.hpp>

#include "adapter/beast_hub_fixture.hpp"

#include <stdexcept>
#include <string>

using namespace fixture;
using namespace tidings;
using support::get;
using support::PlainBeast;
using support::RawAnswer;
using support::RawClient;

using Plain = Served<PlainBeast>;

TEST_CASE("Beast: a connection whose poll is answered goes on with the application", "[adapter][beast]") {
  const Plain served;
  RawClient client = served.long_poll();
  served.hub->publish(order("news"));
  CHECK(support::read_answer(client).body.find("\"data\":\"news\"") != std::string::npos);
  client.send(request("POST", "/own", {}, "12345"));
  CHECK(support::read_answer(client).body == "own 5");
  client.send(get("/push"));
  CHECK(support::read_answer(client).head.status == 200);
}

TEST_CASE("Beast: what a client sends while its poll waits is not lost, however much", "[adapter][beast]") {
  const Plain served;
  RawClient client = served.long_poll();
  const std::string much(300'000, 'x');
  client.send(request("POST", "/own", {}, much));
  client.send(get("/push/inbox"));
  served.hub->publish(order("news"));
  CHECK(support::read_answer(client).head.status == 200);
  CHECK(support::read_answer(client).body == "own 300000");
  CHECK(support::read_answer(client).body.find("\"messages\"") != std::string::npos);
}

TEST_CASE("Beast: authorize sees the request, and its exception costs its client a 500", "[adapter][beast]") {
  support::Mailbox<RequestSnapshot> seen;
  const Plain served([&](const RequestSnapshot& asked) -> Access {
    seen.put(asked);
    throw std::runtime_error("secret");
  });
  const RawAnswer got = served.answer_to(get("/push?x=1", "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\n"));
  CHECK(got.head.status == 500);
  CHECK(got.head.text.find("secret") == std::string::npos);
  const RequestSnapshot asked = seen.expect();
  CHECK(asked.method == "GET");
  CHECK(asked.target == "/push?x=1");
  CHECK(asked.peer == "127.0.0.1");
  CHECK(asked.version == 11);
  CHECK(asked.header("x-forwarded-for") == "1.2.3.4, 5.6.7.8");
}

TEST_CASE("Beast: below the path there is the inbox, beside it the application", "[adapter][beast]") {
  Plain served;
  const Mount deeper =
      adapter::mount(served.routes, "/push/deeper/", *served.hub, [](const RequestSnapshot&) { return reject(403); });
  CHECK(served.answer_to(get("/push/inbox")).head.status == 200);
  CHECK(served.answer_to(get("/push?x")).head.status == 200);
  CHECK(served.answer_to(get("/push/deeper?x")).head.status == 403);
  CHECK(served.answer_to(get("/pushy")).body == "own 0");
  CHECK(served.answer_to(request("PUT", "/push", {}, "x")).head.status == 405);
  CHECK_THROWS_AS(adapter::mount(served.routes, "push", *served.hub, let_in), std::invalid_argument);
}
