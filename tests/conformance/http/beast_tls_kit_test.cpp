// SPDX-License-Identifier: BSL-1.0

#include "support/beast_tls.hpp"
#include "support/tls_tunnel.hpp"

#include "conformance/http/beast_under_test.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace {

using Layer = support::TlsBeast<>;
using Server = conformance::BeastUnderTest<Layer>;

// The cases speak plain TCP.
template <class Base>
class BehindTunnel final : public Base {
 public:
  using Base::Base;
  std::uint16_t port() const override { return tunnel_.port(); }

 private:
  support::TlsTunnel tunnel_{Base::port()};
};

}  // namespace

conformance::ServerFacts conformance::server_facts() { return Server::facts(); }

std::unique_ptr<conformance::ServerUnderTest> conformance::start_server(Application& application) {
  return std::make_unique<BehindTunnel<Server>>(application);
}

std::unique_ptr<conformance::PushUnderTest> conformance::start_push(Push push) {
  return std::make_unique<BehindTunnel<conformance::BeastPush<Layer>>>(std::move(push));
}
