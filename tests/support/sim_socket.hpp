// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_SIM_SOCKET_HPP
#define TIDINGS_TESTS_SUPPORT_SIM_SOCKET_HPP

#include <tidings/delivery/byte_wire.hpp>
#include <tidings/error.hpp>

#include "support/sim_world.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// A simulated connection with bytes both ways: the client takes what it likes, the server is blocked beyond the
/// capacity.
struct SimSocket {
  std::shared_ptr<SimLoop> loop;
  std::size_t capacity = 1000;
  std::string to_client;
  std::string to_server;
  bool blocked = false;
  bool held = false;
  /// The client went away; the server has not noticed yet.
  bool cut = false;
  bool noticed = false;
  /// The server ended its side, or dropped the connection.
  bool shut = false;
  bool aborted = false;
  bool client_ended = false;
  tidings::delivery::ByteWireEvents* events = nullptr;

  using Ptr = std::shared_ptr<SimSocket>;

  /// The client takes up to so many bytes.
  static std::string take(const Ptr& socket, std::size_t most) {
    std::string bytes = socket->to_client.substr(0, most);
    socket->to_client.erase(0, bytes.size());
    if (socket->blocked && socket->to_client.size() <= socket->capacity) {
      socket->blocked = false;
      socket->loop->post([socket] {
        if (socket->events != nullptr) socket->events->on_writable();
      });
    }
    return bytes;
  }

  /// The client says something; the server reads it some time later.
  static void say(const Ptr& socket, std::string_view bytes) {
    socket->to_server.append(bytes);
    if (socket->loop) socket->loop->post([socket] { give(socket); });
  }
  /// The client ends its side.
  static void end(const Ptr& socket) {
    socket->client_ended = true;
    if (socket->loop) socket->loop->post([socket] { give(socket); });
  }
  /// The server notices that the client is gone.
  static void notice(const Ptr& socket) {
    socket->noticed = true;
    if (!socket->loop) return;
    socket->loop->post([socket] {
      if (socket->events != nullptr) socket->events->on_gone(tidings::errc::peer_gone);
    });
  }
  static void give(const Ptr& socket) {
    if (socket->cut || socket->held || socket->events == nullptr) return;
    std::string bytes = std::exchange(socket->to_server, {});
    if (!bytes.empty()) socket->events->on_bytes(bytes);
    if (socket->client_ended && socket->events != nullptr) socket->events->on_eof();
  }
};

/// The server's end of a SimSocket: a ByteWire.
class SimByteWire {
 public:
  explicit SimByteWire(SimSocket::Ptr socket) : socket_(std::move(socket)) {}
  SimByteWire(SimByteWire&&) noexcept = default;
  SimByteWire& operator=(SimByteWire&&) noexcept = default;
  ~SimByteWire() {
    if (socket_) abort();
  }

  void start(tidings::delivery::ByteWireEvents& events) {
    socket_->events = &events;
    if (socket_->noticed) SimSocket::notice(socket_);
    socket_->loop->post([socket = socket_] { SimSocket::give(socket); });
  }
  tidings::delivery::Sent write(std::string_view bytes) {
    if (socket_->cut) return tidings::delivery::Sent::ok;
    socket_->to_client.append(bytes);
    if (socket_->to_client.size() <= socket_->capacity) return tidings::delivery::Sent::ok;
    socket_->blocked = true;
    return tidings::delivery::Sent::blocked;
  }
  tidings::delivery::Sent write_parts(std::string_view head, std::string_view body) {
    std::string text(head);
    return write(text.append(body));
  }
  tidings::delivery::Sent write_shared(std::string_view head, const tidings::SharedBytes& bytes) {
    return write_parts(head, *bytes);
  }
  void shut() { socket_->shut = true; }
  void abort() {
    socket_->events = nullptr;
    socket_->aborted = true;
  }
  void hold_input(bool hold) {
    socket_->held = hold;
    if (!hold) socket_->loop->post([socket = socket_] { SimSocket::give(socket); });
  }
  void put_back(std::string_view bytes) { socket_->to_server.insert(0, bytes); }
  std::size_t pending_bytes() const {
    return socket_->to_client.size() > socket_->capacity ? socket_->to_client.size() - socket_->capacity : 0;
  }

 private:
  SimSocket::Ptr socket_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_SIM_SOCKET_HPP
