// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_BEAST_FIXTURE_HPP
#define TIDINGS_TESTS_ADAPTER_BEAST_FIXTURE_HPP

#include <tidings/adapter/beast_exchange.hpp>

#include "support/beast_server.hpp"
#include "support/beast_tls.hpp"
#include "support/raw_client.hpp"
#include "support/tls_tunnel.hpp"
#include "support/waiting.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

/// What the tests of the Beast adapter share.
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

/// A server that gives each request to the handler, and counts the connections that it lost to it.
template <class Layer>
class Handled {
 public:
  using Server = support::BeastServer<Layer>;
  using Exchange = tidings::adapter::BeastExchange<typename Server::Stream>;
  using Handler = std::function<void(tidings::RequestSnapshot, Exchange)>;

  explicit Handled(Handler handler, tidings::adapter::BeastOptions options = {})
      : server([this, handler = std::move(handler), options](auto stream, auto buffer, auto asked, auto next) {
          // Counts when it goes.
          const std::shared_ptr<void> counted(nullptr, [tally = over](void*) { tally->add(); });
          auto ours = [next, counted](auto s, auto b) { next(std::move(s), std::move(b)); };
          tidings::adapter::serve(handler, std::move(stream), std::move(buffer), std::move(asked), std::move(ours),
                                  options);
        }) {}

  support::RawClient ask(const std::string& bytes, int receive_buffer = 0) const {
    support::RawClient client(server.port(), receive_buffer);
    client.send(bytes);
    return client;
  }

  /// Requests whose connection was handed back or is over.
  std::shared_ptr<support::Tally> over = std::make_shared<support::Tally>();
  Server server;
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_BEAST_FIXTURE_HPP
