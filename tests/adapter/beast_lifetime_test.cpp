// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/beast.hpp>

#include "support/beast_tls.hpp"
#include "support/tls_tunnel.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "adapter/beast_fixture.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
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

using Tls = support::TlsBeast<>;
using LowTls = support::TlsBeast<boost::asio::ssl::stream<boost::beast::tcp_stream>>;

// Where clients that speak plain TCP reach a server.
template <class Layer>
class Entrance {
 public:
  explicit Entrance(std::uint16_t port) : port_(port) {
    if constexpr (!std::is_same_v<Layer, PlainBeast>) port_ = tunnel_.emplace(port).port();
  }
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_;
  std::optional<support::TlsTunnel> tunnel_;
};

}  // namespace

// Over plain TCP a stream is the hub's; over TLS it stays with the server.
TEMPLATE_TEST_CASE("Beast: hub, server and mount go in every order, whatever is open", "[adapter][beast][lifetime]",
                   PlainBeast, Tls) {
  std::string order = "hms";
  do {
    INFO(order);
    Served<TestType> served;
    const Entrance<TestType> entrance(served.server.port());
    Reader reader = served.stream(entrance.port());
    RawClient poll = served.long_poll(entrance.port());
    const auto begun = support::Clock::now();
    for (const char each : order) {
      if (each == 'h') served.hub.reset();
      if (each == 'm') served.push.reset();
      if (each == 's') served.server.destroy();
    }
    CHECK(support::Clock::now() - begun < 3s * support::slowness);
    CHECK(reader.client.wait_for_end() != RawClient::End::open);
    CHECK(poll.wait_for_end() != RawClient::End::open);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEMPLATE_TEST_CASE("Beast: a hub that goes ends streams in order and answers polls", "[adapter][beast][lifetime]",
                   PlainBeast, Tls) {
  Served<TestType> served;
  const Entrance<TestType> entrance(served.server.port());
  Reader reader = served.stream(entrance.port());
  RawClient poll = served.long_poll(entrance.port());
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
    const Entrance<TestType> entrance(served.server.port());
    std::atomic<bool> over{false};
    std::thread publisher([&] {
      while (!over) served.hub->publish(order("x"));
    });
    std::vector<Reader> readers;
    for (int i = 0; i < 4; ++i) readers.push_back(served.stream(entrance.port()));
    std::thread poller([&] {
      RawClient client(entrance.port());
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

TEMPLATE_TEST_CASE(
    "Beast: a connection over TLS becomes raw bytes, and ends with a goodbye that does not wait for ever",
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
