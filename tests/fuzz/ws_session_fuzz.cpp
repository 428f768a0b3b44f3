// SPDX-License-Identifier: BSL-1.0

// A raw session over a byte stream whose n-th operation fails: whatever the peer sends and whenever it does, the
// application hears of one end, each send completes once, all ends in time, and what goes out are frames in order.

#include <tidings/delivery/stream_bytes.hpp>
#include <tidings/delivery/ws_link.hpp>

#include "ws_session_world.hpp"

#include <memory>
#include <optional>

namespace {

using namespace fuzz;

constexpr std::string_view head = "HEAD";

/// What both ends of the connection share.
struct Wire {
  std::span<char> buffer{};
  Completion<std::size_t> reading{};
  WriteDone writing{};
  std::string inbound{};
  std::string outbound{};
  int until_failure = 0;
  bool at_once = false;
  bool eof = false;
  bool shut = false;
  bool gone = false;

  bool fails() { return until_failure > 0 && --until_failure == 0; }
  // A completion may begin the next operation.
  void complete_read(std::error_code ec, std::size_t count) {
    Completion<std::size_t> done = std::move(reading);
    reading = {};
    if (done) done(ec, count);
  }
  void complete_write(std::error_code ec) {
    WriteDone done = std::move(writing);
    writing = {};
    if (done) done(ec);
  }
  void give() {
    if (!reading) return;
    const std::size_t count = std::min(buffer.size(), inbound.size());
    if (count == 0 && !eof) return;
    std::copy_n(inbound.begin(), count, buffer.begin());
    inbound.erase(0, count);
    complete_read({}, count);
  }
  void end() {
    if (std::exchange(gone, true)) return;
    complete_read(std::make_error_code(std::errc::operation_canceled), 0);
    complete_write(std::make_error_code(std::errc::operation_canceled));
  }
};

class FuzzedStream {
 public:
  static constexpr Capabilities capabilities{};

  explicit FuzzedStream(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  FuzzedStream(FuzzedStream&&) noexcept = default;
  FuzzedStream& operator=(FuzzedStream&&) = delete;
  ~FuzzedStream() {
    if (wire_) wire_->end();
  }

  void read_some(std::span<char> buffer, Completion<std::size_t> done) {
    require(!wire_->reading && !buffer.empty() && !wire_->gone);
    if (wire_->fails()) return done(std::make_error_code(std::errc::connection_reset), 0);
    wire_->buffer = buffer;
    wire_->reading = std::move(done);
    if (wire_->at_once) wire_->give();
  }
  void write(SharedBytes bytes, WriteDone done) {
    require(!wire_->writing && !wire_->shut && !wire_->gone && !bytes->empty());
    if (wire_->fails()) return done(std::make_error_code(std::errc::broken_pipe));
    wire_->outbound += *bytes;
    wire_->writing = std::move(done);
    if (wire_->at_once) wire_->complete_write({});
  }
  void shut() {
    require(!wire_->writing && !wire_->gone);
    wire_->shut = true;
  }
  void abort() { wire_->end(); }
  std::string prefetched() { return std::exchange(wire_->inbound, {}); }

 private:
  std::shared_ptr<Wire> wire_;
};

static_assert(ByteStream<FuzzedStream>);

class BytePeer final : public Peer {
 public:
  explicit BytePeer(Input& input) {
    const std::uint8_t features = input.byte();
    wire_->at_once = (features & 1U) != 0;
    wire_->until_failure = features >> 2U;
    if ((features & 2U) != 0) wire_->inbound = frame(input);
  }

  std::unique_ptr<delivery::AnyWsLink> make_link(const std::shared_ptr<FakeLoop>& loop,
                                                 protocol::WsLimits limits) override {
    using Bytes = delivery::StreamBytes<FuzzedStream>;
    return delivery::make_any_ws_link(delivery::WsLink<Bytes>(Bytes(loop, FuzzedStream(wire_)), limits),
                                      [](auto& link, delivery::WsLinkEvents& events) { link.start(events, head); });
  }
  void act(Input& input) override {
    const std::uint8_t choice = input.byte();
    switch (choice % 8) {
      case 0: wire_->inbound += input.text(choice / 8U); break;
      case 1: wire_->inbound += answer(); break;
      case 2: wire_->complete_write({}); return;
      case 3: wire_->eof = wire_->eof || choice >= 0xC0; break;
      case 4: wire_->complete_read(std::make_error_code(std::errc::connection_reset), 0); return;
      case 5: return;
      default: wire_->inbound += frame(input); break;
    }
    if (choice < 0xF0) wire_->give();
  }
  bool has(const std::string& message) const override { return wire_->outbound.find(message) != std::string::npos; }
  void check() const override {
    require(!wire_->reading && !wire_->writing);
    std::string bytes = wire_->outbound;
    if (bytes.empty()) return;
    require(bytes.starts_with(head));
    InOrder order;
    protocol::WsReader reader(protocol::WsRole::client);
    // So that a close in the midst of a message stands alone too.
    reader.give_parts({});
    std::string message;
    bool behind_part = false;
    std::span<char> input = std::span(bytes).subspan(head.size());
    for (;;) {
      const std::size_t before = input.size();
      const protocol::WsEvent event = reader.read(input);
      using Kind = protocol::WsEvent::Kind;
      require(event.kind != Kind::fault);
      if (event.kind == Kind::need_more) return;
      const bool control = event.kind == Kind::ping || event.kind == Kind::pong || event.kind == Kind::close;
      if (!control) message += event.data;
      const bool whole = event.part == protocol::WsPart::whole || event.part == protocol::WsPart::last;
      if (!control && whole) order.take(std::exchange(message, {}));
      // The close is the last of its side: no byte stands behind it.
      // Its head is read with the part before it.
      if (event.kind == Kind::close) return require(before == (behind_part ? 0 : 2) + close_bytes(event));
      behind_part = !control && !whole;
    }
  }

 private:
  static std::size_t close_bytes(const protocol::WsEvent& event) {
    return protocol::encode_close(event.code, event.data).size();
  }
  static std::string frame(Input& input) {
    static constexpr protocol::WsMask mask{1, 2, 3, 4};
    static constexpr protocol::WsOpcode opcodes[] = {protocol::WsOpcode::text, protocol::WsOpcode::binary,
                                                     protocol::WsOpcode::ping, protocol::WsOpcode::pong,
                                                     protocol::WsOpcode::close};
    const std::uint8_t choice = input.byte();
    const protocol::WsOpcode opcode = opcodes[choice % 5];
    const bool control = is_control(opcode);
    std::string payload = input.text(control ? choice % 32 : choice);
    if (opcode == protocol::WsOpcode::close && choice < 0x80) payload = "\x03\xE8" + payload;
    std::string out;
    protocol::append_ws_frame(out, opcode, payload,
                              control ? protocol::WsPart::whole : static_cast<protocol::WsPart>(choice / 5 % 4), mask);
    return out;
  }
  // A pong to the last ping.
  std::string answer() const {
    const std::size_t at = wire_->outbound.rfind('\x89');
    if (at == std::string::npos || at + 2 > wire_->outbound.size()) return {};
    std::string out;
    protocol::append_ws_frame(out, protocol::WsOpcode::pong, wire_->outbound.substr(at + 2, 16),
                              protocol::WsPart::whole, protocol::WsMask{9, 9, 9, 9});
    return out;
  }

  std::shared_ptr<Wire> wire_ = std::make_shared<Wire>();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input({bytes, size});
  BytePeer peer(input);
  World(input, peer).run();
  return 0;
}
