// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/beast.hpp>

#include <catch2/catch_test_macros.hpp>
#include <sys/socket.h>

#include "adapter/beast_fixture.hpp"
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace fixture;
using namespace std::chrono_literals;
using namespace tidings;
using support::get;
using support::PlainBeast;
using support::RawAnswer;
using support::RawClient;

namespace {

using Plain = Served<PlainBeast>;
using PlainHandled = Handled<PlainBeast>;
using Bytes = PlainHandled::Exchange::Bytes;

}  // namespace

TEST_CASE("Beast: a short poll is answered at once, with what came", "[adapter][beast]") {
  const Plain served;
  const RawAnswer nothing = served.answer_to(get("/push"));
  CHECK(nothing.head.status == 200);
  CHECK(nothing.head.value("Content-Type") == "application/json");
  CHECK(nothing.head.count("Date") == 1);
  served.hub->publish_and_wait(order("one"));
  const RawAnswer news = served.answer_to(get("/push", "If-None-Match: " + nothing.head.value("ETag") + "\r\n"));
  CHECK(news.body.find("\"data\":\"one\"") != std::string::npos);
  const RawAnswer none = served.answer_to(get("/push", "If-None-Match: " + news.head.value("ETag") + "\r\n"));
  CHECK(none.head.status == 304);
  CHECK(none.body.empty());
}

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

TEST_CASE("Beast: a stream gets each event as it comes, and resumes where it was cut", "[adapter][beast]") {
  const Plain served;
  std::string last;
  {
    Reader reader = served.stream();
    for (const char* const data : {"one", "two"}) {
      served.hub->publish(order(data));
      const std::string event = reader.next();
      CHECK(event.find("event: created\ndata: " + std::string(data) + "\n") != std::string::npos);
      last = event.substr(event.find("id: ") + 4, event.find('\n', event.find("id: ")) - event.find("id: ") - 4);
    }
  }
  served.hub->publish_and_wait(order("missed"));
  Reader again = served.stream("Last-Event-ID: " + last + "\r\n");
  CHECK(again.next().find("data: missed\n") != std::string::npos);
  served.hub->publish(order("live"));
  CHECK(again.next().find("data: live\n") != std::string::npos);
}

TEST_CASE("Beast: who is refused by authorize gets its answer on every transport", "[adapter][beast]") {
  const Plain served([](const RequestSnapshot&) { return reject(401, "who?", {{"WWW-Authenticate", "Bearer"}}); });
  for (const std::string& asked : {get("/push"), get("/push?wait=20"), get("/push", event_stream),
                                   request("POST", "/push", "Content-Type: application/json\r\n", "{}")}) {
    INFO(asked);
    const RawAnswer got = served.answer_to(asked);
    CHECK(got.head.status == 401);
    CHECK(got.head.value("WWW-Authenticate") == "Bearer");
    CHECK(got.body.find("who?") != std::string::npos);
  }
  CHECK(served.hub->counters()->refused_unauthorized.value() == 4);
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

TEST_CASE("Beast: a connection that nobody wants back is closed behind its answer", "[adapter][beast]") {
  const support::BeastServer<PlainBeast> server([](auto stream, auto buffer, auto asked, auto) {
    auto answer = [](const RequestSnapshot&, PlainHandled::Exchange exchange) {
      std::move(exchange).answer().respond({}, share_bytes("last"));
    };
    adapter::serve(answer, std::move(stream), std::move(buffer), std::move(asked));
  });
  RawClient client(server.port());
  client.send(get("/"));
  const RawAnswer got = support::read_answer(client);
  CHECK(got.head.says_close());
  CHECK(got.body == "last");
  CHECK(client.wait_for_end() == RawClient::End::closed);
}

TEST_CASE("Beast: a client that sends on behind its last request still gets its whole answer", "[adapter][beast]") {
  const std::string body(2'000'000, 'b');
  PlainHandled server([&body](const RequestSnapshot&, PlainHandled::Exchange exchange) {
    std::move(exchange).answer().respond({}, share_bytes(body));
  });
  RawClient client = server.ask(get("/", "Connection: close\r\n") + std::string(100'000, 'x'));
  const RawAnswer got = support::read_answer(client);
  CHECK((got.body == body));
  CHECK(client.wait_for_end() == RawClient::End::closed);
}

TEST_CASE("Beast: a client that takes nothing is cut, and one that never leaves is left", "[adapter][beast]") {
  PlainHandled server(
      [](const RequestSnapshot&, PlainHandled::Exchange exchange) {
        std::move(exchange).answer().respond({}, share_bytes(std::string(32'000'000, 'x')));
      },
      {.write_timeout = 300ms, .close_timeout = 300ms});
  RawClient stalled = server.ask(get("/"), 4096);
  CHECK(server.over->reaches(1));
  RawClient staying = server.ask("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(support::read_head(staying).says_close());
  CHECK(staying.wait_for_end() == RawClient::End::closed);
  CHECK(server.over->reaches(2));
}

TEST_CASE("Beast: a handler that throws costs its client a 500, and its exception comes through", "[adapter][beast]") {
  support::Tally thrown;
  const support::BeastServer<PlainBeast> server([&](auto stream, auto buffer, auto asked, auto next) {
    auto handler = [](const RequestSnapshot& seen, PlainHandled::Exchange exchange) {
      if (seen.target == "/started") {
        auto begun = std::move(exchange).stream();
        begun.start({});
        throw std::runtime_error("own");
      }
      throw std::runtime_error("own");
    };
    try {
      adapter::serve(handler, std::move(stream), std::move(buffer), std::move(asked), next);
    } catch (const std::runtime_error&) {
      thrown.add();
    }
  });
  RawClient client(server.port());
  client.send(get("/"));
  CHECK(support::read_answer(client).head.status == 500);
  client.send(get("/started"));
  CHECK_FALSE(client.read_to_end().ends_with("0\r\n\r\n"));
  CHECK(thrown.reaches(2));
}

// ---- the connection as bytes ----

namespace {

// Sends back what comes until the client ends its side.
class Echo : public std::enable_shared_from_this<Echo> {
 public:
  explicit Echo(Bytes bytes) : bytes_(std::move(bytes)) {}

  void begin() { write("hello " + bytes_.prefetched()); }

 private:
  void write(std::string text) {
    bytes_.write(share_bytes(std::move(text)), [self = shared_from_this()](std::error_code ec) {
      if (!ec) self->read();
    });
  }
  void read() {
    bytes_.read_some(buffer_, [self = shared_from_this()](std::error_code ec, std::size_t size) {
      if (ec) return;
      if (size == 0) {
        self->bytes_.shut();
      } else {
        self->write(std::string(self->buffer_.data(), size));
      }
    });
  }

  Bytes bytes_;
  std::array<char, 1000> buffer_{};
};

}  // namespace

TEST_CASE("Beast: a connection becomes raw bytes, what is glued to its request included", "[adapter][beast]") {
  PlainHandled server([](const RequestSnapshot&, PlainHandled::Exchange exchange) {
    std::make_shared<Echo>(std::move(exchange).bytes())->begin();
  });
  RawClient client = server.ask(get("/", "Connection: Upgrade\r\nUpgrade: echo\r\n") + "glued");
  CHECK(client.read_exactly(11) == "hello glued");
  const std::string much(100'000, 'm');
  client.send(much);
  CHECK((client.read_exactly(much.size()) == much));
  client.finish_sending();
  CHECK(client.wait_for_end() == RawClient::End::closed);
  CHECK(server.over->reaches(1));
}

TEST_CASE("Beast: raw bytes tell of a client that is reset, and drop one that is dropped", "[adapter][beast]") {
  support::Mailbox<Bytes> taken;
  PlainHandled server(
      [&](const RequestSnapshot&, PlainHandled::Exchange exchange) { taken.put(std::move(exchange).bytes()); });
  std::array<char, 10> buffer{};
  {
    RawClient client = server.ask(get("/1"));
    Bytes bytes = taken.expect();
    support::Mailbox<std::error_code> read;
    bytes.read_some(buffer, [&](std::error_code ec, std::size_t) { read.put(ec); });
    client.reset();
    CHECK(read.expect() == errc::peer_gone);
    bytes.write(share_bytes("x"), [&](std::error_code ec) { read.put(ec); });
    CHECK(read.expect() == errc::closed);
  }
  RawClient client = server.ask(get("/2"));
  support::Mailbox<std::error_code> read;
  {
    Bytes bytes = taken.expect();
    bytes.read_some(buffer, [&](std::error_code ec, std::size_t) { read.put(ec); });
  }
  CHECK(read.expect() == errc::closed);
  CHECK(client.wait_for_end() == RawClient::End::reset);
}

TEST_CASE("Beast: a socket is handed over with what was read from it, and nothing else of it is left",
          "[adapter][beast]") {
  support::Mailbox<PlainHandled::Exchange> taken;
  PlainHandled server([&](const RequestSnapshot&, PlainHandled::Exchange exchange) { taken.put(std::move(exchange)); });
  RawClient client = server.ask(get("/"));
  auto stream = std::move(taken.expect()).stream();
  // Somebody waits already: a read is under way, which has to end first.
  const auto gone = std::make_shared<support::Tally>();
  stream.on_gone([gone] { gone->add(); });
  client.send("glued");
  std::this_thread::sleep_for(50ms);
  support::Mailbox<NativeSocket> released;
  stream.release([&](std::error_code ec, NativeSocket socket) {
    CHECK_FALSE(ec);
    released.put(std::move(socket));
  });
  const NativeSocket socket = released.expect();
  CHECK(socket.family == AF_INET);
  CHECK(socket.prefetched == "glued");
  CHECK((::fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK) != 0);
  CHECK(server.over->reaches(1));
  CHECK(::send(socket.descriptor, "raw", 3, MSG_NOSIGNAL) == 3);
  CHECK(client.read_exactly(3) == "raw");
  support::Mailbox<std::error_code> again;
  stream.release([&](std::error_code ec, NativeSocket) { again.put(ec); });
  CHECK(again.expect() == errc::closed);
  ::close(socket.descriptor);
  CHECK(client.wait_for_end() != RawClient::End::open);
  CHECK(gone->count() == 0);
}

TEST_CASE("Beast: a socket is not handed over once something was written, or when its client has left",
          "[adapter][beast]") {
  support::Mailbox<PlainHandled::Exchange> taken;
  PlainHandled server([&](const RequestSnapshot&, PlainHandled::Exchange exchange) { taken.put(std::move(exchange)); });
  support::Mailbox<std::error_code> released;
  const auto told = [&](std::error_code ec, NativeSocket socket) {
    CHECK(socket.descriptor == -1);
    released.put(ec);
  };
  RawClient client = server.ask(get("/1"));
  auto begun = std::move(taken.expect()).stream();
  begun.start({});
  begun.release(told);
  CHECK(released.expect() == errc::closed);
  // It is as it was before.
  begun.write(share_bytes("data"), [](std::error_code ec) { CHECK_FALSE(ec); });
  begun.finish();
  CHECK(support::read_answer(client).body == "data");

  client.send(get("/2"));
  auto left = std::move(taken.expect()).stream();
  const auto gone = std::make_shared<support::Tally>();
  left.on_gone([gone] { gone->add(); });
  client.close();
  CHECK(gone->reaches(1));
  left.release(told);
  CHECK(released.expect() == errc::closed);
}
