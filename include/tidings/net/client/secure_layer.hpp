// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_SECURE_LAYER_HPP
#define TIDINGS_NET_CLIENT_SECURE_LAYER_HPP

#include <tidings/net/client/duplex.hpp>
#include <tidings/net/client/tcp.hpp>
#include <tidings/net/config.hpp>

#include <memory>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// Makes a connection secure. The one way in which a client knows of TLS: its own headers need no OpenSSL.
///
/// Thread  any.
class SecureLayer {
 public:
  virtual ~SecureLayer() = default;

  /// @returns  a connection over the socket, whose `open` shakes hands.
  virtual std::shared_ptr<Duplex> wrap(Tcp::socket socket) = 0;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_SECURE_LAYER_HPP
