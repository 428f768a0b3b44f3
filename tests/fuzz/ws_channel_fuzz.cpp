// SPDX-License-Identifier: BSL-1.0

// A raw session over a server's own WebSocket, whose n-th send fails: one end, each send completes once, all ends in
// time, and the server is asked in an order that it may rely on.

#include <tidings/delivery/channel_link.hpp>

#include "ws_session_world.hpp"

#include <memory>

namespace {

using namespace fuzz;

/// What the server and the session share.
struct Socket {
  std::shared_ptr<MessageChannelEvents> events{};
  WriteDone sending{};
  std::vector<std::string> sent{};
  std::string last_ping{};
  int until_failure = 0;
  bool at_once = false;
  bool accepted = false;
  bool open = false;
  bool says_close = false;
  bool gone = false;

  void complete(std::error_code ec) {
    WriteDone done = std::move(sending);
    sending = {};
    if (done) done(ec);
  }
  void tell_end(CloseCode code) {
    if (!events) return;
    const auto last = std::move(events);
    events = nullptr;
    complete(make_error_code(errc::closed));
    last->on_closed(code, "reason");
  }
};

class FuzzedChannel {
 public:
  static constexpr Capabilities capabilities{.ws_ping = true, .ws_pong = true};

  explicit FuzzedChannel(std::shared_ptr<Socket> socket) : socket_(std::move(socket)) {}
  FuzzedChannel(FuzzedChannel&&) noexcept = default;
  FuzzedChannel& operator=(FuzzedChannel&&) = delete;
  ~FuzzedChannel() {
    if (socket_) abort();
  }

  void accept(std::string, std::vector<Header>, std::shared_ptr<MessageChannelEvents> events) {
    require(!std::exchange(socket_->accepted, true));
    socket_->events = std::move(events);
  }
  void respond(ResponseHead, SharedBytes) { require(!std::exchange(socket_->accepted, true)); }
  void send(PayloadKind, SharedBytes bytes, WriteDone done) {
    require(socket_->open && !socket_->sending && !socket_->says_close && !socket_->gone);
    if (socket_->until_failure > 0 && --socket_->until_failure == 0) {
      return done(std::make_error_code(std::errc::broken_pipe));
    }
    socket_->sent.push_back(*bytes);
    socket_->sending = std::move(done);
    if (socket_->at_once) socket_->complete({});
  }
  void ping(std::string_view payload) {
    require(socket_->open && !socket_->says_close && payload.size() <= 125);
    socket_->last_ping = payload;
  }
  void close(CloseCode code, std::string_view) {
    require(socket_->open && !std::exchange(socket_->says_close, true) && may_be_sent(code));
  }
  void abort() {
    if (std::exchange(socket_->gone, true)) return;
    socket_->complete(make_error_code(errc::closed));
  }

 private:
  std::shared_ptr<Socket> socket_;
};

static_assert(MessageChannel<FuzzedChannel>);

class ServerPeer final : public Peer {
 public:
  explicit ServerPeer(Input& input) {
    const std::uint8_t features = input.byte();
    socket_->at_once = (features & 1U) != 0;
    socket_->until_failure = features >> 4U;
  }

  std::unique_ptr<delivery::AnyWsLink> make_link(const std::shared_ptr<FakeLoop>& loop,
                                                 protocol::WsLimits limits) override {
    return delivery::make_any_ws_link(
        delivery::ChannelLink<FuzzedChannel>(loop, FuzzedChannel(socket_), limits.max_message_bytes),
        [](auto& link, delivery::WsLinkEvents& events) { link.start(events, "", {}); });
  }
  void act(Input& input) override {
    const std::uint8_t choice = input.byte();
    if (!socket_->events) return;
    if (!socket_->open) {
      if (choice % 8 != 0) return begin(choice);
      return;
    }
    switch (choice % 8) {
      case 0: socket_->events->on_message(PayloadKind::text, input.text(choice / 8U)); break;
      case 1: socket_->events->on_message(PayloadKind::binary, std::string(choice, 'x')); break;
      case 2: socket_->events->on_pong(choice >= 0x80 ? socket_->last_ping : input.text(8)); break;
      case 3: socket_->events->on_traffic(); break;
      case 4: socket_->complete({}); break;
      case 5:
        if (choice >= 0xE0) socket_->complete(std::make_error_code(std::errc::connection_reset));
        break;
      case 6: end(choice); break;
      default: socket_->complete({}); break;
    }
  }
  bool has(const std::string& message) const override {
    return std::find(socket_->sent.begin(), socket_->sent.end(), message) != socket_->sent.end();
  }
  void check() const override {
    require(!socket_->sending && socket_->gone);
    InOrder order;
    for (const std::string& each : socket_->sent) order.take(each);
  }

 private:
  void begin(std::uint8_t choice) {
    if (choice >= 0xF0) {
      const auto last = std::exchange(socket_->events, nullptr);
      last->on_open(std::make_error_code(std::errc::connection_aborted));
      return;
    }
    socket_->open = true;
    socket_->events->on_open({});
  }
  void end(std::uint8_t choice) {
    static constexpr CloseCode codes[] = {CloseCode::normal, CloseCode::abnormal, CloseCode::no_status,
                                          CloseCode{4999}};
    // As an answer to ours, or of the peer's own.
    if (socket_->says_close || choice >= 0xA0) socket_->tell_end(codes[choice / 8 % 4]);
  }

  std::shared_ptr<Socket> socket_ = std::make_shared<Socket>();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input({bytes, size});
  ServerPeer peer(input);
  World(input, peer).run();
  return 0;
}
