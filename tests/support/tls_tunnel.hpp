// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_TLS_TUNNEL_HPP
#define TIDINGS_TESTS_SUPPORT_TLS_TUNNEL_HPP

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

namespace support {

/// Lets clients that speak plain TCP talk to a server that speaks TLS: each connection to `port()` becomes one to the
/// server, and ends as its other half ends: with a goodbye, or without.
class TlsTunnel {
 public:
  enum class Manners {
    polite,
    /// A server that says goodbye gets no answer.
    mute
  };

  explicit TlsTunnel(std::uint16_t server_port, Manners manners = Manners::polite)
      : server_(boost::asio::ip::address_v4::loopback(), server_port), manners_(manners) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  TlsTunnel(const TlsTunnel&) = delete;
  TlsTunnel& operator=(const TlsTunnel&) = delete;
  ~TlsTunnel() {
    context_.stop();
    thread_.join();
  }

  std::uint16_t port() const { return port_; }

 private:
  using Tcp = boost::asio::ip::tcp;
  using ErrorCode = boost::system::error_code;

  class Link : public std::enable_shared_from_this<Link> {
   public:
    Link(Tcp::socket client, boost::asio::ssl::context& tls, Manners manners)
        : client_(std::move(client)), server_(client_.get_executor(), tls), manners_(manners) {}

    void begin(const Tcp::endpoint& server) {
      set_no_delay(client_);
      server_.lowest_layer().async_connect(server, [self = shared_from_this()](ErrorCode ec) {
        if (!ec) self->shake_hands();
      });
    }

   private:
    static void set_no_delay(Tcp::socket& socket) { socket.set_option(Tcp::no_delay(true)); }

    void shake_hands() {
      set_no_delay(server_.next_layer());
      server_.async_handshake(boost::asio::ssl::stream_base::client, [self = shared_from_this()](ErrorCode ec) {
        if (ec) return;
        self->read_client();
        self->read_server();
      });
    }

    void read_client() {
      client_.async_read_some(boost::asio::buffer(from_client_),
                              [self = shared_from_this()](ErrorCode ec, std::size_t size) {
                                if (ec == boost::asio::error::eof) self->say_goodbye();
                                if (ec && ec != boost::asio::error::eof) self->drop();
                                if (!ec) self->to_server(size);
                              });
    }
    void to_server(std::size_t size) {
      boost::asio::async_write(server_, boost::asio::buffer(from_client_, size),
                               [self = shared_from_this()](ErrorCode ec, std::size_t) {
                                 if (!ec) self->read_client();
                               });
    }

    void read_server() {
      server_.async_read_some(boost::asio::buffer(from_server_),
                              [self = shared_from_this()](ErrorCode ec, std::size_t size) {
                                if (!ec) {
                                  self->to_client(size);
                                  return;
                                }
                                if (self->manners_ == Manners::mute) return;
                                ErrorCode ignored;
                                self->client_.shutdown(Tcp::socket::shutdown_send, ignored);
                                self->say_goodbye();
                              });
    }
    void to_client(std::size_t size) {
      boost::asio::async_write(client_, boost::asio::buffer(from_server_, size),
                               [self = shared_from_this()](ErrorCode ec, std::size_t) {
                                 if (!ec) self->read_server();
                               });
    }

    void say_goodbye() {
      if (std::exchange(leaving_, true)) return;
      server_.async_shutdown([self = shared_from_this()](ErrorCode) {
        ErrorCode ignored;
        self->server_.lowest_layer().close(ignored);
      });
    }
    void drop() {
      ErrorCode ignored;
      server_.lowest_layer().set_option(Tcp::socket::linger(true, 0), ignored);
      server_.lowest_layer().close(ignored);
    }

    Tcp::socket client_;
    boost::asio::ssl::stream<Tcp::socket> server_;
    std::array<char, 65536> from_client_{};
    std::array<char, 65536> from_server_{};
    Manners manners_;
    bool leaving_ = false;
  };

  void accept() {
    acceptor_.async_accept([this](ErrorCode ec, Tcp::socket socket) {
      if (ec) return;
      std::make_shared<Link>(std::move(socket), tls_, manners_)->begin(server_);
      accept();
    });
  }

  Tcp::endpoint server_;
  Manners manners_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_client};
  boost::asio::io_context context_{1};
  Tcp::acceptor acceptor_{context_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::thread thread_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_TLS_TUNNEL_HPP
