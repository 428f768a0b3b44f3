// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_BEAST_LAYERS_HPP
#define TIDINGS_TESTS_ADAPTER_BEAST_LAYERS_HPP

#include "support/beast_server.hpp"
#include "support/beast_tls.hpp"
#include "support/tls_tunnel.hpp"

#include <cstdint>
#include <optional>
#include <type_traits>

/// What the tests of the Beast adapter over plain TCP and over TLS share.
namespace fixture {

using Tls = support::TlsBeast<>;
using LowTls = support::TlsBeast<boost::asio::ssl::stream<boost::beast::tcp_stream>>;

/// Where clients that speak plain TCP reach a server.
template <class Layer>
class Entrance {
 public:
  explicit Entrance(std::uint16_t port) : port_(port) {
    if constexpr (!std::is_same_v<Layer, support::PlainBeast>) port_ = tunnel_.emplace(port).port();
  }
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_;
  std::optional<support::TlsTunnel> tunnel_;
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_BEAST_LAYERS_HPP
