// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_WS_CLIENT_CORE_HPP
#define TIDINGS_NET_CLIENT_WS_CLIENT_CORE_HPP

#include <tidings/client/commands.hpp>
#include <tidings/delivery/heartbeat.hpp>
#include <tidings/net/client/client_core.hpp>
#include <tidings/net/client/mask_source.hpp>
#include <tidings/protocol/ws/client_handshake.hpp>
#include <tidings/protocol/ws/closing.hpp>
#include <tidings/protocol/ws/message_codec.hpp>
#include <tidings/protocol/ws/reader.hpp>
#include <tidings/ws_message.hpp>

#include TIDINGS_ASIO_HEADER(steady_timer.hpp)

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// A client over a WebSocket: the handshake, frames, `tidings.v1`.
///
/// Thread  as ClientCore.
class WsClientCore : public ClientCore {
 public:
  WsClientCore(const net::any_io_executor& executor, std::string_view url, ClientOptions options)
      : ClientCore(executor, url, std::move(options)), deadline_(strand_), watch_(strand_) {}

  // ---- any thread ----

  void send(WsMessage message, Completion<> done);
  void subscribe(std::vector<std::string> topics, Completion<> done);
  void unsubscribe(std::vector<std::string> topics, Completion<> done);

 private:
  struct Asked {
    Answer answer;
    net::steady_timer timer;
  };
  struct Outgoing {
    std::string bytes;
    Completion<> done;
    bool close = false;
  };
  /// Of one connection; whatever comes of an earlier one finds that it is over.
  struct Link {
    std::shared_ptr<Duplex> duplex;
    protocol::WsClientHandshake handshake;
    protocol::WsReader reader;
    protocol::WsClosing closing{protocol::WsRole::client};
    delivery::Heartbeat heartbeat;
    std::vector<char> buffer = std::vector<char>(16 * 1024);
    std::span<char> rest{};
    std::deque<Outgoing> queue{};
    std::string out{};
    std::size_t queued_bytes = 0;
    std::optional<std::chrono::milliseconds> retry{};
    std::string bye{};
    /// What the handshake has asked for.
    std::vector<std::string> named{};
    /// RFC 6455 5.5.3: the answer to the last ping does for all before it.
    std::optional<std::string> pong{};
    bool renewing = false;
    bool shaken = false;
    bool greeted = false;
    bool reading = false;
    bool writing = false;
    bool over = false;
  };
  using Event = protocol::WsEvent;

  void on_link(std::shared_ptr<Duplex> duplex) override;
  void drop_link() override;
  void say_goodbye(CloseCode code, const std::string& reason) override;
  void say_ack(const std::string& cursor) override { put(protocol::WsOpcode::text, client::encode_ack(cursor)); }
  void on_room() override {
    post([this] { pump(); });
  }

  protocol::WsRequest request() const;
  void read_more();
  void pump();
  bool shake();
  std::error_code agree();
  protocol::WsReader reader(std::shared_ptr<protocol::WsMessageCodec> codec) const;
  void refused();
  bool on_event(const Event& event);
  void on_text(std::string_view text);
  void on_envelope(client::ServerEnvelope& envelope);
  void on_answer(client::ServerEnvelope& envelope);
  void on_renew();
  void act(protocol::WsClosing::Action action);
  void put(protocol::WsOpcode opcode, std::string_view payload, Completion<> done = {});
  void flush();
  void on_written(std::size_t count, std::error_code ec);
  void watch(delivery::Heartbeat::Action action);
  void lost(std::error_code why);
  bool crowded() const override { return link_ && link_->queued_bytes > options_.max_queue_bytes; }
  bool speaks() const { return link_ && link_->shaken && !link_->closing.closing() && state_ == ClientState::open; }
  void command(UniqueFunction<std::string(std::string_view ref)> make, Answer answer) override;
  void say_subscribe(std::vector<std::string> topics, Completion<> done);
  void say_unsubscribe(std::vector<std::string> topics, Completion<> done);
  void catch_up_topics();
  void forget_left(const std::vector<std::string>& topics);

  net::steady_timer deadline_;
  net::steady_timer watch_;
  MaskSource masks_;
  std::shared_ptr<Link> link_;
  std::map<std::string, Asked> asked_;
  std::uint64_t last_ref_ = 0;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#include <tidings/net/client/impl/ws_client_commands.hpp>
#include <tidings/net/client/impl/ws_client_core.hpp>

#endif  // TIDINGS_NET_CLIENT_WS_CLIENT_CORE_HPP
