// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/listener.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "adapter/listener_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace fixture;
using namespace std::chrono_literals;
using namespace tidings;
using support::get;
using support::RawAnswer;
using support::RawClient;

namespace {

// A request that two readers could cut differently, or that is beyond a bound. A second request waits behind it.
struct HostileRow {
  const char* rule;
  std::string bytes;
  int status;
};

std::string chunked(const std::string& body) { return post("/echo", "Transfer-Encoding: chunked\r\n", body); }

std::vector<HostileRow> framing_rows() {
  return {
      {"RFC 9112 6.3 CL and TE", post("/echo", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       400},
      {"RFC 9112 6.3 TE and CL", post("/echo", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
       400},
      {"RFC 9112 6.3 two lengths, equal", post("/echo", "Content-Length: 2\r\nContent-Length: 2\r\n", "ab"), 400},
      {"RFC 9112 6.3 two lengths, different", post("/echo", "Content-Length: 0\r\nContent-Length: 2\r\n", "ab"), 400},
      {"RFC 9112 6.3 list of lengths", post("/echo", "Content-Length: 2, 2\r\n", "ab"), 400},
      {"RFC 9110 8.6 length with a sign", post("/echo", "Content-Length: +2\r\n", "ab"), 400},
      {"RFC 9110 8.6 negative length", post("/echo", "Content-Length: -2\r\n", "ab"), 400},
      {"RFC 9110 8.6 hexadecimal length", post("/echo", "Content-Length: 0x2\r\n", "ab"), 400},
      {"RFC 9110 8.6 length of 2^64 + 2", post("/echo", "Content-Length: 18446744073709551618\r\n", "ab"), 413},
      {"RFC 9112 6.1 two TE",
       post("/echo", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"RFC 9112 6.1 identity behind chunked", post("/echo", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
       501},
      {"RFC 9112 6.1 gzip before chunked", post("/echo", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
      {"RFC 9112 6.1 nearly chunked", post("/echo", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501},
      {"RFC 9112 6.1 TE with a tab",
       post("/echo",
            "Transfer-Encoding: \x0b"
            "chunked\r\n",
            "0\r\n\r\n"),
       400},
      {"RFC 9112 6.1 TE in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"RFC 9112 5.1 blank before the colon", post("/echo", "Content-Length : 2\r\n", "ab"), 400},
      {"RFC 9112 5.2 obs-fold", get("/echo", "X: a\r\n b\r\n"), 400},
      {"RFC 9112 5.2 obs-fold of TE", post("/echo", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400},
      {"RFC 9112 2.2 bare LF behind the request line", "GET /echo HTTP/1.1\nHost: h\r\n\r\n", 400},
      {"RFC 9112 2.2 bare LF behind a header", "GET /echo HTTP/1.1\r\nHost: h\nX: 1\r\n\r\n", 400},
      {"RFC 9112 2.2 bare LF at the end of the head", "GET /echo HTTP/1.1\r\nHost: h\r\n\n", 400},
      {"RFC 9112 2.2 bare CR in a value", "GET /echo HTTP/1.1\r\nHost: h\r\nX: a\rY: b\r\n\r\n", 400},
  };
}

std::vector<HostileRow> chunk_rows() {
  return {
      {"RFC 9112 7.1 no digits", chunked("zz\r\n\r\n"), 400},
      {"RFC 9112 7.1 sign", chunked("-1\r\n\r\n"), 400},
      {"RFC 9112 7.1 prefix", chunked("0x1\r\na\r\n0\r\n\r\n"), 400},
      {"RFC 9112 7.1 blank before", chunked(" 1\r\na\r\n0\r\n\r\n"), 400},
      {"RFC 9112 7.1 blank behind", chunked("1 \r\na\r\n0\r\n\r\n"), 400},
      {"RFC 9112 7.1 17 digits", chunked("00000000000000001\r\na\r\n0\r\n\r\n"), 400},
      {"RFC 9112 7.1 size of 2^64 - 1", chunked("ffffffffffffffff\r\na\r\n0\r\n\r\n"), 413},
      {"RFC 9112 7.1 bare LF behind the size", chunked("1\na\r\n0\r\n\r\n"), 400},
      {"RFC 9112 7.1 no line end behind the data", chunked("1\r\nabc\r\n0\r\n\r\n"), 400},
      {"RFC 9112 7.1 bare LF behind the data", chunked("1\r\na\n0\r\n\r\n"), 400},
      {"RFC 9112 7.1.1 bare LF in an extension", chunked("1;a\nb\r\na\r\n0\r\n\r\n"), 400},
      {"RFC 9112 7.1.2 trailer without a colon", chunked("0\r\nGET /echo HTTP/1.1\r\n\r\n"), 400},
  };
}

// Of a listener with the bounds of `small()`.
std::vector<HostileRow> bound_rows() {
  std::string many;
  for (int i = 0; i < 8; ++i) many += "A: b\r\n";
  return {
      {"target", get("/echo/" + std::string(60, 'x')), 414},
      {"request line without an end", std::string(200, 'x'), 414},
      {"one header", get("/echo", "X: " + std::string(250, 'x') + "\r\n"), 431},
      {"header without an end", "GET /echo HTTP/1.1\r\nHost: h\r\nX: " + std::string(300, 'x'), 431},
      {"headers together", get("/echo", "X: " + std::string(100, 'x') + "\r\nY: " + std::string(120, 'x') + "\r\n"),
       431},
      {"count of headers", get("/echo", many), 431},
      {"length of the body", post("/echo", std::string(51, 'x')), 413},
      {"chunks together",
       chunked("1e\r\n" + std::string(30, 'x') + "\r\n1e\r\n" + std::string(30, 'x') + "\r\n0\r\n\r\n"), 413},
      {"chunk extension", chunked("1;" + std::string(120, 'x') + "\r\na\r\n0\r\n\r\n"), 400},
      {"trailer", chunked("0\r\nX: " + std::string(300, 'x') + "\r\n\r\n"), 431},
      {"count of trailers", chunked("0\r\n" + many + many + "\r\n"), 431},
      {"no Host", "GET /echo HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", get("/echo", "Host: other\r\n"), 400},
      {"CONNECT", "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"another expectation", post("/echo", "Expect: 200-ok\r\nContent-Length: 0\r\n", {}), 417},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 12), 400},
  };
}

ListenerOptions small() {
  ListenerOptions options;
  options.limits = {.max_target_bytes = 50,
                    .max_header_bytes = 200,
                    .max_headers = 8,
                    .max_body_bytes = 50,
                    .max_chunk_extension_bytes = 100};
  return options;
}

void send_in_pieces(RawClient& client, const std::string& bytes, std::size_t size) {
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    // The server may have had enough of it.
    if (client.try_send(bytes.substr(at, size)) == 0) return;
  }
}

void check_refused(const ListenerOptions& options, const HostileRow& row) {
  const std::size_t piece = GENERATE(std::size_t{1'000'000}, std::size_t{1});
  INFO(row.rule);
  Served served(options);
  RawClient client = served.connect();
  // A good one before, so that it is not the connection's first.
  send_in_pieces(client, get("/echo/good") + row.bytes + get("/echo/smuggled") + get("/echo/smuggled"), piece);
  CHECK(support::read_answer(client).head.status == 200);
  const RawAnswer refused = support::read_answer(client);
  CHECK(refused.head.status == row.status);
  CHECK(refused.head.says_close());
  CHECK(client.read_to_end().empty());
  CHECK(client.end() == RawClient::End::closed);
  CHECK(served.echoed() == 1);
  served.settle();
  CHECK(served.listener.connections() == 0);
}

}  // namespace

TEST_CASE("a request with doubtful framing ends its connection", "[adapter][listener][hostile]") {
  check_refused({}, GENERATE(from_range(framing_rows())));
}

TEST_CASE("a body with doubtful chunks ends its connection", "[adapter][listener][hostile]") {
  check_refused({}, GENERATE(from_range(chunk_rows())));
}

TEST_CASE("a request beyond a bound ends its connection", "[adapter][listener][hostile]") {
  check_refused(small(), GENERATE(from_range(bound_rows())));
}

TEST_CASE("a request at a bound is served", "[adapter][listener][hostile]") {
  Served served(small());
  RawClient client = served.ask(get("/echo/" + std::string(44, 'x')));
  CHECK(support::read_answer(client).head.status == 200);
  // Beside "Host: localhost", the rest of the line, and the empty one at the end.
  client.send(get("/echo", "X: " + std::string(200 - 17 - 5 - 2, 'x') + "\r\n"));
  CHECK(support::read_answer(client).head.status == 200);
  client.send(post("/echo", std::string(50, 'x')));
  CHECK(support::read_answer(client).body == "POST /echo " + std::string(50, 'x'));
}

TEST_CASE("what comes behind a refusal is not kept", "[adapter][listener][hostile]") {
  Served served;
  RawClient client = served.ask("nonsense\r\n");
  CHECK(support::read_answer(client).head.status == 400);
  // All of it is taken, so that no reset overtakes the answer, until the server has waited long enough.
  const std::string more(1'000'000, 'x');
  for (int i = 0; i < 20 && client.try_send(more) == more.size(); ++i) {
  }
  CHECK(client.wait_for_end() != RawClient::End::open);
  served.settle();
  CHECK(served.listener.connections() == 0);
}

// ---- time ----

namespace {

// Sends a byte now and then until the server answers; how long that took.
support::Clock::duration trickle(RawClient& client, const std::string& bytes) {
  const auto begun = support::Clock::now();
  std::string got;
  for (std::size_t i = 0; got.empty() && i < bytes.size(); ++i) {
    client.try_send(bytes.substr(i, 1));
    std::this_thread::sleep_for(20ms);
    got = client.read_now();
  }
  CHECK(got.starts_with("HTTP/1.1 408 "));
  return support::Clock::now() - begun;
}

}  // namespace

TEST_CASE("a head that comes slowly is given up", "[adapter][listener][hostile]") {
  Served served({.header_timeout = 300ms});
  RawClient first = served.connect();
  CHECK(trickle(first, "GET /echo HTTP/1.1\r\nX: " + std::string(800, 'x')) >= 300ms);
  CHECK(first.wait_for_end() == RawClient::End::closed);
  // Also the second head of a connection, and one that came partly with the request before.
  RawClient second = served.ask(get("/hold") + "GET");
  std::move(served.next_held().exchange).answer().respond(text_head(), share_bytes("x"));
  CHECK(support::read_answer(second).body == "x");
  CHECK(trickle(second, " /echo HTTP/1.1\r\nX: " + std::string(800, 'x')) >= 250ms);
  CHECK(second.wait_for_end() == RawClient::End::closed);
}

TEST_CASE("a body that comes slowly is given up", "[adapter][listener][hostile]") {
  Served served({.body_timeout = 300ms});
  RawClient counted = served.ask(post("/echo", "Content-Length: 1000\r\n", "x"));
  CHECK(trickle(counted, std::string(900, 'x')) >= 250ms);
  CHECK(counted.wait_for_end() == RawClient::End::closed);
  RawClient chunks = served.ask(chunked("400\r\n"));
  CHECK(trickle(chunks, std::string(900, 'x')) >= 250ms);
  CHECK(chunks.wait_for_end() == RawClient::End::closed);
  CHECK(served.echoed() == 0);
}

TEST_CASE("the clock of the body is not the clock of the head", "[adapter][listener][hostile]") {
  Served served({.header_timeout = 300ms, .keep_alive_timeout = 300ms});
  RawClient client = served.ask(post("/echo", "Content-Length: 4\r\n", "bo"));
  RawClient waits = served.ask(get("/hold"));
  Held held = served.next_held();
  // Neither the body nor the answer is cut by them.
  CHECK(client.wait_for_end(900ms) == RawClient::End::open);
  CHECK(waits.wait_for_end(1ms) == RawClient::End::open);
  client.send("dy");
  CHECK(support::read_answer(client).body == "POST /echo body");
  std::move(held.exchange).answer().respond(text_head(), share_bytes("late"));
  CHECK(support::read_answer(waits).body == "late");
}

TEST_CASE("a connection that says nothing is closed without a word", "[adapter][listener][hostile]") {
  Served served({.header_timeout = 300ms, .keep_alive_timeout = 600ms});
  const auto begun = support::Clock::now();
  RawClient never = served.connect();
  RawClient idle = served.ask(get("/echo"));
  CHECK(support::read_answer(idle).head.status == 200);
  CHECK(never.read_to_end().empty());
  CHECK(support::Clock::now() - begun >= 300ms);
  CHECK(idle.read_to_end().empty());
  CHECK(support::Clock::now() - begun >= 600ms);
  CHECK(never.end() == RawClient::End::closed);
  CHECK(idle.end() == RawClient::End::closed);
}

TEST_CASE("an answer that is not taken ends its connection", "[adapter][listener][hostile]") {
  Served served({.write_timeout = 300ms});
  RawClient polls = served.ask(get("/hold"), 4096);
  std::move(served.next_held().exchange).answer().respond(text_head(), share_bytes(std::string(8'000'000, 'x')));
  RawClient streams = served.ask(get("/hold"), 4096);
  Exchange::Stream stream = std::move(served.next_held().exchange).stream();
  support::Tally gone;
  support::Tally failed;
  stream.on_gone([&gone] { gone.add(); });
  stream.start({200, {}});
  stream.write(share_bytes(std::string(8'000'000, 'x')), [&failed](std::error_code ec) {
    if (ec) failed.add();
  });
  CHECK(failed.reaches(1));
  CHECK(gone.reaches(1));
  CHECK(support::eventually([&] { return served.listener.connections() == 0; }));
  polls.wait_for_end();
  streams.wait_for_end();
}

TEST_CASE("an answer that is taken slowly is not cut", "[adapter][listener][hostile]") {
  constexpr std::size_t size = 6'000'000;
  Served served({.write_timeout = 500ms});
  RawClient client = served.ask(get("/hold"), 4096);
  std::move(served.next_held().exchange).answer().respond(text_head(), share_bytes(std::string(size, 'x')));
  CHECK(support::read_head(client).status == 200);
  const auto begun = support::Clock::now();
  for (std::size_t left = size; left > 0;) {
    const std::size_t part = std::min<std::size_t>(left, size / 20);
    client.read_exactly(part);
    left -= part;
    std::this_thread::sleep_for(100ms);
  }
  CHECK(support::Clock::now() - begun > 1500ms);
}

// ---- numbers ----

TEST_CASE("one connection more than allowed is told so and closed", "[adapter][listener][hostile]") {
  Served served({.max_connections = 2});
  RawClient first = served.ask(get("/echo"));
  CHECK(support::read_answer(first).head.status == 200);
  RawClient second = served.ask(get("/echo"));
  CHECK(support::read_answer(second).head.status == 200);
  CHECK(served.listener.connections() == 2);
  RawClient third = served.connect();
  const RawAnswer refused = support::read_answer(third);
  CHECK(refused.head.status == 503);
  CHECK(refused.head.count("Retry-After") == 1);
  CHECK(third.wait_for_end() == RawClient::End::closed);
  first.send(get("/echo"));
  CHECK(support::read_answer(first).head.status == 200);

  second.close();
  CHECK(support::eventually([&] { return served.listener.connections() == 1; }));
  RawClient fourth = served.ask(get("/echo"));
  CHECK(support::read_answer(fourth).head.status == 200);
}

TEST_CASE("a socket that was handed over is not counted", "[adapter][listener][hostile]") {
  Served served({.max_connections = 1});
  RawClient first = served.ask(get("/hold"));
  Exchange::Stream stream = std::move(served.next_held().exchange).stream();
  support::Mailbox<NativeSocket> sockets;
  stream.release([&sockets](std::error_code, NativeSocket socket) { sockets.put(std::move(socket)); });
  const io::OwnedSocket owned(sockets.expect().descriptor);
  RawClient second = served.ask(get("/echo"));
  CHECK(support::read_answer(second).head.status == 200);
}
