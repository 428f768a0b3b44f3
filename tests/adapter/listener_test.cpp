// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/listener.hpp>

#include <catch2/catch_test_macros.hpp>

#include "adapter/listener_fixture.hpp"

#include <chrono>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

using namespace fixture;
using namespace std::chrono_literals;
using namespace tidings;
using support::get;
using support::RawAnswer;
using support::RawClient;
using support::RawHead;

static_assert(Responder<Exchange::Answer>);
static_assert(StreamingResponse<Exchange::Stream>);
static_assert(HandsOver<Exchange::Stream>);

// ---- where it listens ----

TEST_CASE("port 0 is some free port", "[adapter][listener]") {
  const Hub hub;
  const Listener first{hub};
  const Listener second{hub};
  CHECK(first.port() != 0);
  CHECK(first.port() != second.port());
  RawClient client(second.port());
}

TEST_CASE("an address that is in use or none is refused by the constructor", "[adapter][listener]") {
  const Hub hub;
  const Listener first{hub};
  try {
    const Listener second{hub, {.port = first.port()}};
    FAIL("two listeners on one port");
  } catch (const std::system_error& failure) {
    CHECK(failure.code() == std::errc::address_in_use);
  }
  CHECK_THROWS_AS(Listener(hub, {.address = "localhost"}), std::invalid_argument);
  CHECK_THROWS_AS(Listener(hub, {.address = ""}), std::invalid_argument);
  // RFC 5737 3: an address that no machine has.
  CHECK_THROWS_AS(Listener(hub, {.address = "192.0.2.1"}), std::system_error);
}

TEST_CASE("connections are spread over the hub's loops", "[adapter][listener]") {
  Served served({}, 2);
  std::size_t seen[2] = {0, 0};
  std::vector<RawClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(served.ask(get("/hold")));
    Held held = served.next_held();
    ++seen[held.exchange.loop()];
    std::move(held.exchange).answer().respond(text_head(), share_bytes("x"));
    CHECK(support::read_answer(clients.back()).body == "x");
  }
  CHECK(seen[0] == 2);
  CHECK(seen[1] == 2);
}

TEST_CASE("with reuse_port each loop accepts for itself, and ends with the others", "[adapter][listener]") {
  std::uint16_t port = 0;
  {
    Served served({.reuse_port = true}, 2);
    port = served.listener.port();
    std::size_t seen[2] = {0, 0};
    std::vector<RawClient> clients;
    // The kernel chooses: that one of two gets none of so many has a probability of 2^-63.
    for (int i = 0; i < 64; ++i) {
      clients.push_back(served.ask(get("/hold")));
      Held held = served.next_held();
      ++seen[held.exchange.loop()];
      std::move(held.exchange).answer().respond(text_head(), share_bytes("x"));
      CHECK(support::read_answer(clients.back()).body == "x");
    }
    CHECK(seen[0] > 0);
    CHECK(seen[1] > 0);
    // Another process could, too.
    const Hub hub;
    CHECK_NOTHROW(Listener(hub, {.port = port, .reuse_port = true}));
    CHECK_THROWS_AS(Listener(hub, {.port = port}), std::system_error);
  }
  const Hub hub;
  CHECK_NOTHROW(Listener(hub, {.port = port}));
}

// ---- requests and answers ----

TEST_CASE("a request reaches its handler whole", "[adapter][listener]") {
  Served served;
  RawClient client =
      served.ask(post("/hold/a%20b?c=d", "X-Custom: 1\r\ncookie: k=v\r\nContent-Length: 5\r\n", "hello"));
  Held held = served.next_held();
  CHECK(held.request.method == "POST");
  CHECK(held.request.target == "/hold/a%20b?c=d");
  CHECK(held.request.body == "hello");
  CHECK(held.request.version == 11);
  CHECK(held.request.peer.starts_with("127.0.0.1:"));
  CHECK(held.request.header("Cookie") == "k=v");
  CHECK(held.request.header("x-custom") == "1");
}

TEST_CASE("a chunked body is put together", "[adapter][listener]") {
  Served served;
  RawClient client =
      served.ask(post("/echo", "Transfer-Encoding: chunked\r\n", "2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nT: 1\r\n\r\n"));
  CHECK(support::read_answer(client).body == "POST /echo abcde");
  client.send(get("/echo/2"));
  CHECK(support::read_answer(client).body == "GET /echo/2 ");
}

TEST_CASE("a request may come in pieces of any size", "[adapter][listener]") {
  Served served;
  RawClient client = served.connect();
  for (const char each : post("/echo", "body") + get("/echo/2")) client.send({&each, 1});
  CHECK(support::read_answer(client).body == "POST /echo body");
  CHECK(support::read_answer(client).body == "GET /echo/2 ");
}

TEST_CASE("pipelined requests are answered in order", "[adapter][listener]") {
  Served served;
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += get("/echo/" + std::to_string(i));
  RawClient client = served.ask(get("/hold") + requests);
  Held first = served.next_held();
  CHECK(served.echoed() == 0);
  std::move(first.exchange).answer().respond(text_head(), share_bytes("first"));
  CHECK(support::read_answer(client).body == "first");
  for (int i = 0; i < 500; ++i) {
    REQUIRE(support::read_answer(client).body == "GET /echo/" + std::to_string(i) + " ");
  }
}

TEST_CASE("a request pipelined behind a stream is answered after it", "[adapter][listener]") {
  Served served;
  RawClient client = served.ask(get("/hold") + get("/echo"));
  Exchange::Stream stream = std::move(served.next_held().exchange).stream();
  stream.start({200, {{"Content-Type", "text/event-stream"}}});
  support::Tally written;
  stream.write(share_bytes("data: 1\n\n"), [&written](std::error_code ec) { written.add(ec ? 100 : 1); });
  CHECK(written.reaches(1));
  CHECK(served.echoed() == 0);
  stream.finish();
  CHECK(support::read_answer(client).body == "data: 1\n\n");
  CHECK(support::read_answer(client).body == "GET /echo ");
  CHECK(written.count() == 1);
}

TEST_CASE("a connection stays or closes as the client wants", "[adapter][listener]") {
  Served served;
  RawClient stays = served.ask(get("/echo"));
  CHECK(support::read_answer(stays).head.count("Connection") == 0);
  stays.send(get("/echo", "Connection: close\r\n"));
  CHECK(support::read_answer(stays).head.says_close());
  CHECK(stays.read_to_end().empty());
  CHECK(stays.end() == RawClient::End::closed);

  RawClient old = served.ask(get("/echo", {}, "1.0"));
  const RawAnswer got = support::read_answer(old);
  CHECK(got.head.says_close());
  CHECK(old.wait_for_end() == RawClient::End::closed);

  RawClient old_stays = served.ask(get("/echo", "Connection: keep-alive\r\n", "1.0"));
  CHECK(support::lower(support::read_answer(old_stays).head.value("Connection")) == "keep-alive");
  old_stays.send(get("/echo", {}, "1.0"));
  CHECK(support::read_answer(old_stays).head.status == 200);
}

TEST_CASE("nothing is read behind a request that closes", "[adapter][listener]") {
  Served served;
  RawClient client = served.ask(get("/echo", "Connection: close\r\n") + get("/echo/2"));
  CHECK(support::read_answer(client).head.says_close());
  CHECK(client.read_to_end().empty());
  CHECK(client.end() == RawClient::End::closed);
  CHECK(served.echoed() == 1);
}

TEST_CASE("HEAD, 204 and 304 have no body", "[adapter][listener]") {
  Served served;
  RawClient client =
      served.ask("HEAD /echo HTTP/1.1\r\nHost: h\r\n\r\n" + get("/hold/204") + get("/hold/304") + get("/echo"));
  CHECK(support::read_head(client).value("Content-Length") == "11");
  for (const int status : {204, 304}) {
    std::move(served.next_held().exchange).answer().respond({status, {}}, share_bytes("must not be sent"));
    const RawHead head = support::read_head(client);
    CHECK(head.status == status);
    CHECK(head.count("Content-Length") == 0);
    CHECK(head.count("Transfer-Encoding") == 0);
  }
  CHECK(support::read_answer(client).body == "GET /echo ");
}

TEST_CASE("a stream for HEAD sends its head only", "[adapter][listener]") {
  Served served;
  RawClient client = served.ask("HEAD /hold HTTP/1.1\r\nHost: h\r\n\r\n" + get("/echo"));
  Exchange::Stream stream = std::move(served.next_held().exchange).stream();
  stream.start({200, {}});
  support::Tally written;
  stream.write(share_bytes("x"), [&written](std::error_code ec) { written.add(ec ? 100 : 1); });
  CHECK(written.reaches(1));
  stream.finish();
  CHECK(support::read_head(client).status == 200);
  CHECK(support::read_answer(client).body == "GET /echo ");
}

TEST_CASE("a client that expects 100-continue is told to go on", "[adapter][listener]") {
  Served served;
  RawClient client = served.ask(post("/echo", "Expect: 100-continue\r\nContent-Length: 4\r\n", {}));
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(served.echoed() == 0);
  client.send("body");
  CHECK(support::read_answer(client).body == "POST /echo body");

  // RFC 9110 10.1.1: not needed when the body is there already, and never for HTTP/1.0.
  client.send(post("/echo", "Expect: 100-continue\r\nContent-Length: 4\r\n", "body"));
  CHECK(support::read_answer(client).head.status == 200);
  client.send(post("/echo", "Expect: 100-continue\r\nContent-Length: 0\r\n", {}));
  CHECK(support::read_answer(client).head.status == 200);
  client.send("POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  served.settle();
  CHECK(client.read_now().empty());
  client.send("body");
  CHECK(support::read_answer(client).head.status == 200);
}

TEST_CASE("a body that is too large is refused before it is sent", "[adapter][listener]") {
  ListenerOptions options;
  options.limits.max_body_bytes = 10;
  Served served(options);
  RawClient client = served.ask(post("/echo", "Expect: 100-continue\r\nContent-Length: 11\r\n", {}));
  CHECK(support::read_answer(client).head.status == 413);
  CHECK(client.wait_for_end() == RawClient::End::closed);
}

// ---- handlers that fail ----

TEST_CASE("a handler that throws costs its client a 500 and nobody else anything", "[adapter][listener]") {
  Served served;
  RawClient bystander = served.ask(get("/hold"));
  Exchange::Stream stream = std::move(served.next_held().exchange).stream();
  stream.start({200, {}});
  const RawHead head = support::read_head(bystander);
  const Mount standard =
      served.listener.handle("/standard", [](RequestSnapshot, Exchange) { throw std::runtime_error("x"); });
  const Mount strange = served.listener.handle("/strange", [](RequestSnapshot, Exchange) { throw 1; });

  RawClient client = served.connect();
  for (const char* const target : {"/standard", "/strange", "/standard"}) {
    client.send(get(target));
    CHECK(support::read_answer(client).head.status == 500);
  }
  CHECK(served.callback_errors() == 3);
  client.send(get("/echo"));
  CHECK(support::read_answer(client).head.status == 200);
  stream.write(share_bytes("still here"), {});
  stream.finish();
  CHECK(support::read_body(bystander, head) == "still here");
}

TEST_CASE("a handler that throws after it kept the exchange has still answered 500", "[adapter][listener]") {
  Served served;
  std::optional<Exchange> kept;
  const Mount mount = served.listener.handle("/throws", [&kept](RequestSnapshot, Exchange exchange) {
    kept = std::move(exchange);
    throw std::runtime_error("x");
  });
  RawClient client = served.ask(get("/throws"));
  CHECK(support::read_answer(client).head.status == 500);
  client.send(get("/hold"));
  Held next = served.next_held();
  std::move(*kept).answer().respond(text_head(), share_bytes("of the wrong request"));
  std::move(next.exchange).answer().respond(text_head(), share_bytes("right"));
  CHECK(support::read_answer(client).body == "right");
}

TEST_CASE("a handler that throws after it has answered changes nothing", "[adapter][listener]") {
  Served served;
  const Mount mount = served.listener.handle("/throws", [](RequestSnapshot, Exchange exchange) {
    std::move(exchange).answer().respond(text_head(), share_bytes("good"));
    throw std::runtime_error("x");
  });
  RawClient client = served.ask(get("/throws") + get("/echo"));
  CHECK(support::read_answer(client).body == "good");
  CHECK(support::read_answer(client).body == "GET /echo ");
}

TEST_CASE("a handler that throws out of its stream drops the connection", "[adapter][listener]") {
  Served served;
  std::optional<Exchange::Stream> kept;
  const Mount mount = served.listener.handle("/throws", [&kept](RequestSnapshot, Exchange exchange) {
    kept.emplace(std::move(exchange).stream());
    kept->start({200, {}});
    throw std::runtime_error("x");
  });
  RawClient client = served.ask(get("/throws"));
  CHECK_FALSE(client.read_to_end().ends_with("0\r\n\r\n"));
  CHECK(client.end() != RawClient::End::open);
}

TEST_CASE("an exception out of on_gone does not end the loop", "[adapter][listener]") {
  Served served;
  RawClient client = served.ask(get("/hold"));
  Exchange::Answer answer = std::move(served.next_held().exchange).answer();
  answer.on_gone([] { throw std::runtime_error("x"); });
  served.settle();
  client.close();
  CHECK(support::eventually([&] { return served.callback_errors() == 1; }));
  RawClient other = served.ask(get("/echo"));
  CHECK(support::read_answer(other).head.status == 200);
}

TEST_CASE("on_gone is called for a client that left before it was asked for", "[adapter][listener]") {
  Served served;
  RawClient client = served.ask(get("/hold"));
  Exchange::Answer answer = std::move(served.next_held().exchange).answer();
  client.reset();
  CHECK(support::eventually([&] { return served.listener.connections() == 0; }));
  support::Tally gone;
  answer.on_gone([&gone] { gone.add(); });
  CHECK(gone.reaches(1));

  RawClient answered = served.ask(get("/hold", "Connection: close\r\n"));
  Exchange::Answer other = std::move(served.next_held().exchange).answer();
  other.respond(text_head(), share_bytes("x"));
  CHECK(answered.read_to_end().ends_with("x"));
  other.on_gone([&gone] { gone.add(); });
  served.settle();
  CHECK(gone.count() == 1);
}

TEST_CASE("a client that breaks off is noticed, however much of its next requests waits", "[adapter][listener]") {
  for (const std::size_t waiting :
       {std::size_t{0}, std::size_t{8 * 1024}, std::size_t{16 * 1024}, std::size_t{400 * 1024}}) {
    INFO(waiting);
    Served served;
    RawClient client = served.ask(support::get("/hold"));
    Held held = served.next_held();
    Exchange::Answer answer = std::move(held.exchange).answer();
    support::Tally gone;
    answer.on_gone([&] { gone.add(); });
    client.try_send(std::string(waiting, 'x'), 200ms);
    served.settle();
    client.reset();
    CHECK(gone.reaches(1));
    CHECK(support::eventually([&] { return served.listener.connections() == 0; }));
  }
}

TEST_CASE("a stream that is finished before it began answers 503", "[adapter][listener]") {
  Served served;
  RawClient client = served.ask(get("/hold"));
  {
    Exchange::Stream stream = std::move(served.next_held().exchange).stream();
    stream.finish();
  }
  CHECK(support::read_answer(client).head.status == 503);
}

// ---- handing the socket over ----

TEST_CASE("a stream hands its socket over with what was read beyond the request", "[adapter][listener]") {
  Served served;
  RawClient client = served.ask(get("/hold") + "more");
  Exchange::Stream stream = std::move(served.next_held().exchange).stream();
  std::promise<std::pair<std::error_code, NativeSocket>> promise;
  stream.release([&promise](std::error_code ec, NativeSocket socket) { promise.set_value({ec, std::move(socket)}); });
  auto [ec, native] = promise.get_future().get();
  CHECK_FALSE(ec);
  CHECK(native.prefetched == "more");
  CHECK(served.listener.connections() == 0);
  io::OwnedSocket socket(native.descriptor);
  std::size_t taken = 0;
  CHECK_FALSE(io::send_now(socket.get(), "hello", taken));
  CHECK(client.read_exactly(5) == "hello");
}

TEST_CASE("a socket cannot be handed over once its client is gone or its stream began", "[adapter][listener]") {
  Served served;
  const auto release = [](Exchange::Stream& stream) {
    std::promise<std::error_code> promise;
    stream.release([&promise](std::error_code ec, const NativeSocket& socket) {
      CHECK(socket.descriptor == -1);
      promise.set_value(ec);
    });
    return promise.get_future().get();
  };
  RawClient left = served.ask(get("/hold"));
  Exchange::Stream stream = std::move(served.next_held().exchange).stream();
  left.reset();
  CHECK(support::eventually([&] { return served.listener.connections() == 0; }));
  CHECK(release(stream) == errc::closed);

  RawClient client = served.ask(get("/hold"));
  Exchange::Stream begun = std::move(served.next_held().exchange).stream();
  begun.start({200, {}});
  CHECK(release(begun) == errc::closed);
  // As it was before.
  const RawHead head = support::read_head(client);
  begun.write(share_bytes("x"), {});
  begun.finish();
  CHECK(support::read_body(client, head) == "x");
}

// ---- paths ----

TEST_CASE("the longest path wins, and only at a slash", "[adapter][listener]") {
  Served served;
  const auto says = [](std::string name) {
    return [name](RequestSnapshot, Exchange exchange) {
      std::move(exchange).answer().respond(text_head(), share_bytes(name));
    };
  };
  const Mount push = served.listener.handle("/push", says("push"));
  const Mount inbox = served.listener.handle("/push/inbox", says("inbox"));
  const Mount slash = served.listener.handle("/slash/", says("slash"));
  RawClient client = served.connect();
  const auto served_by = [&client](const std::string& target) {
    client.send(get(target));
    const RawAnswer got = support::read_answer(client);
    return got.head.status == 404 ? "nobody" : got.body;
  };
  CHECK(served_by("/push") == "push");
  CHECK(served_by("/push?x=/push/inbox") == "push");
  CHECK(served_by("/push/x") == "push");
  CHECK(served_by("/push/inbox") == "inbox");
  CHECK(served_by("/push/inbox/x?y") == "inbox");
  CHECK(served_by("/push/inboxes") == "push");
  CHECK(served_by("/pushy") == "nobody");
  CHECK(served_by("/pus") == "nobody");
  CHECK(served_by("/") == "nobody");
  CHECK(served_by("/slash/x") == "slash");
  CHECK(served_by("/slash") == "slash");
  CHECK(served_by("/slashes") == "nobody");
  CHECK_THROWS_AS(served.listener.handle("push", says("never")), std::invalid_argument);
  CHECK_THROWS_AS(served.listener.handle("", says("never")), std::invalid_argument);
  {
    const Mount rest = served.listener.handle("/", says("rest"));
    CHECK(served_by("/pushy") == "rest");
    CHECK(served_by("/") == "rest");
    CHECK(served_by("/push") == "push");
  }
  CHECK(served_by("/pushy") == "nobody");
}

TEST_CASE("a path that is detached is there no more, and the next longest takes over", "[adapter][listener]") {
  Served served;
  Mount inner = served.listener.handle("/echo/inner", [](RequestSnapshot, Exchange exchange) {
    std::move(exchange).answer().respond(text_head(), share_bytes("inner"));
  });
  RawClient client = served.ask(get("/echo/inner"));
  CHECK(support::read_answer(client).body == "inner");
  inner.detach();
  client.send(get("/echo/inner"));
  CHECK(support::read_answer(client).body == "GET /echo/inner ");
  inner.detach();
}
