// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_TLS_FRONT_HPP
#define TIDINGS_TESTS_SUPPORT_TLS_FRONT_HPP

#include <tidings/net/client/tcp.hpp>

#include TIDINGS_ASIO_HEADER(buffer.hpp)
#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(ssl.hpp)
#include TIDINGS_ASIO_HEADER(write.hpp)

#include "support/certificates.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace support {

namespace net = tidings::net;

/// Speaks TLS on `port()` in front of a server that does not.
class TlsFront {
 public:
  TlsFront(std::uint16_t server_port, const Certificate& certificate)
      : server_(net::ip::address_v4::loopback(), server_port) {
    const std::string chain = certificate.pem();
    const std::string key = certificate.key_pem();
    tls_.use_certificate_chain(net::buffer(chain));
    tls_.use_private_key(net::buffer(key), net::ssl::context::pem);
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;
  ~TlsFront() {
    context_.stop();
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  /// Handshakes that came to an end in order.
  std::size_t shaken() const { return shaken_.load(); }

 private:
  using Tcp = tidings::net::ip::tcp;
  using ErrorCode = tidings::net_error_code;
  using Secure = tidings::net::ssl::stream<Tcp::socket>;

  struct Link {
    Link(Tcp::socket socket, net::ssl::context& tls, net::io_context& context)
        : client(std::move(socket), tls), server(context) {}
    Secure client;
    Tcp::socket server;
    std::array<char, 4096> up{};
    std::array<char, 4096> down{};
  };

  void accept() {
    acceptor_.async_accept([this](ErrorCode ec, Tcp::socket socket) {
      if (ec) return;
      begin(std::make_shared<Link>(std::move(socket), tls_, context_));
      accept();
    });
  }
  void begin(const std::shared_ptr<Link>& link) {
    link->client.async_handshake(net::ssl::stream_base::server, [this, link](ErrorCode ec) {
      if (ec) return;
      ++shaken_;
      link->server.async_connect(server_, [link](ErrorCode error) {
        if (error) return;
        pass(link, link->client, link->server, link->up);
        pass(link, link->server, link->client, link->down);
      });
    });
  }
  template <class From, class To>
  static void pass(const std::shared_ptr<Link>& link, From& from, To& to, std::array<char, 4096>& buffer) {
    from.async_read_some(net::buffer(buffer), [link, &from, &to, &buffer](ErrorCode ec, std::size_t size) {
      ErrorCode ignored;
      if (ec) {
        link->client.lowest_layer().close(ignored);
        link->server.close(ignored);
        return;
      }
      net::async_write(to, net::buffer(buffer.data(), size), [link, &from, &to, &buffer](ErrorCode error, std::size_t) {
        if (!error) pass(link, from, to, buffer);
      });
    });
  }

  Tcp::endpoint server_;
  net::ssl::context tls_{net::ssl::context::tls_server};
  std::atomic<std::size_t> shaken_{0};
  net::io_context context_{1};
  Tcp::acceptor acceptor_{context_, Tcp::endpoint(net::ip::address_v4::loopback(), 0)};
  std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::thread thread_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_TLS_FRONT_HPP
