// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_STREAM_DUPLEX_HPP
#define TIDINGS_NET_CLIENT_STREAM_DUPLEX_HPP

#include <tidings/net/client/duplex.hpp>
#include <tidings/net/client/tcp.hpp>
#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(buffer.hpp)
#include TIDINGS_ASIO_HEADER(error.hpp)
#include TIDINGS_ASIO_HEADER(write.hpp)

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// What connections over any stream of Asio have in common: all but how they are opened.
///
/// @tparam Stream  Reads and writes, and has a TCP socket as its lowest layer.
template <class Stream>
class StreamDuplex : public Duplex, public std::enable_shared_from_this<StreamDuplex<Stream>> {
 public:
  void read_some(std::span<char> into, Done done) override {
    stream_.async_read_some(
        net::buffer(into.data(), into.size()),
        [self = this->shared_from_this(), done = std::move(done)](net_error_code ec, std::size_t size) mutable {
          // The end of a stream is no error of a Duplex.
          const bool over = ec == net::error::eof;
          done(over ? std::error_code() : std::error_code(ec), over ? 0 : size);
        });
  }
  void write(std::string_view bytes, Done done) override {
    net::async_write(stream_, net::buffer(bytes.data(), bytes.size()),
                     [self = this->shared_from_this(), done = std::move(done)](
                         net_error_code ec, std::size_t size) mutable { done(ec, size); });
  }
  // Without a goodbye of TLS, which would read beside the read that is under way; WebSocket has said its own.
  void finish() override {
    net_error_code ignored;
    stream_.lowest_layer().shutdown(Tcp::socket::shutdown_send, ignored);
  }
  void close() override {
    net_error_code ignored;
    stream_.lowest_layer().close(ignored);
  }

 protected:
  template <class... Args>
  explicit StreamDuplex(Args&&... args) : stream_(std::forward<Args>(args)...) {}

  Stream stream_;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_STREAM_DUPLEX_HPP
