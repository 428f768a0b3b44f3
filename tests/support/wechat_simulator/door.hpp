// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_DOOR_HPP
#define TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_DOOR_HPP

#include <tidings/net/client/tcp.hpp>

#include "support/wechat_simulator/session.hpp"
#include "support/wechat_simulator/shell.hpp"

#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(ssl.hpp)

#include <cstdint>

namespace wechat_simulator {

/// A port of the loopback interface that can be closed and opened again.
class Door {
 public:
  /// @param port  0 = any.
  /// @param tls   Null = plain HTTP.
  Door(tidings::net::io_context& context, Shell& shell, Side side, std::uint16_t port,
       tidings::net::ssl::context* tls = nullptr);

  std::uint16_t port() const { return endpoint_.port(); }
  void set_open(bool open);

 private:
  using Tcp = tidings::net::ip::tcp;

  void open();
  void accept();
  void receive(Tcp::socket socket);

  tidings::net::io_context& context_;
  Shell& shell_;
  Side side_;
  tidings::net::ssl::context* tls_;
  Tcp::endpoint endpoint_;
  Tcp::acceptor acceptor_;
};

}  // namespace wechat_simulator

#endif  // TIDINGS_TESTS_SUPPORT_WECHAT_SIMULATOR_DOOR_HPP
