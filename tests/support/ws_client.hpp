// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WS_CLIENT_HPP
#define TIDINGS_TESTS_SUPPORT_WS_CLIENT_HPP

#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/protocol/ws/reader.hpp>

#include "support/raw_client.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

/// A WebSocket client over a raw connection, for what no real client does: frames as the test wants them, pongs only when
/// it says so. Every call waits at most `failure_limit` and throws when what was asked for does not come.
class WsClient {
 public:
  using Opcode = tidings::protocol::WsOpcode;
  using Part = tidings::protocol::WsPart;
  using Kind = tidings::protocol::WsEvent::Kind;

  /// A frame as it was received: control frames, or a whole message.
  struct Got {
    Kind kind = Kind::need_more;
    std::string data;
    std::uint16_t code = 0;
  };

  static constexpr tidings::protocol::WsMask mask{0x37, 0xFA, 0x21, 0x3D};

  static std::string handshake(std::string_view target, std::string_view headers = {},
                               std::string_view subprotocol = "tidings.v1") {
    std::string text = "GET ";
    text.append(target).append(
        " HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    if (!subprotocol.empty()) text.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
    return text.append(headers).append("\r\n");
  }
  static std::string frame(Opcode opcode, std::string_view payload, Part part = Part::whole) {
    std::string out;
    tidings::protocol::append_ws_frame(out, opcode, payload, part, mask);
    return out;
  }

  /// Connects and shakes hands; throws with the answer unless it is 101.
  WsClient(std::uint16_t port, std::string_view target, std::string_view headers = {},
           std::string_view subprotocol = "tidings.v1", int receive_buffer = 0)
      : raw(port, receive_buffer) {
    raw.send(handshake(target, headers, subprotocol));
    head = raw.read_until("\r\n\r\n");
    if (!head.starts_with("HTTP/1.1 101 ")) throw std::runtime_error("refused: " + head);
  }

  void send(std::string_view text) { raw.send(frame(Opcode::text, text)); }
  void send_binary(std::string_view bytes) { raw.send(frame(Opcode::binary, bytes)); }
  void pong(std::string_view payload) { raw.send(frame(Opcode::pong, payload)); }
  void close(tidings::CloseCode code, std::string_view reason = {}) {
    raw.send(frame(Opcode::close, tidings::protocol::encode_close(code, reason)));
  }

  /// The next frame of any kind. Pings are answered unless `silent`.
  Got next() {
    while (got_.empty()) read_more();
    Got first = std::move(got_.front());
    got_.pop_front();
    return first;
  }
  /// The next but pings.
  Got next_but_pings() {
    for (;;) {
      Got got = next();
      if (got.kind != Kind::ping) return got;
    }
  }
  /// The next message; pings and pongs between are passed over.
  std::string message() {
    for (;;) {
      Got got = next();
      if (got.kind == Kind::text || got.kind == Kind::binary) return std::move(got.data);
      if (got.kind == Kind::close) throw std::runtime_error("closed: " + std::to_string(got.code) + " " + got.data);
    }
  }
  nlohmann::json envelope() { return nlohmann::json::parse(message()); }
  /// The next envelope with this member; others are passed over.
  nlohmann::json envelope_with(const std::string& member) {
    for (;;) {
      nlohmann::json got = envelope();
      if (got.contains(member)) return got;
    }
  }
  /// The close frame, whatever comes before it.
  Got closing() {
    for (;;) {
      Got got = next();
      if (got.kind == Kind::close) return got;
    }
  }

  RawClient raw;
  std::string head;
  bool silent = false;

 private:
  void read_more() {
    std::string bytes = raw.read_exactly(1);
    bytes += raw.read_now();
    std::span<char> input(bytes);
    for (;;) {
      const tidings::protocol::WsEvent event = reader_.read(input);
      if (event.kind == Kind::need_more) return;
      if (event.kind == Kind::fault) throw std::runtime_error("the server broke a rule: " + event.error.message());
      got_.push_back({event.kind, std::string(event.data), static_cast<std::uint16_t>(event.code)});
      if (event.kind == Kind::ping && !silent) pong(got_.back().data);
    }
  }

  tidings::protocol::WsReader reader_{tidings::protocol::WsRole::client, {16 * 1024 * 1024, 1 << 20}};
  std::deque<Got> got_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_WS_CLIENT_HPP
