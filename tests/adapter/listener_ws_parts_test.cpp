// SPDX-License-Identifier: BSL-1.0
//
// Messages of raw WebSockets in parts, in and out, over real sockets.

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>
#include <tidings/net/config.hpp>
#include <tidings/ws_accept.hpp>
#include <tidings/ws_part_handler.hpp>

#include TIDINGS_ASIO_HEADER(co_spawn.hpp)
#include TIDINGS_ASIO_HEADER(detached.hpp)
#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(use_awaitable.hpp)
#include TIDINGS_ASIO_HEADER(use_future.hpp)

#include "support/raw_client.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

using namespace tidings;
using namespace std::chrono_literals;
using support::RawClient;
using support::WsClient;
using Opcode = WsClient::Opcode;
using Part = WsClient::Part;

namespace {

/// What a handler of parts was told.
struct PartEvents {
  support::Mailbox<std::string> messages;
  support::Mailbox<std::string> whole;
  support::Mailbox<CloseInfo> closed;
  support::Tally bytes;
  support::Tally drained;
  std::atomic<bool> in_order{true};
};

class PartRecorder final : public WsPartHandler {
 public:
  using OnPart = std::function<void(WsSession&, const WsMessagePart&)>;

  PartRecorder(PartEvents& events, OnPart on_part) : events_(events), on_part_(std::move(on_part)) {}
  void on_part(WsSession& session, const WsMessagePart& part) override {
    if (part.first == open_ || part.offset != (part.first ? 0 : so_far_.size())) events_.in_order = false;
    if (part.first) so_far_.clear();
    open_ = !part.last;
    so_far_ += part.data;
    if (on_part_) on_part_(session, part);
    events_.bytes.add(part.data.size());
    if (part.last) events_.messages.put(so_far_);
  }
  bool in_parts(PayloadKind kind) const override { return kind == PayloadKind::binary; }
  void on_message(WsSession&, PayloadKind, std::string_view data) override { events_.whole.put(std::string(data)); }
  void on_drained(WsSession&) override { events_.drained.add(); }
  void on_closed(WsSession&, const CloseInfo& info) override { events_.closed.put(info); }

 private:
  PartEvents& events_;
  OnPart on_part_;
  std::string so_far_;
  bool open_ = false;
};

class PartsServed {
 public:
  explicit PartsServed(WsOptions options = {}, PartRecorder::OnPart on_part = {})
      : listener(hub),
        mount_(listener.handle(
            "/ws", [this, options, on_part = std::move(on_part)](RequestSnapshot request, adapter::Exchange exchange) {
              sessions.put(accept_ws(hub.loop(), std::move(request), std::move(exchange).stream(),
                                     std::make_unique<PartRecorder>(events, on_part), options));
            })) {}

  WsClient connect(int receive_buffer = 0) { return WsClient(listener.port(), "/ws", "", "", receive_buffer); }

  PartEvents events;
  support::Mailbox<WsSession> sessions;
  Hub<> hub;
  adapter::Listener listener;

 private:
  Mount mount_;
};

std::string patterned(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 131 + i / 251);
  return out;
}

/// The frames of a server as they came, until its close.
std::string frames_until_close(WsClient& client) {
  std::string log;
  for (;;) {
    const WsClient::Got got = client.next_but_pings();
    if (got.kind == WsClient::Kind::close) return log + "close " + std::to_string(got.code);
    log += got.data + " ";
  }
}

}  // namespace

TEST_CASE("a message beyond every other bound comes in parts, in one frame or in many", "[adapter][ws_parts]") {
  WsOptions options;
  options.max_message_bytes = 1000;
  options.max_frames = 2;
  PartsServed served(options);
  WsClient client = served.connect();
  const std::string large = patterned(3'000'000);
  client.send_binary(large);
  CHECK(served.events.messages.expect() == large);
  std::string frames;
  for (std::size_t at = 0; at < large.size(); at += 1000) {
    frames += WsClient::frame(Opcode::binary, std::string_view(large).substr(at, 1000),
                              at == 0                    ? Part::first
                              : at + 1000 < large.size() ? Part::middle
                                                         : Part::last);
    if (at == 1'000'000) frames += WsClient::frame(Opcode::ping, "between");
  }
  client.raw.send(frames);
  CHECK(client.next_but_pings().data == "between");
  CHECK(served.events.messages.expect() == large);
  // The other kind comes whole, with its own bounds.
  client.raw.send(WsClient::frame(Opcode::text, "hel", Part::first) + WsClient::frame(Opcode::text, "lo", Part::last));
  CHECK(served.events.whole.expect() == "hello");
  client.send_binary("");
  CHECK(served.events.messages.expect().empty());
  client.close(CloseCode::normal);
  const CloseInfo info = served.events.closed.expect();
  CHECK_FALSE(info.message_cut);
  CHECK(info.clean);
  CHECK(served.events.in_order);
}

TEST_CASE("the application hears that a message it has begun has no end", "[adapter][ws_parts]") {
  WsOptions options;
  options.max_streamed_bytes = 5000;
  options.message_timeout = 600ms;
  PartsServed served(options);
  WsClient client = served.connect();
  client.raw.send(WsClient::frame(Opcode::binary, "begun", Part::first));
  REQUIRE(served.events.bytes.reaches(5));
  std::uint16_t code = 0;
  SECTION("the connection breaks") { client = served.connect(); }
  SECTION("the peer closes") { client.close(CloseCode::going_away); }
  SECTION("it breaks the protocol") {
    code = 1002;
    client.raw.send(WsClient::frame(Opcode::binary, "other", Part::first));
  }
  SECTION("it is too long") {
    code = 1009;
    client.raw.send(WsClient::frame(Opcode::binary, std::string(4996, 'x'), Part::last));
  }
  SECTION("nothing more of it comes") { code = 1008; }
  SECTION("we close") {
    code = 4000;
    served.sessions.expect().close(CloseCode{4000});
  }
  SECTION("we drop it") { served.sessions.expect().kill(); }
  if (code != 0) {
    CHECK(client.closing().code == code);
    client.close(CloseCode{code});
    client.raw.finish_sending();
  }
  const CloseInfo info = served.events.closed.expect();
  CHECK(info.message_cut);
  if (code == 1009) CHECK(info.error == errc::payload_too_large);
  if (code == 1008) CHECK(info.error == errc::timeout);
}

TEST_CASE("who pauses in a part holds the peer back, and is not taken for dead", "[adapter][ws_parts]") {
  WsOptions options;
  options.pong_wait = 2s;
  options.message_timeout = 2s;
  std::atomic<bool> pausing{true};
  PartsServed served(options, [&](WsSession& session, const WsMessagePart&) {
    if (pausing.exchange(false)) session.pause_reading();
  });
  // Made before anybody waits for it.
  const std::string frame = WsClient::frame(Opcode::binary, std::string(64'000'000, 'x'));
  WsClient client = served.connect();
  WsSession session = served.sessions.expect();
  // The first part pauses: the peer gets rid of what the two kernels hold, and no more.
  std::size_t sent = client.raw.try_send(frame, 500ms);
  REQUIRE(sent < frame.size());
  REQUIRE(served.events.bytes.reaches(1));
  const std::size_t heard = served.events.bytes.count();
  CHECK(heard <= 512 * 1024);
  // Longer than both deadlines; nothing of ours stirs.
  sent += client.raw.try_send(std::string_view(frame).substr(sent), 3500ms);
  CHECK(served.events.bytes.count() == heard);
  CHECK(session.open());
  CHECK(sent < frame.size());
  session.resume_reading();
  client.raw.send(std::string_view(frame).substr(sent));
  CHECK(served.events.messages.expect().size() == 64'000'000);
  CHECK(served.events.in_order);
}

TEST_CASE("a handler that pauses on every part misses nothing", "[adapter][ws_parts]") {
  PartsServed served({}, [](WsSession& session, const WsMessagePart&) {
    session.pause_reading();
    // From another thread, as one that has written to a disk.
    std::thread([session]() mutable { session.resume_reading(); }).detach();
  });
  WsClient client = served.connect();
  std::string frames;
  const std::string large = patterned(400'000);
  for (std::size_t at = 0; at < large.size(); at += 5000) {
    frames += WsClient::frame(Opcode::binary, std::string_view(large).substr(at, 5000),
                              at == 0                    ? Part::first
                              : at + 5000 < large.size() ? Part::middle
                                                         : Part::last);
    frames += WsClient::frame(Opcode::ping, "p");
  }
  client.raw.send(frames);
  CHECK(served.events.messages.expect() == large);
  CHECK(served.events.in_order);
  client.close(CloseCode::normal);
  CHECK(served.events.closed.expect().clean);
}

TEST_CASE("a message is sent in parts, with its place among the others", "[adapter][ws_parts]") {
  PartsServed served;
  WsClient client = served.connect();
  WsSession session = served.sessions.expect();
  session.send({"before"});
  WsMessageWriter writer = session.begin_message(PayloadKind::text);
  CHECK(writer);
  session.send({"behind"});
  const WsMessageWriter second = session.begin_message(PayloadKind::text);
  CHECK_FALSE(second);
  CHECK(second.error() == errc::message_under_way);
  CHECK(client.message() == "before");
  // A character may be cut between the parts.
  writer.write("a\xE2\x82");
  writer.write("");
  CHECK(writer.async_write(std::string("\xAC"), net::use_future).wait_for(10s) == std::future_status::ready);
  CHECK(session.buffered_bytes() == 6);
  std::atomic<bool> finished{false};
  writer.finish("z", [&](std::error_code ec) { finished = !ec; });
  CHECK_FALSE(writer);
  CHECK(client.message() == "a\xE2\x82\xACz");
  CHECK(client.message() == "behind");
  CHECK(support::eventually([&] { return finished.load(); }));
  // As if it never was.
  session.begin_message(PayloadKind::binary);
  WsMessageWriter whole = session.begin_message(PayloadKind::binary);
  whole.finish("at once");
  CHECK(client.message() == "at once");
  whole.write("late", [&](std::error_code ec) { finished = ec != errc::closed; });
  CHECK_FALSE(finished);
  client.close(CloseCode::normal);
  CHECK(served.events.closed.expect().unsent == 0);
}

TEST_CASE("a message that cannot be finished ends the session", "[adapter][ws_parts]") {
  PartsServed served;
  WsClient client = served.connect();
  WsSession session = served.sessions.expect();
  WsMessageWriter writer = session.begin_message(PayloadKind::text);
  REQUIRE_NOTHROW(writer.async_write(std::string("begun"), net::use_future).get());
  support::Mailbox<std::error_code> behind;
  session.send({"behind"}, [&](std::error_code ec) { behind.put(ec); });
  std::string expected = "close 1011";
  std::size_t unsent = 2;
  SECTION("given up") { writer.give_up(); }
  SECTION("destroyed") { const WsMessageWriter last = std::move(writer); }
  SECTION("another takes its place") { writer = {}; }
  SECTION("no text") {
    support::Mailbox<std::error_code> told;
    writer.write("\xFF", [&](std::error_code ec) { told.put(ec); });
    CHECK(told.expect() == errc::invalid_utf8);
    CHECK_FALSE(writer);
  }
  SECTION("text that ends within a character") {
    support::Mailbox<std::error_code> told;
    writer.finish("\xE2", [&](std::error_code ec) { told.put(ec); });
    CHECK(told.expect() == errc::invalid_utf8);
  }
  SECTION("closed in its midst") {
    session.close(CloseCode{4001});
    expected = "close 4001";
    support::Mailbox<std::error_code> told;
    writer.write("late", [&](std::error_code ec) { told.put(ec); });
    CHECK(told.expect() == errc::closed);
  }
  CHECK(frames_until_close(client) == expected);
  client.close(CloseCode::normal);
  client.raw.finish_sending();
  CHECK(served.events.closed.expect().unsent == unsent);
  CHECK(behind.expect() == errc::closed);
}

TEST_CASE("parts that wait are bounded, those of a writer that waits never are too many", "[adapter][ws_parts]") {
  WsOptions options;
  options.max_queue_bytes = 100'000;
  const std::string chunk(60'000, 'c');
  SECTION("one that does not wait is closed") {
    options.policy = QueuePolicy::drop_new;
    PartsServed served(options);
    WsClient client = served.connect(4096);
    WsSession session = served.sessions.expect();
    WsMessageWriter writer = session.begin_message(PayloadKind::binary);
    support::Mailbox<std::error_code> refused;
    for (int i = 0; i < 1000 && session.open(); ++i) {
      writer.write(chunk, [&](std::error_code ec) {
        if (ec == errc::slow_consumer) refused.put(ec);
      });
      CHECK(session.buffered_bytes() <= 220'000);
    }
    CHECK(refused.expect() == errc::slow_consumer);
    CHECK(client.closing().code == 1013);
  }
  SECTION("one that waits goes on as the peer reads, and fills no queue") {
    // Outlives the loop that posts to it.
    net::io_context context;
    PartsServed served(options);
    WsClient client = served.connect(4096);
    WsSession session = served.sessions.expect();
    constexpr int chunks = 200;
    std::atomic<std::size_t> most{0};
    net::co_spawn(
        context,
        [&]() -> net::awaitable<void> {
          WsMessageWriter writer = session.begin_message(PayloadKind::binary);
          for (int i = 0; i < chunks; ++i) {
            co_await writer.async_write(chunk, net::use_awaitable);
            most = std::max(most.load(), session.buffered_bytes());
          }
          co_await writer.async_finish({}, net::use_awaitable);
        },
        net::detached);
    std::thread runner([&] { context.run(); });
    CHECK(client.message().size() == chunks * chunk.size());
    runner.join();
    CHECK(most <= chunk.size());
  }
}

TEST_CASE("a writer that goes on in its completions lets others have their turn", "[adapter][ws_parts]") {
  PartsServed served;
  WsClient client = served.connect();
  WsClient other = served.connect();
  WsSession session = served.sessions.expect();
  const auto writer = std::make_shared<WsMessageWriter>(session.begin_message(PayloadKind::binary));
  const auto left = std::make_shared<int>(400);
  std::function<void()> go_on = [&, writer, left] {
    if (--*left == 0) return writer->finish();
    writer->write(std::string(10'000, 'x'), [&](std::error_code ec) {
      if (!ec) go_on();
    });
  };
  go_on();
  CHECK(client.message().size() == 399 * 10'000);
  other.send("still there");
  CHECK(served.events.whole.expect() == "still there");
}

TEST_CASE("what a handler sends past the queue waits for a message in parts too", "[adapter][ws_parts]") {
  class Interleaving final : public WsHandler {
   public:
    void on_message(WsSession& session, PayloadKind kind, std::string_view) override {
      if (writer_) return writer_.finish("two");
      session.send(kind, "before");
      writer_ = session.begin_message(kind);
      session.send(kind, "behind 1");
      writer_.write("one ");
      session.send(kind, "behind 2");
    }

   private:
    WsMessageWriter writer_;
  };
  Hub<> hub;
  adapter::Listener listener(hub);
  const Mount mount = listener.handle("/ws", [&hub](RequestSnapshot request, adapter::Exchange exchange) {
    accept_ws(hub.loop(), std::move(request), std::move(exchange).stream(), std::make_unique<Interleaving>());
  });
  WsClient client(listener.port(), "/ws", "", "");
  client.send("begin");
  CHECK(client.message() == "before");
  client.send("end");
  CHECK(client.message() == "one two");
  CHECK(client.message() == "behind 1");
  CHECK(client.message() == "behind 2");
}
