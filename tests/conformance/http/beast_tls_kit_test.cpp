// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/beast_exchange.hpp>

#include "support/beast_tls.hpp"
#include "support/tls_tunnel.hpp"

#include "conformance/http/beast_under_test.hpp"

#include <cstdint>
#include <memory>

namespace {

using TlsServer = conformance::BeastUnderTest<support::TlsBeast<>>;

// The cases speak plain TCP.
class TlsUnderTest final : public TlsServer {
 public:
  explicit TlsUnderTest(conformance::Application& application) : TlsServer(application) {}
  std::uint16_t port() const override { return tunnel_.port(); }

 private:
  support::TlsTunnel tunnel_{TlsServer::port()};
};

}  // namespace

conformance::ServerFacts conformance::server_facts() { return TlsServer::facts(); }

std::unique_ptr<conformance::ServerUnderTest> conformance::start_server(Application& application) {
  return std::make_unique<TlsUnderTest>(application);
}
