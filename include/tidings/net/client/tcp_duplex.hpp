// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_TCP_DUPLEX_HPP
#define TIDINGS_NET_CLIENT_TCP_DUPLEX_HPP

#include <tidings/net/client/stream_duplex.hpp>

#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// A plain TCP connection.
class TcpDuplex final : public StreamDuplex<Tcp::socket> {
 public:
  explicit TcpDuplex(Tcp::socket socket) : StreamDuplex(std::move(socket)) {}

  void open(const std::string&, Done done) override { done({}, 0); }
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_TCP_DUPLEX_HPP
