// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CLIENTS_RAW_PEER_HPP
#define TIDINGS_TESTS_CLIENTS_RAW_PEER_HPP

#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/protocol/ws/handshake.hpp>

#include "support/raw_client.hpp"
#include "support/raw_server.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fixture {

/// The key of a client's handshake.
inline std::string key_of(const std::string& request) {
  const std::string name = "Sec-WebSocket-Key: ";
  const std::size_t begin = request.find(name) + name.size();
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

/// The answer that makes it a WebSocket.
///
/// @param headers  More of them, each with its line's end.
inline std::string switching(const std::string& request, std::string_view headers = {}) {
  std::string answer = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  return answer.append(tidings::protocol::ws_accept_key(key_of(request))).append("\r\n").append(headers).append("\r\n");
}

/// The next client of the server, once its handshake is answered; what it says next can be read.
inline support::RawClient shaken(support::RawServer& server, std::string_view headers = {}) {
  support::RawClient peer = server.next();
  peer.send(switching(peer.read_until("\r\n\r\n"), headers));
  return peer;
}

struct Frame {
  unsigned opcode;
  /// RSV1.
  bool deflated;
  std::string mask;
  std::string payload;
};

/// A client's next frame.
inline Frame next_frame(support::RawClient& peer) {
  const auto byte = [](char c) { return static_cast<unsigned>(static_cast<unsigned char>(c)); };
  const std::string head = peer.read_exactly(2);
  if ((byte(head[1]) & 0x80U) == 0) throw std::runtime_error("a client masks its frames");
  std::size_t size = byte(head[1]) & 0x7FU;
  if (size >= 126) {
    const std::string more = peer.read_exactly(size == 126 ? 2 : 8);
    size = 0;
    for (const char each : more) size = size << 8U | byte(each);
  }
  Frame frame{byte(head[0]) & 0x0FU, (byte(head[0]) & 0x40U) != 0, peer.read_exactly(4), {}};
  frame.payload = peer.read_exactly(size);
  for (std::size_t i = 0; i < size; ++i) frame.payload[i] = static_cast<char>(frame.payload[i] ^ frame.mask[i % 4]);
  return frame;
}

/// A server's frame.
inline std::string frame_of(tidings::protocol::WsOpcode opcode, std::string_view payload) {
  std::string bytes;
  tidings::protocol::append_ws_frame(bytes, opcode, payload, tidings::protocol::WsPart::whole);
  return bytes;
}

}  // namespace fixture

#endif  // TIDINGS_TESTS_CLIENTS_RAW_PEER_HPP
