// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_TCP_DUPLEX_HPP
#define TIDINGS_NET_CLIENT_TCP_DUPLEX_HPP

#include <tidings/net/client/duplex.hpp>
#include <tidings/net/client/tcp.hpp>
#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(buffer.hpp)
#include TIDINGS_ASIO_HEADER(error.hpp)
#include TIDINGS_ASIO_HEADER(write.hpp)

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// The end of a stream is no error of a Duplex.
inline void tell_read(Duplex::Done& done, net_error_code ec, std::size_t size) {
  if (ec == net::error::eof) {
    done({}, 0);
  } else {
    done(ec, size);
  }
}

/// A plain TCP connection.
class TcpDuplex final : public Duplex, public std::enable_shared_from_this<TcpDuplex> {
 public:
  explicit TcpDuplex(Tcp::socket socket) : socket_(std::move(socket)) {}

  void open(const std::string&, Done done) override { done({}, 0); }
  void read_some(std::span<char> into, Done done) override {
    socket_.async_read_some(net::buffer(into.data(), into.size()),
                            [self = shared_from_this(), done = std::move(done)](
                                net_error_code ec, std::size_t size) mutable { tell_read(done, ec, size); });
  }
  void write(std::string_view bytes, Done done) override {
    net::async_write(socket_, net::buffer(bytes.data(), bytes.size()),
                     [self = shared_from_this(), done = std::move(done)](net_error_code ec, std::size_t size) mutable {
                       done(ec, size);
                     });
  }
  void finish() override {
    net_error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  }
  void close() override {
    net_error_code ignored;
    socket_.close(ignored);
  }

 private:
  Tcp::socket socket_;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_TCP_DUPLEX_HPP
