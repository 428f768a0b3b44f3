// SPDX-License-Identifier: BSL-1.0
//
// permessage-deflate over real sockets: what is agreed on, both ways, raw sessions and those of a hub.

#include <tidings/adapter/listener.hpp>
#include <tidings/deflate.hpp>
#include <tidings/hub.hpp>
#include <tidings/ws_accept.hpp>

#include "support/raw_client.hpp"
#include "support/waiting.hpp"
#include "support/ws_client.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <fstream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

using namespace tidings;
using protocol::WsEvent;
using protocol::WsMessageCodec;
using protocol::WsOpcode;
using protocol::WsPart;
using support::WsClient;

namespace {

/// Another's, counted.
class CountedCodec final : public WsMessageCodec {
 public:
  CountedCodec(WsCompression::Codec other, std::atomic<int>& count)
      : WsMessageCodec(other->threshold(), other->form()), other_(std::move(other)), count_(count) {}

  bool deflate(std::string_view message, std::string& out) override {
    ++count_;
    return other_->deflate(message, out);
  }
  errc inflate(std::string_view message, std::size_t max_bytes, std::string& out) override {
    return other_->inflate(message, max_bytes, out);
  }
  WsCompression::Codec unshared() const override { return nullptr; }
  errc inflate_some(std::string_view& piece, bool last, std::size_t max_bytes, std::string& out) override {
    return other_->inflate_some(piece, last, max_bytes, out);
  }
  std::size_t inflating_memory() const noexcept override { return other_->inflating_memory(); }

 private:
  WsCompression::Codec other_;
  std::atomic<int>& count_;
};

class CountedDeflate final : public WsCompression {
 public:
  explicit CountedDeflate(const DeflateOptions& options = {}) : other_(options) {}

  Codec accept(std::string_view offers, std::string_view user_agent, std::string& answer) const override {
    Codec codec = other_.accept(offers, user_agent, answer);
    return codec ? std::make_shared<CountedCodec>(std::move(codec), deflated) : nullptr;
  }
  std::string offer() const override { return other_.offer(); }
  Codec agree(std::string_view answer, std::error_code& ec) const override { return other_.agree(answer, ec); }

  mutable std::atomic<int> deflated{0};

 private:
  Deflate other_;
};

/// A client that compresses, as its options say.
class DeflateClient {
 public:
  struct Got {
    WsEvent::Kind kind = WsEvent::Kind::need_more;
    std::string data;
    int code = 0;
  };

  DeflateClient(std::uint16_t port, std::string_view target, std::string_view subprotocol = "",
                const DeflateOptions& options = {}, int receive_buffer = 0)
      : raw_(port, receive_buffer) {
    const Deflate deflate(options);
    raw_.send(WsClient::handshake(target, "Sec-WebSocket-Extensions: " + deflate.offer() + "\r\n", subprotocol));
    const std::string head = raw_.read_until("\r\n\r\n");
    constexpr std::string_view name = "Sec-WebSocket-Extensions: ";
    const std::size_t at = head.find(name);
    if (at == std::string::npos) throw std::runtime_error("nothing was agreed on: " + head);
    answer = head.substr(at + name.size(), head.find("\r\n", at) - at - name.size());
    std::error_code ec;
    codec = deflate.agree(answer, ec);
    if (ec || !codec) throw std::runtime_error("no answer to the offer: " + answer);
    reader_ = std::make_unique<protocol::WsReader>(protocol::WsRole::client, protocol::WsLimits{64 * 1024 * 1024, 1024},
                                                   codec);
  }

  static std::string frame(WsOpcode opcode, std::string_view payload, WsPart part, bool deflated) {
    std::string out;
    protocol::append_ws_frame(out, opcode, payload, part, WsClient::mask);
    if (deflated) protocol::mark_ws_deflated(out, 0);
    return out;
  }
  void send(std::string_view text) {
    std::string deflated;
    const bool shorter = codec->deflate(text, deflated);
    raw_.send(frame(WsOpcode::text, shorter ? std::string_view(deflated) : text, WsPart::whole, shorter));
  }
  void send_bytes(const std::string& bytes) { raw_.send(bytes); }

  /// The next message or close.
  Got next() {
    while (got_.empty()) {
      std::string bytes = raw_.read_exactly(1);
      bytes += raw_.read_now();
      received += bytes.size();
      std::span<char> input(bytes);
      for (WsEvent event = reader_->read(input); event.kind != WsEvent::Kind::need_more; event = reader_->read(input)) {
        if (event.kind == WsEvent::Kind::fault) throw std::runtime_error("fault: " + event.error.message());
        if (event.kind == WsEvent::Kind::ping || event.kind == WsEvent::Kind::pong) continue;
        got_.push_back({event.kind, std::string(event.data), static_cast<int>(event.code)});
      }
    }
    Got first = std::move(got_.front());
    got_.pop_front();
    return first;
  }
  std::string message() { return next().data; }

  std::string answer;
  WsCompression::Codec codec;
  std::size_t received = 0;

 private:
  support::RawClient raw_;
  std::unique_ptr<protocol::WsReader> reader_;
  std::deque<Got> got_;
};

// Nothing that would have to be escaped in an envelope.
std::string json(std::size_t size, int number = 0) {
  std::string text = "[" + std::to_string(number);
  for (int i = 0; text.size() < size; ++i) text += ",{'id':" + std::to_string(i * 7919 % 1000) + ",'name':'article'}";
  text.resize(size - 1, ' ');
  return text + "]";
}

/// Sends back what comes; `many` as ten messages.
class Echo final : public WsHandler {
 public:
  explicit Echo(support::Mailbox<CloseInfo>& closed) : closed_(closed) {}

  void on_message(WsSession& session, PayloadKind kind, std::string_view data) override {
    if (data == "many") {
      for (int i = 0; i < 10; ++i) session.send(PayloadKind::text, json(i % 2 == 0 ? 3000 : 20, i));
      for (int i = 10; i < 20; ++i) session.send({json(i % 2 == 0 ? 3000 : 30'000, i)}, [](std::error_code) {});
    } else {
      session.send(kind, data);
    }
  }
  void on_closed(WsSession&, const CloseInfo& info) override { closed_.put(info); }

 private:
  support::Mailbox<CloseInfo>& closed_;
};

struct EchoServed {
  explicit EchoServed(std::shared_ptr<const WsCompression> compression)
      : listener(hub), mount_(listener.handle("/ws", [this, compression](RequestSnapshot request, adapter::Exchange e) {
          WsAcceptOptions accept;
          accept.compression = compression;
          accept_ws(hub.loop(), std::move(request), std::move(e).stream(), std::make_unique<Echo>(closed),
                    {.close_timeout = std::chrono::milliseconds(100)}, accept);
        })) {}

  DeflateClient connect(const DeflateOptions& options = {}) { return {listener.port(), "/ws", "", options}; }

  support::Mailbox<CloseInfo> closed;
  Hub<> hub;
  adapter::Listener listener;

 private:
  Mount mount_;
};

/// A hub whose topic `room` is read by sessions of `tidings.v1` and raw ones.
struct RoomServed {
  explicit RoomServed(std::shared_ptr<const WsCompression> compression, std::size_t max_queue_bytes = 256 * 1024)
      : hub(HubOptions{.max_queue_bytes = max_queue_bytes}),
        listener(hub),
        mount_(adapter::mount(
            listener, "/push", hub, [](const RequestSnapshot&) -> Access { return Identity{.topics = {"room"}}; },
            options(std::move(compression)))) {}

  DeflateClient connect(bool raw, const DeflateOptions& client = {}, int receive_buffer = 0) {
    DeflateClient made(listener.port(), "/push", raw ? "" : "tidings.v1", client, receive_buffer);
    // Of a raw one the handshake itself says that it is in the room.
    if (!raw) made.message();
    return made;
  }

  Hub<> hub;
  adapter::Listener listener;

 private:
  static EndpointOptions options(std::shared_ptr<const WsCompression> compression) {
    EndpointOptions options;
    options.compression = std::move(compression);
    options.raw_topics = true;
    options.on_raw_session = [](const WsSession&, const Identity&, const RequestSnapshot&) {
      return std::make_unique<WsHandler>();
    };
    return options;
  }

  Mount mount_;
};

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return 1024 * std::stoul(line.substr(6));
  }
  return 0;
}

}  // namespace

TEST_CASE("long messages go deflated both ways, short ones as they are", "[adapter][deflate]") {
  const auto deflate = std::make_shared<CountedDeflate>();
  EchoServed served(deflate);
  DeflateClient client = served.connect();
  CHECK(client.answer == "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  client.send("short");
  CHECK(client.message() == "short");
  CHECK(deflate->deflated == 0);
  for (const std::size_t size : {1024, 5000, 100'000, 900'000}) {
    const std::string text = json(size);
    const std::size_t before = client.received;
    client.send(text);
    CHECK(client.message() == text);
    CHECK(client.received - before < size / 3);
  }
  CHECK(deflate->deflated == 4);
}

TEST_CASE("what a handler sends leaves in order, deflated or not, corked or queued", "[adapter][deflate]") {
  const bool takeover = GENERATE(false, true);
  EchoServed served(make_deflate({.threshold = 1024, .send_takeover = takeover}));
  DeflateClient client = served.connect({.receive_takeover = takeover});
  for (int round = 0; round < 3; ++round) {
    client.send("many");
    for (int i = 0; i < 10; ++i) CHECK(client.message() == json(i % 2 == 0 ? 3000 : 20, i));
    for (int i = 10; i < 20; ++i) CHECK(client.message() == json(i % 2 == 0 ? 3000 : 30'000, i));
  }
}

TEST_CASE("fragments of a deflated message are one, with a ping between them", "[adapter][deflate]") {
  EchoServed served(make_deflate());
  DeflateClient client = served.connect();
  const std::string text = json(50'000);
  std::string deflated;
  REQUIRE(client.codec->deflate(text, deflated));
  const std::size_t third = deflated.size() / 3;
  client.send_bytes(DeflateClient::frame(WsOpcode::text, deflated.substr(0, third), WsPart::first, true));
  client.send_bytes(DeflateClient::frame(WsOpcode::ping, "p", WsPart::whole, false));
  client.send_bytes(DeflateClient::frame(WsOpcode::text, deflated.substr(third, third), WsPart::middle, false));
  client.send_bytes(DeflateClient::frame(WsOpcode::text, deflated.substr(2 * third), WsPart::last, false));
  CHECK(client.message() == text);
}

TEST_CASE("memory of earlier messages is kept where it was agreed on, and helps", "[adapter][deflate]") {
  const DeflateOptions keeping{.threshold = 0,
                               .memory_level = 4,
                               .send_window_bits = 12,
                               .receive_window_bits = 12,
                               .send_takeover = true,
                               .receive_takeover = true};
  EchoServed served(make_deflate(keeping));
  DeflateClient client = served.connect(keeping);
  CHECK(client.answer == "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12");
  client.send(json(900));
  CHECK(client.message() == json(900));
  const std::size_t first = client.received;
  for (int i = 0; i < 100; ++i) {
    client.send(json(900, i));
    CHECK(client.message() == json(900, i));
  }
  CHECK((client.received - first) / 100 < first / 3);
  client.send("");
  CHECK(client.message().empty());
}

TEST_CASE("without an offer, or for a browser that fails at it, messages go as they are", "[adapter][deflate]") {
  EchoServed served(make_deflate());
  const char* const headers =
      GENERATE("", "Sec-WebSocket-Extensions: foo\r\n", "Sec-WebSocket-Extensions: permessage-deflate; foo\r\n",
               "Sec-WebSocket-Extensions: permessage-deflate\r\nUser-Agent: Mozilla/5.0 Version/15.2 Safari/605\r\n");
  WsClient client(served.listener.port(), "/ws", headers, "");
  CHECK(client.head.find("Extensions") == std::string::npos);
  client.send(json(5000));
  CHECK(client.message() == json(5000));
  // And a deflated one is a fault.
  client.raw.send(DeflateClient::frame(WsOpcode::text, "x", WsPart::whole, true));
  CHECK(client.closing().code == 1002);
  CHECK(served.closed.expect().error == errc::malformed_frame);
}

TEST_CASE("offers that stand in several lines are one list", "[adapter][deflate]") {
  EchoServed served(make_deflate());
  const WsClient client(served.listener.port(), "/ws",
                        "Sec-WebSocket-Extensions: foo\r\nSec-WebSocket-Extensions: permessage-deflate\r\n", "");
  CHECK(client.head.find("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover") !=
        std::string::npos);
}

TEST_CASE("1 MiB that inflates to 1 GiB costs no more than a message may be, and is closed with 1009",
          "[adapter][deflate]") {
  EchoServed served(make_deflate());
  DeflateClient client = served.connect();
  std::string block;
  protocol::Deflater(9, 15, 9).deflate_next(std::string(1024 * 1024, 'x'), block);
  block.append("\x00\x00\xFF\xFF", 4);
  std::string bomb;
  for (int i = 0; i < 1024; ++i) bomb += block;
  bomb.resize(bomb.size() - 4);
  REQUIRE(bomb.size() > 1000 * 1000);
  bomb.resize(std::min<std::size_t>(bomb.size(), 1024 * 1024));
  const std::string bytes = DeflateClient::frame(WsOpcode::binary, bomb, WsPart::whole, true);
  const std::size_t before = resident_bytes();
  client.send_bytes(bytes);
  const DeflateClient::Got end = client.next();
  CHECK(end.kind == WsEvent::Kind::close);
  CHECK(end.code == 1009);
  CHECK(served.closed.expect().error == errc::payload_too_large);
  CHECK(resident_bytes() - before < 16 * 1024 * 1024);
}

TEST_CASE("what cannot be inflated, or is no text, is closed with 1007", "[adapter][deflate]") {
  EchoServed served(make_deflate());
  DeflateClient client = served.connect({.threshold = 0});
  std::string payload = "no deflated message";
  std::error_code why = errc::malformed_frame;
  SECTION("text that is not UTF-8") {
    payload.clear();
    REQUIRE(client.codec->deflate(std::string(3000, '\xFF'), payload));
    why = errc::invalid_utf8;
  }
  SECTION("rubbish") {}
  client.send_bytes(DeflateClient::frame(WsOpcode::text, payload, WsPart::whole, true));
  CHECK(client.next().code == 1007);
  CHECK(served.closed.expect().error == why);
}

TEST_CASE("a broadcast is deflated once, for sessions of all kinds that take the same form", "[adapter][deflate]") {
  const auto deflate = std::make_shared<CountedDeflate>();
  RoomServed served(deflate);
  const bool raw = GENERATE(false, true);
  std::vector<DeflateClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(served.connect(raw));
  const auto hears = [&](DeflateClient& client, const std::string& text) {
    const std::string message = client.message();
    return raw ? message == text : message.find(text) != std::string::npos;
  };
  // From then on all of them are live: who catches up reads from the store.
  served.hub.publish({.topic = "room", .data = "ready"});
  for (DeflateClient& each : clients) CHECK(hears(each, "ready"));
  served.hub.publish({.topic = "room", .data = json(3000)});
  for (DeflateClient& each : clients) CHECK(hears(each, json(3000)));
  CHECK(deflate->deflated == 1);
  served.hub.publish({.topic = "room", .data = json(300)});
  for (DeflateClient& each : clients) CHECK(hears(each, json(300)));
  CHECK(deflate->deflated == 1);
  // What the client keeps is no matter; its window is. Nobody else's messages become others.
  clients.push_back(served.connect(raw, {.send_takeover = true}));
  WsClient plain(served.listener.port(), "/push", "", raw ? "" : "tidings.v1");
  if (!raw) plain.message();
  WsClient small(served.listener.port(), "/push",
                 "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n", raw ? "" : "tidings.v1");
  served.hub.publish({.topic = "room", .data = "ready"});
  for (DeflateClient& each : clients) CHECK(hears(each, "ready"));
  CHECK(plain.message().find("ready") != std::string::npos);
  served.hub.publish({.topic = "room", .data = json(4000)});
  for (DeflateClient& each : clients) CHECK(hears(each, json(4000)));
  CHECK(plain.message().find(json(4000)) != std::string::npos);
  CHECK(support::eventually([&] { return deflate->deflated == 3; }));
}

TEST_CASE("each session that remembers has the broadcast deflated for itself", "[adapter][deflate]") {
  const auto deflate = std::make_shared<CountedDeflate>(DeflateOptions{.send_takeover = true});
  RoomServed served(deflate);
  const bool raw = GENERATE(false, true);
  std::vector<DeflateClient> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(served.connect(raw, {.receive_takeover = true}));
  for (int i = 0; i < 10; ++i) {
    served.hub.publish({.topic = "room", .data = json(3000, i)});
    for (DeflateClient& each : clients) CHECK(each.message().find(json(3000, i)) != std::string::npos);
  }
  CHECK(deflate->deflated == 50);
}

TEST_CASE("a slow reader gets everything in order once it reads", "[adapter][deflate]") {
  const bool raw = GENERATE(false, true);
  const bool takeover = GENERATE(false, true);
  RoomServed served(make_deflate({.send_takeover = takeover}), 64 * 1024 * 1024);
  DeflateClient slow = served.connect(raw, {.receive_takeover = takeover}, 4096);
  constexpr int count = 900;
  std::string noise;
  for (int i = 0; i < 3000; ++i) noise.push_back(static_cast<char>('0' + i * i % 71 % 43));
  for (int i = 0; i < count; ++i) {
    const std::string text = std::to_string(i) + " " + noise + json(i % 3 == 0 ? 20 : 3000, i);
    served.hub.publish({.topic = "room", .data = text});
  }
  for (int i = 0; i < count; ++i) {
    const std::string got = slow.message();
    const std::string wanted = raw ? std::to_string(i) + " " : "\"data\":\"" + std::to_string(i) + " ";
    CAPTURE(i, got.substr(0, 100));
    REQUIRE((raw ? got.starts_with(wanted) : got.find(wanted) != std::string::npos));
  }
}
