// SPDX-License-Identifier: BSL-1.0

// A whole client over a connection that says anything, in pieces, fails, and ends: nothing comes twice, every handler is
// called, and the end comes. With the component deflate also one that compresses.

#include <tidings/net/client/sse_client_core.hpp>
#include <tidings/net/client/ws_client_core.hpp>
#ifdef WITH_DEFLATE
#include <tidings/deflate.hpp>
#endif

#include TIDINGS_ASIO_HEADER(io_context.hpp)

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace tidings;
using fuzz::require;

/// Gives what it has in pieces, behind the answer to a handshake; then it ends.
class FakeDuplex final : public io::Duplex, public std::enable_shared_from_this<FakeDuplex> {
 public:
  FakeDuplex(net::any_io_executor executor, std::string_view script, std::size_t piece, bool shakes)
      : executor_(std::move(executor)), script_(script), piece_(piece), shakes_(shakes) {}

  void open(const std::string&, Done done) override { done({}, 0); }
  void read_some(std::span<char> into, Done done) override {
    require(!reading_);
    reading_ = true;
    read_ = std::move(done);
    into_ = into;
    give();
  }
  void write(std::string_view bytes, Done done) override {
    require(!writing_);
    writing_ = true;
    const std::string_view key = "Sec-WebSocket-Key: ";
    if (const std::size_t at = bytes.find(key); shakes_ && at != std::string_view::npos) {
      const std::string value(bytes.substr(at + key.size(), 24));
      const bool ours = bytes.find("tidings.v1") != std::string_view::npos;
      const bool deflates = bytes.find("permessage-deflate") != std::string_view::npos;
      script_.insert(0, "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                            protocol::ws_accept_key(value) +
                            (deflates ? "\r\nSec-WebSocket-Extensions: permessage-deflate" : "") +
                            (ours ? "\r\nSec-WebSocket-Protocol: tidings.v1\r\n\r\n" : "\r\n\r\n"));
    }
    asked_ = true;
    net::post(executor_, [self = shared_from_this(), size = bytes.size(), done = std::move(done)]() mutable {
      self->writing_ = false;
      done({}, size);
    });
    give();
  }
  void finish() override {}
  void close() override { script_.clear(); }

 private:
  void give() {
    if (!asked_ || !read_) return;
    net::post(executor_, [self = shared_from_this(), done = std::exchange(read_, nullptr)]() mutable {
      const std::size_t size = std::min({self->piece_, self->script_.size(), self->into_.size()});
      std::memcpy(self->into_.data(), self->script_.data(), size);
      self->script_.erase(0, size);
      self->reading_ = false;
      done({}, size);
    });
  }

  net::any_io_executor executor_;
  std::string script_;
  std::size_t piece_;
  bool shakes_;
  Done read_;
  std::span<char> into_;
  bool asked_ = false;
  bool reading_ = false;
  bool writing_ = false;
};

/// A client whose only connection is that one.
template <class Core>
class Fuzzed final : public Core {
 public:
  Fuzzed(net::io_context& context, ClientOptions options, std::string_view script, std::size_t piece, bool shakes)
      : Core(context.get_executor(), "ws://a.example/push", std::move(options)),
        link_(std::make_shared<FakeDuplex>(Core::home().executor, script, piece, shakes)) {}

 private:
  void dial(io::Dial::Done done, std::shared_ptr<io::Dial>&) override {
    if (link_) {
      done({}, {std::exchange(link_, nullptr)});
    } else {
      done(errc::peer_gone, {});
    }
  }

  std::shared_ptr<FakeDuplex> link_;
};

// Remembers in both directions, so that the server need say nothing of it.
std::shared_ptr<const WsCompression> compression() {
#ifdef WITH_DEFLATE
  static const auto deflate = make_deflate({.threshold = 0, .send_takeover = true, .receive_takeover = true});
  return deflate;
#else
  return nullptr;
#endif
}

template <class Core>
void run(std::string_view script, std::size_t piece, bool raw, bool shakes, bool deflates) {
  std::map<std::uint64_t, Position> last;
  bool told = false;
  bool closed = false;
  net::io_context context(1);
  ClientOptions options;
  options.raw = raw;
  options.reconnect = false;
  options.max_message_bytes = 4096;
  if (deflates) options.compression = compression();
  options.on_received = [&](const Received& received) {
    require(received.data.size() <= 4096);
    if (raw) return;
    protocol::PositionToken token;
    require(protocol::read_token(received.at, token));
    Position& before = last[token.tag];
    const bool gap = received.kind == Received::Kind::gap;
    require(gap || token.position.epoch != before.epoch || token.position.offset > before.offset);
    before = token.position;
  };
  options.on_state = [&](const ClientStatus& status) {
    require(!closed);
    closed = status.state == ClientState::closed;
  };
  const auto core = std::make_shared<Fuzzed<Core>>(context, std::move(options), script, piece, shakes);
  core->connect([&](std::error_code) { told = true; });
  context.poll();
  core->close(CloseCode::normal, {});
  context.poll();
  // A close frame may have left, to which no answer comes.
  core->leave();
  context.poll();
  static_cast<void>(told);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view script(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  const std::size_t piece = bytes[1] == 0 ? size : bytes[1];
  const bool raw = (bytes[0] & 1U) != 0;
  const bool shakes = (bytes[0] & 4U) == 0;
  if ((bytes[0] & 2U) == 0) {
    run<io::WsClientCore>(script, piece, raw, shakes, (bytes[0] & 8U) != 0);
  } else {
    run<io::SseClientCore>(script, piece, raw, false, false);
  }
  return 0;
}
