// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_CIVETWEB_CHANNEL_HPP
#define TIDINGS_ADAPTER_CIVETWEB_CHANNEL_HPP

#include <tidings/adapter/impl/civetweb_socket.hpp>
#include <tidings/concepts.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// A WebSocket at a civetweb server. Models MessageChannel; handshake and framing are civetweb's.
///
/// Thread  any.
class CivetwebChannel {
 public:
  static constexpr Capabilities capabilities{.late_answer = true,
                                             .gone_while_idle = true,
                                             .write_completion = true,
                                             .pins_thread = true,
                                             .finds_silent_peer = detail::CivetwebDescriptor::sees_gone,
                                             .ws_ping = true,
                                             .ws_pong = true};

  explicit CivetwebChannel(std::shared_ptr<detail::CivetwebSocket> socket) : socket_(std::move(socket)) {}
  CivetwebChannel(CivetwebChannel&&) noexcept = default;
  CivetwebChannel& operator=(CivetwebChannel&& other) noexcept {
    if (this != &other) {
      let_go();
      socket_ = std::move(other.socket_);
    }
    return *this;
  }
  ~CivetwebChannel() { let_go(); }

  /// `headers` are passed over: civetweb writes the whole answer.
  void accept(std::string subprotocol, const std::vector<Header>& /*headers*/,
              std::shared_ptr<MessageChannelEvents> events) {
    socket_->accept(std::move(subprotocol), std::move(events));
  }
  void respond(ResponseHead head, SharedBytes body) { socket_->respond(std::move(head), std::move(body)); }
  void send(PayloadKind kind, SharedBytes bytes, WriteDone done) {
    const bool text = kind == PayloadKind::text;
    socket_->send(text ? MG_WEBSOCKET_OPCODE_TEXT : MG_WEBSOCKET_OPCODE_BINARY, std::move(bytes), std::move(done));
  }
  void ping(std::string_view payload) {
    socket_->send(MG_WEBSOCKET_OPCODE_PING, share_bytes(std::string(payload)), {});
  }
  void close(CloseCode code, std::string_view reason) {
    socket_->send(MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE, share_bytes(protocol::encode_close(code, reason)), {});
  }
  void abort() { socket_->abort(); }

 private:
  void let_go() {
    if (!socket_) return;
    socket_->respond({503, {{"Retry-After", "1"}}}, share_bytes({}));
    socket_->abort();
  }

  std::shared_ptr<detail::CivetwebSocket> socket_;
};

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_CIVETWEB_CHANNEL_HPP
