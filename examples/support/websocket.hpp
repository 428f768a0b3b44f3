// SPDX-License-Identifier: BSL-1.0
//
// The other end of the examples: a small blocking WebSocket client, as a browser's WebSocket would be.

#ifndef TIDINGS_EXAMPLES_SUPPORT_WEBSOCKET_HPP
#define TIDINGS_EXAMPLES_SUPPORT_WEBSOCKET_HPP

#include <tidings/close_code.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/protocol/ws/reader.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <unistd.h>

#include <cstdint>
#include <deque>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace example {

class WebSocket {
 public:
  using Opcode = tidings::protocol::WsOpcode;

  /// @param subprotocols  As in the header; empty = none.
  WebSocket(std::uint16_t port, const std::string& path, const std::string& subprotocols)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("cannot connect");
    write("GET " + path +
          " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
          (subprotocols.empty() ? "" : "Sec-WebSocket-Protocol: " + subprotocols + "\r\n") + "\r\n");
    std::string head;
    while (!head.ends_with("\r\n\r\n")) head += read(1);
    if (!head.starts_with("HTTP/1.1 101")) fail(head);
  }
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;
  ~WebSocket() { ::close(socket_); }

  void send(std::string_view data, Opcode kind = Opcode::text,
            tidings::protocol::WsPart part = tidings::protocol::WsPart::whole) {
    std::string frame;
    tidings::protocol::append_ws_frame(frame, kind, data, part, tidings::protocol::WsMask{1, 2, 3, 4});
    write(frame);
  }
  /// The next message.
  std::string next() {
    while (messages_.empty()) take(read(65536));
    std::string first = std::move(messages_.front());
    messages_.pop_front();
    return first;
  }
  void close(tidings::CloseCode code, std::string_view reason = {}) {
    send(tidings::protocol::encode_close(code, reason), Opcode::close);
    // The server ends its side.
    char rest[256];
    while (::recv(socket_, rest, sizeof rest, 0) > 0) {
    }
    ::shutdown(socket_, SHUT_RDWR);
  }

 private:
  using Kind = tidings::protocol::WsEvent::Kind;

  [[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) fail("the server is gone");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  std::string read(std::size_t most) {
    std::string bytes(most, '\0');
    const ssize_t count = ::recv(socket_, bytes.data(), most, 0);
    if (count <= 0) fail("the server has closed");
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }
  void take(std::string bytes) {
    std::span<char> input(bytes);
    for (auto event = reader_.read(input); event.kind != Kind::need_more; event = reader_.read(input)) {
      if (event.kind == Kind::ping) send(event.data, Opcode::pong);
      if (event.kind == Kind::text || event.kind == Kind::binary) messages_.emplace_back(event.data);
      if (event.kind == Kind::close || event.kind == Kind::fault) fail("the server has closed");
    }
  }

  int socket_;
  tidings::protocol::WsReader reader_{tidings::protocol::WsRole::client};
  std::deque<std::string> messages_;
};

}  // namespace example

#endif  // TIDINGS_EXAMPLES_SUPPORT_WEBSOCKET_HPP
