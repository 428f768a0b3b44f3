// SPDX-License-Identifier: BSL-1.0

#include "support/wechat_simulator/door.hpp"

#include TIDINGS_ASIO_HEADER(co_spawn.hpp)
#include TIDINGS_ASIO_HEADER(detached.hpp)

#include <utility>

namespace wechat_simulator {

namespace net = tidings::net;
using tidings::net_error_code;

namespace {

using Tcp = net::ip::tcp;
using TlsStream = net::ssl::stream<Tcp::socket>;

net::awaitable<void> serve(Shell& shell, Tcp::socket socket, Side side) {
  Session<Tcp::socket> session(shell, std::move(socket), side);
  co_await session.run();
}

net::awaitable<void> serve_tls(Shell& shell, Tcp::socket socket, net::ssl::context& tls, Side side) {
  TlsStream stream(std::move(socket), tls);
  net_error_code ec;
  co_await stream.async_handshake(net::ssl::stream_base::server, net::redirect_error(net::use_awaitable, ec));
  if (ec) co_return;
  Session<TlsStream> session(shell, std::move(stream), side);
  co_await session.run();
}

}  // namespace

Door::Door(net::io_context& context, Shell& shell, Side side, std::uint16_t port, net::ssl::context* tls)
    : context_(context),
      shell_(shell),
      side_(side),
      tls_(tls),
      endpoint_(net::ip::address_v4::loopback(), port),
      acceptor_(context) {
  open();
}

void Door::set_open(bool open_now) {
  if (open_now == acceptor_.is_open()) return;
  if (open_now) {
    open();
  } else {
    acceptor_.close();
  }
}

void Door::open() {
  acceptor_.open(endpoint_.protocol());
  acceptor_.set_option(Tcp::acceptor::reuse_address(true));
  acceptor_.bind(endpoint_);
  acceptor_.listen();
  endpoint_ = acceptor_.local_endpoint();
  accept();
}

void Door::accept() {
  acceptor_.async_accept([this](net_error_code ec, Tcp::socket socket) {
    if (ec) return;
    receive(std::move(socket));
    if (acceptor_.is_open()) accept();
  });
}

void Door::receive(Tcp::socket socket) {
  net_error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  if (tls_) {
    net::co_spawn(context_, serve_tls(shell_, std::move(socket), *tls_, side_), net::detached);
  } else {
    net::co_spawn(context_, serve(shell_, std::move(socket), side_), net::detached);
  }
}

}  // namespace wechat_simulator
