// SPDX-License-Identifier: BSL-1.0

#include <tidings/delivery/ws_link.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

using namespace tidings;
using namespace tidings::delivery;
using protocol::WsOpcode;
using protocol::WsPart;
using namespace std::string_literals;

namespace {

/// A connection whose other end is the test.
struct Pipe {
  std::string written;
  std::size_t capacity = 1'000'000;
  bool shut = false;
  bool aborted = false;
  bool held = false;
  /// The last bytes that came by reference.
  SharedBytes shared;
  std::optional<std::string> put_back{};
  ByteWireEvents* events = nullptr;

  std::size_t pending() const { return written.size() > capacity ? written.size() - capacity : 0; }
  /// The peer takes everything.
  std::string take() {
    const bool blocked = pending() > 0;
    std::string bytes = std::exchange(written, {});
    if (blocked && events != nullptr) events->on_writable();
    return bytes;
  }
};

class PipeWire {
 public:
  explicit PipeWire(std::shared_ptr<Pipe> pipe) : pipe_(std::move(pipe)) {}

  void start(ByteWireEvents& events) { pipe_->events = &events; }
  Sent write(std::string_view bytes) {
    pipe_->written.append(bytes);
    return pipe_->pending() == 0 ? Sent::ok : Sent::blocked;
  }
  Sent write_parts(std::string_view head, std::string_view body) {
    pipe_->written.append(head);
    return write(body);
  }
  Sent write_shared(std::string_view head, const SharedBytes& bytes) {
    pipe_->shared = bytes;
    return write_parts(head, *bytes);
  }
  void shut() { pipe_->shut = true; }
  void abort() {
    pipe_->aborted = true;
    pipe_->events = nullptr;
  }
  void hold_input(bool hold) { pipe_->held = hold; }
  void put_back(std::string_view bytes) { pipe_->put_back = bytes; }
  std::size_t pending_bytes() const { return pipe_->pending(); }

 private:
  std::shared_ptr<Pipe> pipe_;
};

using Link = WsLink<PipeWire>;

constexpr protocol::WsMask peer_mask{1, 2, 3, 4};

std::string from_client(WsOpcode opcode, std::string_view payload) {
  std::string out;
  protocol::append_ws_frame(out, opcode, payload, WsPart::whole, peer_mask);
  return out;
}
std::string from_server(WsOpcode opcode, std::string_view payload) {
  std::string out;
  protocol::append_ws_frame(out, opcode, payload);
  return out;
}
LiveRef live_message(std::string data) {
  auto stored = std::make_shared<StoredMessage>();
  stored->message.data = std::move(data);
  return LiveRef::make(std::move(stored), 1);
}
std::string close_payload(CloseCode code, std::string_view reason = {}) { return protocol::encode_close(code, reason); }

/// Messages that it is asked for become their first two bytes, if they are longer.
class FirstTwo final : public protocol::WsMessageCodec {
 public:
  FirstTwo(std::size_t threshold, std::uint64_t form) : WsMessageCodec(threshold, form) {}

  bool deflate(std::string_view message, std::string& out) override {
    ++asked;
    if (message.size() <= 2) return false;
    out.append(message.substr(0, 2));
    return true;
  }
  errc inflate(std::string_view, std::size_t, std::string&) override { return errc::malformed_frame; }
  std::shared_ptr<protocol::WsMessageCodec> unshared() const override { return nullptr; }
  errc inflate_some(std::string_view&, bool, std::size_t, std::string&) override { return errc::malformed_frame; }
  std::size_t inflating_memory() const noexcept override { return 0; }

  int asked = 0;
};

/// A server's link, its owner and its peer.
struct Side final : WsLinkEvents {
  explicit Side(protocol::WsLimits limits = {}, std::shared_ptr<ByteBudget> budget = nullptr,
                std::shared_ptr<protocol::WsMessageCodec> codec = nullptr)
      : link(PipeWire(pipe), limits, nullptr, std::move(budget), std::move(codec)) {
    link.start(*this, "");
  }

  void on_message(WsOpcode kind, std::string_view data) override {
    log += (kind == WsOpcode::text ? "text(" : "binary(") + std::string(data) + ")";
    if (data == "abort") link.abort();
    if (data == "close") link.close(CloseCode::normal, "asked");
    if (data == "echo") link.send(kind, data);
    if (data == "hold") link.hold_input(true);
  }
  void on_part(WsOpcode kind, std::string_view data, WsPart part) override {
    log += kind == WsOpcode::text ? "text" : "binary";
    log += part == WsPart::first ? "<" : part == WsPart::last ? ">" : "-";
    log += std::string(data) + " ";
    if (data == "hold") link.hold_input(true);
  }
  void on_pong(std::string_view payload) override { log += "pong(" + std::string(payload) + ")"; }
  void on_traffic() override { ++traffic; }
  void on_unfinished(bool unfinished) override { parts += unfinished ? '+' : '-'; }
  void on_writable() override { log += "writable "; }
  void on_progress() override {}
  void on_closing() override { log += "closing "; }
  void on_closed(const CloseInfo& info) override {
    log += "closed " + std::to_string(static_cast<int>(info.code)) + (info.clean ? " clean" : "");
    last = info;
    ++ends;
  }

  void receive(std::string bytes) {
    if (pipe->events != nullptr) pipe->events->on_bytes(bytes);
  }
  void eof() {
    if (pipe->events != nullptr) pipe->events->on_eof();
  }

  std::shared_ptr<Pipe> pipe = std::make_shared<Pipe>();
  std::string log;
  std::string parts;
  CloseInfo last;
  int traffic = 0;
  int ends = 0;
  Link link;
};

}  // namespace

TEST_CASE("messages go both ways, pings are answered", "[delivery][ws]") {
  Side side;
  side.receive(from_client(WsOpcode::text, "one") + from_client(WsOpcode::ping, "p") +
               from_client(WsOpcode::binary, "two"));
  CHECK(side.log == "text(one)binary(two)");
  CHECK(side.traffic == 1);
  CHECK(side.pipe->take() == from_server(WsOpcode::pong, "p"));
  CHECK(side.link.send(WsOpcode::text, "three") == Sent::ok);
  CHECK(side.link.send_shared(WsOpcode::binary, share_bytes("four")) == Sent::ok);
  CHECK(side.link.ping("q") == Sent::ok);
  CHECK(side.pipe->take() == from_server(WsOpcode::text, "three") + from_server(WsOpcode::binary, "four") +
                                 from_server(WsOpcode::ping, "q"));
  side.receive(from_client(WsOpcode::pong, "q"));
  CHECK(side.log == "text(one)binary(two)pong(q)");
}

TEST_CASE("RFC 6455 5.5.3: a peer that pings and reads nothing gets one answer, to the last", "[delivery][ws]") {
  Side side;
  side.pipe->capacity = 10;
  CHECK(side.link.send(WsOpcode::text, "a message that is too long for the pipe") == Sent::blocked);
  const std::size_t before = side.pipe->written.size();
  for (int i = 0; i < 1000; ++i) side.receive(from_client(WsOpcode::ping, std::to_string(i)));
  CHECK(side.pipe->written.size() == before);
  side.pipe->take();
  CHECK(side.pipe->take() == from_server(WsOpcode::pong, "999"));
  CHECK(side.log == "writable ");
}

TEST_CASE("7.1: a peer that closes gets its answer before the end", "[delivery][ws]") {
  Side side;
  side.receive(from_client(WsOpcode::close, close_payload(CloseCode::going_away, "bye")));
  CHECK(side.pipe->written == from_server(WsOpcode::close, close_payload(CloseCode::going_away)));
  CHECK(side.pipe->shut);
  CHECK(side.log == "closing ");
  CHECK(side.link.send(WsOpcode::text, "late") == Sent::gone);
  side.eof();
  CHECK(side.log == "closing closed 1001 clean");
  CHECK(side.pipe->aborted);
}

TEST_CASE("7.1: our close waits for what is under way, and for the peer", "[delivery][ws]") {
  Side side;
  side.pipe->capacity = 10;
  side.link.send(WsOpcode::text, "a message that is too long for the pipe");
  side.link.close(CloseCode::service_restart, "back soon");
  side.link.close(CloseCode::normal, "again");
  side.receive(from_client(WsOpcode::text, "crossing") +
               from_client(WsOpcode::close, close_payload(CloseCode::service_restart)));
  CHECK(side.log == "closing text(crossing)");
  CHECK_FALSE(side.pipe->shut);
  CHECK(side.pipe->take() == from_server(WsOpcode::text, "a message that is too long for the pipe") +
                                 from_server(WsOpcode::close, close_payload(CloseCode::service_restart, "back soon")));
  CHECK(side.pipe->shut);
  side.eof();
  CHECK(side.log == "closing text(crossing)closed 1012 clean");
}

TEST_CASE("a fault is answered with its code, and nothing behind it is looked at", "[delivery][ws]") {
  Side side;
  side.receive(from_client(WsOpcode::text, "good") + from_server(WsOpcode::text, "unmasked") +
               from_client(WsOpcode::text, "x"));
  CHECK(side.log == "text(good)closing ");
  CHECK(side.pipe->written.substr(0, 4) ==
        from_server(WsOpcode::close, close_payload(CloseCode::protocol_error, "0")).substr(0, 1) +
            side.pipe->written.substr(1, 1) + "\x03\xEA");
  CHECK(side.pipe->shut);
  for (int i = 0; i < 10; ++i) side.receive(from_client(WsOpcode::text, "more"));
  CHECK(side.log == "text(good)closing ");
  side.eof();
  CHECK(side.log == "text(good)closing closed 1002");
}

TEST_CASE("the end comes once, whatever brings it", "[delivery][ws]") {
  Side side;
  const int how = GENERATE(range(0, 4));
  if (how == 1) side.link.close(CloseCode::normal, "");
  if (how == 2) side.receive(from_client(WsOpcode::close, ""));
  if (how == 3) side.receive("\xFF\xFF");
  ByteWireEvents* const events = side.pipe->events;
  side.link.fail(errc::timeout);
  CHECK(side.ends == 1);
  CHECK(side.pipe->events == nullptr);
  events->on_eof();
  events->on_gone(errc::peer_gone);
  side.link.fail(errc::timeout);
  side.link.close(CloseCode::normal, "");
  CHECK(side.ends == 1);
}

TEST_CASE("the owner may close, answer and abort in an event", "[delivery][ws]") {
  Side side;
  side.receive(from_client(WsOpcode::text, "echo") + from_client(WsOpcode::text, "close") +
               from_client(WsOpcode::text, "x"));
  CHECK(side.log == "text(echo)text(close)closing text(x)");
  CHECK(side.pipe->written ==
        from_server(WsOpcode::text, "echo") + from_server(WsOpcode::close, close_payload(CloseCode::normal, "asked")));
  Side other;
  other.receive(from_client(WsOpcode::text, "abort") + from_client(WsOpcode::text, "x"));
  CHECK(other.log == "text(abort)");
  CHECK(other.pipe->aborted);
  CHECK(other.ends == 0);
}

TEST_CASE("closing lets held input flow: the answer may stand in it", "[delivery][ws]") {
  Side side;
  side.link.hold_input(true);
  CHECK(side.pipe->held);
  side.link.close(CloseCode::normal, "");
  CHECK_FALSE(side.pipe->held);
}

TEST_CASE("what is not whole is told of once, and again when it is another", "[delivery][ws]") {
  Side side;
  const std::string text = from_client(WsOpcode::text, "text");
  const std::string ping = from_client(WsOpcode::ping, "p");
  const auto comes = [&](const std::string& bytes) {
    side.parts.clear();
    side.receive(bytes);
    return side.parts;
  };
  CHECK(comes(text + ping + text).empty());
  SECTION("one byte of a head") {
    CHECK(comes(text.substr(0, 1)) == "+");
    CHECK(comes(text.substr(1, 1)).empty());
    CHECK(comes(text.substr(2, 6)).empty());
    CHECK(comes(text.substr(8)) == "-");
  }
  SECTION("a control frame") {
    CHECK(comes(ping.substr(0, 6)) == "+");
    CHECK(comes(ping.substr(6)) == "-");
    CHECK(comes(ping.substr(0, 6)) == "+");
    CHECK(comes(ping.substr(6) + ping.substr(0, 3)) == "+");
  }
  SECTION("the next message") {
    CHECK(comes(text.substr(0, 5)) == "+");
    CHECK(comes(text.substr(5) + text.substr(0, 5)) == "+");
    CHECK(comes(text.substr(5) + text) == "-");
  }
  SECTION("a message in fragments, however many, with control frames between them") {
    std::string first;
    std::string middle;
    std::string last;
    protocol::append_ws_frame(first, WsOpcode::text, "a", WsPart::first, peer_mask);
    protocol::append_ws_frame(middle, WsOpcode::text, "", WsPart::middle, peer_mask);
    protocol::append_ws_frame(last, WsOpcode::text, "", WsPart::last, peer_mask);
    CHECK(comes(first) == "+");
    CHECK(comes(ping + middle + ping).empty());
    CHECK(comes(ping.substr(0, 3)).empty());
    CHECK(comes(ping.substr(3)).empty());
    CHECK(comes(last) == "-");
  }
  SECTION("and nothing is expected of a peer that was refused") {
    CHECK(comes(text.substr(0, 5)) == "+");
    CHECK(comes(text.substr(5) + "\xFF\xFF") == "-");
    CHECK(side.log.ends_with("closing "));
    CHECK(comes(text.substr(0, 5)).empty());
  }
}

namespace {

constexpr std::size_t kib = 1024;

/// The first part of a message of 1 MiB.
std::string begin_of_large(std::size_t size) {
  protocol::WsFrameHead head = protocol::encode_ws_head(WsOpcode::binary, 1024 * kib, WsPart::whole, peer_mask);
  return std::string(head.text()) + std::string(size, 'x');
}

}  // namespace

TEST_CASE("an unfinished message has a part of what links share, until its end of whatever kind", "[delivery][ws]") {
  const auto budget = std::make_shared<ByteBudget>(4096 * kib);
  std::optional<Side> side(std::in_place, protocol::WsLimits{}, budget);
  side->receive(begin_of_large(16 * kib));
  CHECK(budget->used() == 0);
  side->receive(std::string(84 * kib, 'x'));
  CHECK(budget->used() >= 100 * kib);
  CHECK(budget->used() <= 200 * kib);
  CHECK(side->link.held_bytes() == 100 * kib);
  SECTION("it is whole") {
    side->receive(std::string(924 * kib, 'x'));
    CHECK(side->log.starts_with("binary("));
  }
  SECTION("it is whole, and the next one begins") {
    side->receive(std::string(924 * kib, 'x') + begin_of_large(16 * kib));
    CHECK(side->log.starts_with("binary("));
  }
  SECTION("the peer breaks a rule") {
    side.emplace(protocol::WsLimits{}, budget);
    std::string part;
    protocol::append_ws_frame(part, WsOpcode::binary, std::string(100 * kib, 'x'), WsPart::first, peer_mask);
    side->receive(part);
    CHECK(budget->used() >= 100 * kib);
    side->receive("\xFF");
    CHECK(side->log == "closing ");
    CHECK(side->link.held_bytes() == 0);
  }
  SECTION("the peer closes in the midst of it") {
    side.emplace(protocol::WsLimits{}, budget);
    std::string part;
    protocol::append_ws_frame(part, WsOpcode::binary, std::string(100 * kib, 'x'), WsPart::first, peer_mask);
    side->receive(part);
    CHECK(budget->used() >= 100 * kib);
    side->receive(from_client(WsOpcode::close, ""));
    CHECK(side->log == "closing ");
    CHECK(side->link.held_bytes() == 0);
  }
  SECTION("the owner refuses it") {
    side->link.refuse(CloseCode::policy_violation, errc::timeout);
    CHECK(side->log == "closing ");
    CHECK(side->pipe->written.substr(2, 2) == "\x03\xF0");
    CHECK(side->link.info().error == errc::timeout);
  }
  SECTION("the link goes, which was closed, cut, aborted or none of it") {
    const int how = GENERATE(range(0, 5));
    if (how == 1) side->link.close(CloseCode::normal, "");
    if (how == 2) side->eof();
    if (how == 3) side->link.abort();
    if (how == 4) side->link.fail(errc::peer_gone);
    side.reset();
  }
  CHECK(budget->used() == 0);
}

TEST_CASE("who needs more than is left is told to try again later, the others go on", "[delivery][ws]") {
  // Twice the largest message: two of them fit.
  const auto budget = std::make_shared<ByteBudget>(0);
  Side first({}, budget);
  std::optional<Side> beside(std::in_place, protocol::WsLimits{}, budget);
  Side second({}, budget);
  first.receive(begin_of_large(1000 * kib));
  beside->receive(begin_of_large(1000 * kib));
  CHECK((first.log + beside->log).empty());
  second.receive(begin_of_large(1000 * kib));
  CHECK(second.log == "closing ");
  CHECK(second.pipe->written.substr(0, 1) == "\x88");
  CHECK(second.pipe->written.substr(2, 2) == "\x03\xF5");
  CHECK(second.link.info().error == errc::overloaded);
  CHECK(second.pipe->shut);
  second.receive(std::string(24 * kib, 'x'));
  CHECK(second.log == "closing ");
  second.eof();
  CHECK(second.log == "closing closed 1013");
  CHECK(second.last.error == errc::overloaded);
  // Small ones need nothing of it.
  Side third({}, budget);
  std::string small;
  protocol::append_ws_frame(small, WsOpcode::binary, std::string(16 * kib, 's'), WsPart::whole, peer_mask);
  third.receive(small.substr(0, small.size() - 1));
  third.receive(small.substr(small.size() - 1));
  CHECK(third.log == "binary(" + std::string(16 * kib, 's') + ")");
  first.receive(std::string(24 * kib, 'x'));
  CHECK(first.log.starts_with("binary("));
  CHECK(budget->used() <= 1024 * kib);
  beside.reset();
  CHECK(budget->used() == 0);
}

TEST_CASE("a message below the codec's threshold leaves in the plain frame that all share", "[delivery][ws]") {
  const LiveRef message = live_message("short");
  const LiveMessage::WsForm form = GENERATE(LiveMessage::WsForm::envelope, LiveMessage::WsForm::data);
  const std::uint64_t kind = GENERATE(0U, 7U);
  const auto codec = std::make_shared<FirstTwo>(message->ws_payload(form).size() + 1, kind);
  Side side({}, nullptr, codec);
  CHECK(side.link.send_live(*message, form) == Sent::ok);
  CHECK(side.pipe->shared == message->ws_frame(form));
  std::string gathered;
  side.link.append_live(gathered, *message, form);
  CHECK(gathered == *message->ws_frame(form));
  CHECK(side.pipe->take() == gathered);
  CHECK(codec->asked == 0);
  // Nor is there a place for what is deflated.
  CHECK(message->deflated() == nullptr);
}

TEST_CASE("from the threshold on a message is deflated once for each form, and for each link that remembers",
          "[delivery][ws]") {
  const LiveRef message = live_message("a long one");
  const LiveMessage::WsForm form = GENERATE(LiveMessage::WsForm::envelope, LiveMessage::WsForm::data);
  const std::size_t size = message->ws_payload(form).size();
  std::string expected = from_server(WsOpcode::text, message->ws_payload(form).substr(0, 2));
  protocol::mark_ws_deflated(expected, 0);
  const auto shared = std::make_shared<FirstTwo>(size, 7);
  const auto other = std::make_shared<FirstTwo>(size, 8);
  const auto remembering = std::make_shared<FirstTwo>(size, 0);
  for (int i = 0; i < 2; ++i) {
    for (const auto& codec : {shared, other, remembering}) {
      Side side({}, nullptr, codec);
      side.link.send_live(*message, form);
      std::string gathered;
      side.link.append_live(gathered, *message, form);
      CHECK(side.pipe->take() == expected);
      CHECK(gathered == expected);
    }
  }
  CHECK(shared->asked == 1);
  CHECK(other->asked == 1);
  CHECK(remembering->asked == 4);
}

TEST_CASE("what would become no shorter goes in the plain frame, and is not tried again", "[delivery][ws]") {
  const LiveRef message = live_message("ab");
  const auto codec = std::make_shared<FirstTwo>(0, 7);
  for (int i = 0; i < 3; ++i) {
    Side side({}, nullptr, codec);
    side.link.send_live(*message, LiveMessage::WsForm::data);
    CHECK(side.pipe->shared == message->ws_frame(LiveMessage::WsForm::data));
  }
  CHECK(codec->asked == 1);
}

TEST_CASE("a client masks all it sends, each frame anew", "[delivery][ws]") {
  const auto pipe = std::make_shared<Pipe>();
  Side owner;
  unsigned char next = 0;
  Link link(PipeWire(pipe), {}, [&next] { return protocol::WsMask{++next, 0, 0, 0}; });
  link.start(owner, "");
  link.send(WsOpcode::text, "a");
  link.send_shared(WsOpcode::text, share_bytes("a"));
  std::string expected;
  protocol::append_ws_frame(expected, WsOpcode::text, "a", WsPart::whole, protocol::WsMask{1, 0, 0, 0});
  protocol::append_ws_frame(expected, WsOpcode::text, "a", WsPart::whole, protocol::WsMask{2, 0, 0, 0});
  CHECK(pipe->take() == expected);
  std::string bytes = from_server(WsOpcode::text, "hello");
  pipe->events->on_bytes(bytes);
  CHECK(owner.log == "text(hello)");
}

namespace {

std::string part_of(WsOpcode opcode, std::string_view payload, WsPart part) {
  std::string out;
  protocol::append_ws_frame(out, opcode, payload, part, peer_mask);
  return out;
}

}  // namespace

TEST_CASE("messages come in parts to who asked for them, pings between are answered", "[delivery][ws][parts]") {
  Side side({10, 1});
  side.link.give_parts({});
  side.receive(part_of(WsOpcode::binary, "one", WsPart::first) + from_client(WsOpcode::ping, "p") +
               part_of(WsOpcode::binary, "two", WsPart::middle));
  CHECK(side.log == "binary<one binary-two ");
  CHECK(side.pipe->take() == from_server(WsOpcode::pong, "p"));
  CHECK(side.link.held_bytes() == 0);
  side.receive(part_of(WsOpcode::binary, "", WsPart::last) + from_client(WsOpcode::text, "whole"));
  CHECK(side.log == "binary<one binary-two binary> text(whole)");
  side.log.clear();
  side.receive(part_of(WsOpcode::text, "a\xFF", WsPart::first));
  CHECK(side.log == "text<a closing ");
  CHECK(side.last.code == CloseCode::abnormal);
}

TEST_CASE("each part tells that the message goes on", "[delivery][ws][parts]") {
  Side side;
  side.link.give_parts({});
  const std::string first = part_of(WsOpcode::binary, std::string(300, 'x'), WsPart::first);
  side.receive(first.substr(0, 100));
  CHECK(side.parts == "+");
  side.receive(first.substr(100, 100));
  CHECK(side.parts == "++");
  // A control frame is no part.
  side.receive(first.substr(200));
  side.receive(from_client(WsOpcode::pong, ""));
  CHECK(side.parts == "+++");
  side.receive(part_of(WsOpcode::binary, "", WsPart::last));
  CHECK(side.parts == "+++-");
}

TEST_CASE("who holds the input in an event hears nothing more until it lets go", "[delivery][ws][parts]") {
  Side side;
  const bool in_parts = GENERATE(false, true);
  if (in_parts) side.link.give_parts({});
  const std::string rest = from_client(WsOpcode::text, "after") + from_client(WsOpcode::ping, "p");
  side.receive(from_client(WsOpcode::text, "hold") + rest);
  CHECK(side.log == "text(hold)");
  CHECK(side.pipe->held);
  CHECK(side.pipe->written.empty());
  REQUIRE(side.pipe->put_back);
  CHECK(*side.pipe->put_back == rest);
  side.link.hold_input(false);
  CHECK(side.log == "text(hold)");
  side.receive(*side.pipe->put_back);
  CHECK(side.log == "text(hold)text(after)");
  CHECK(side.pipe->take() == from_server(WsOpcode::pong, "p"));
}

TEST_CASE("a fault that is owed comes once the input is let go, though nothing comes", "[delivery][ws][parts]") {
  Side side;
  side.link.give_parts({});
  side.receive(part_of(WsOpcode::text, "hold\xFF", WsPart::first));
  CHECK(side.log == "text<hold ");
  REQUIRE(side.pipe->put_back);
  CHECK(side.pipe->put_back->empty());
  side.link.hold_input(false);
  side.receive("");
  CHECK(side.log == "text<hold closing ");
}

TEST_CASE("a message in parts goes out frame by frame, masked by a client", "[delivery][ws][parts]") {
  Side side;
  CHECK(side.link.send_part(WsOpcode::text, WsPart::first, share_bytes("a")) == Sent::ok);
  CHECK(side.link.ping("p") == Sent::ok);
  CHECK(side.link.send_part(WsOpcode::text, WsPart::middle, share_bytes("b")) == Sent::ok);
  CHECK(side.link.send_part(WsOpcode::text, WsPart::last, share_bytes("")) == Sent::ok);
  CHECK(side.pipe->take() ==
        "\x01\x01"
        "a"
        "\x89\x01p"
        "\x00\x01"
        "b"
        "\x80\x00"s);
  const auto pipe = std::make_shared<Pipe>();
  Link client(PipeWire(pipe), {}, [] { return peer_mask; });
  CHECK(client.send_part(WsOpcode::text, WsPart::first, share_bytes("a")) == Sent::ok);
  CHECK(pipe->written == part_of(WsOpcode::text, "a", WsPart::first));
  side.link.close(CloseCode::normal, "");
  CHECK(side.link.send_part(WsOpcode::text, WsPart::first, share_bytes("a")) == Sent::gone);
}
