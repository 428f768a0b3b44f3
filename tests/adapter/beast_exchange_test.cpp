// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/beast_exchange.hpp>

#include "support/raw_http.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <sys/socket.h>

#include "adapter/beast_fixture.hpp"
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
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

using PlainHandled = Handled<PlainBeast>;
using Bytes = PlainHandled::Exchange::Bytes;

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

TEST_CASE("Beast: what is kept longer than its server leads nowhere, and says so", "[adapter][beast][lifetime]") {
  using Handler = Handled<PlainBeast>;
  support::Mailbox<Handler::Exchange> taken;
  Handler server([&](const RequestSnapshot&, Handler::Exchange exchange) { taken.put(std::move(exchange)); });
  std::vector<RawClient> clients;
  std::vector<Handler::Exchange> kept;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(server.ask(get("/")));
    kept.push_back(taken.expect());
  }
  support::Tally gone;
  support::Mailbox<std::error_code> failed;
  const auto told = [&](std::error_code ec) { failed.put(ec); };
  auto answer = std::move(kept[0]).answer();
  answer.on_gone([&] { gone.add(); });
  auto stream = std::move(kept[1]).stream();
  auto bytes = std::move(kept[2]).bytes();
  std::array<char, 10> buffer{};
  bytes.read_some(buffer, [&](std::error_code ec, std::size_t) { failed.put(ec); });
  server.server.destroy();
  CHECK(gone.reaches(1));
  CHECK(failed.expect() == errc::closed);
  CHECK(server.over->reaches(3));
  for (RawClient& each : clients) CHECK(each.wait_for_end() != RawClient::End::open);

  answer.respond({}, share_bytes("late"));
  stream.on_gone([&] { gone.add(); });
  CHECK(gone.count() == 2);
  stream.start({});
  stream.write(share_bytes("late"), told);
  CHECK(failed.expect() == errc::closed);
  bytes.write(share_bytes("late"), told);
  CHECK(failed.expect() == errc::closed);
  bytes.shut();
  stream.finish();
}

TEMPLATE_TEST_CASE("Beast: raw bytes over TLS end with a goodbye, and do not wait for ever for the answer",
                   "[adapter][beast][tls]", Tls, LowTls) {
  using Handler = Handled<TestType>;
  using Bytes = typename Handler::Exchange::Bytes;
  static_assert(ByteStream<Bytes> && !HandsOver<Bytes> && !HandsOver<typename Handler::Exchange::Stream>);
  support::Mailbox<Bytes> taken;
  Handler server(
      [&](const RequestSnapshot&, typename Handler::Exchange exchange) { taken.put(std::move(exchange).bytes()); },
      {.close_timeout = 300ms});
  support::Mailbox<std::error_code> done;
  support::Mailbox<std::string> came;
  std::array<char, 100> buffer{};
  const auto read = [&](std::error_code ec, std::size_t size) {
    came.put(ec ? "error" : std::string(buffer.data(), size));
  };
  {
    const support::TlsTunnel polite(server.server.port());
    RawClient client(polite.port());
    client.send(get("/") + "glued");
    Bytes bytes = taken.expect();
    CHECK(bytes.prefetched() == "glued");
    bytes.write(share_bytes("hello"), [&](std::error_code ec) { done.put(ec); });
    CHECK(client.read_exactly(5) == "hello");
    CHECK_FALSE(done.expect());
    bytes.read_some(buffer, read);
    client.send("more");
    CHECK(came.expect() == "more");
    // With a read under way.
    bytes.read_some(buffer, read);
    bytes.shut();
    CHECK(client.wait_for_end() == RawClient::End::closed);
    CHECK(came.expect().empty());
  }
  CHECK(server.over->reaches(1));
  support::TlsTunnel mute(server.server.port(), support::TlsTunnel::Manners::mute);
  RawClient client(mute.port());
  client.send(get("/"));
  Bytes bytes = taken.expect();
  bytes.write(share_bytes("hello"), [&](std::error_code ec) { done.put(ec); });
  CHECK_FALSE(done.expect());
  bytes.read_some(buffer, read);
  bytes.shut();
  CHECK(came.expect() == "error");
  CHECK(server.over->reaches(2));
}

namespace {

// Says bye and ends its side, and reads on, a little at a time, until the end.
template <class Bytes>
class Weary : public std::enable_shared_from_this<Weary<Bytes>> {
 public:
  Weary(Bytes bytes, support::Mailbox<std::error_code>& ended) : bytes_(std::move(bytes)), ended_(ended) {}

  void begin() {
    read();
    bytes_.write(share_bytes("bye"), [self = this->shared_from_this()](std::error_code) { self->bytes_.shut(); });
  }

 private:
  void read() {
    bytes_.read_some(buffer_, [self = this->shared_from_this()](std::error_code ec, std::size_t size) {
      if (ec || size == 0) {
        self->ended_.put(ec);
      } else {
        self->read();
      }
    });
  }

  Bytes bytes_;
  support::Mailbox<std::error_code>& ended_;
  std::array<char, 50> buffer_{};
};

}  // namespace

TEMPLATE_TEST_CASE("Beast: a goodbye over TLS to a client that goes on talking ends well", "[adapter][beast][tls]", Tls,
                   LowTls) {
  using Handler = Handled<TestType>;
  support::Mailbox<std::error_code> ended;
  const Handler server([&](const RequestSnapshot& request, typename Handler::Exchange exchange) {
    if (request.target == "/raw") {
      std::make_shared<Weary<typename Handler::Exchange::Bytes>>(std::move(exchange).bytes(), ended)->begin();
    } else {
      std::move(exchange).answer().respond({200, {{"Connection", "close"}}}, share_bytes("bye"));
    }
  });
  const support::TlsTunnel tunnel(server.server.port());
  const std::string much(200'000, 'm');
  for (std::size_t round = 1; round <= 20; ++round) {
    const bool raw = round % 2 == 1;
    RawClient client(tunnel.port());
    client.send(get(raw ? "/raw" : "/answer"));
    client.try_send(much, 5s);
    CHECK(client.read_to_end().ends_with("bye"));
    CHECK(client.end() == RawClient::End::closed);
    if (raw) CHECK_FALSE(ended.expect());
    CHECK(server.over->reaches(round));
  }
}

TEMPLATE_TEST_CASE("Beast: a goodbye over TLS and a reader do not read at the same time", "[adapter][beast][tls]", Tls,
                   LowTls) {
  using Handler = Handled<TestType>;
  support::Mailbox<std::error_code> ended;
  const Handler server(
      [&](const RequestSnapshot&, typename Handler::Exchange exchange) {
        std::make_shared<Weary<typename Handler::Exchange::Bytes>>(std::move(exchange).bytes(), ended)->begin();
      },
      {.close_timeout = 300ms});
  const support::TlsTunnel tunnel(server.server.port(), support::TlsTunnel::Manners::mute);
  RawClient client(tunnel.port());
  client.send(get("/"));
  CHECK(client.read_exactly(3) == "bye");
  // Two reads take each of these records, and the second needs nothing of the socket: Beast aborts if it meets another.
  for (int i = 0; i < 10; ++i) {
    client.try_send(std::string(100, 'm'));
    std::this_thread::sleep_for(5ms);
  }
  CHECK(ended.expect() == errc::closed);
  CHECK(server.over->reaches(1));
}
