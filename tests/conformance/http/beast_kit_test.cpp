// SPDX-License-Identifier: BSL-1.0

#include "support/beast_server.hpp"

#include "conformance/http/beast_under_test.hpp"

#include <memory>
#include <utility>

using Server = conformance::BeastUnderTest<support::PlainBeast>;

conformance::ServerFacts conformance::server_facts() { return Server::facts(); }

std::unique_ptr<conformance::ServerUnderTest> conformance::start_server(Application& application) {
  return std::make_unique<Server>(application);
}

std::unique_ptr<conformance::PushUnderTest> conformance::start_push(Push push) {
  return std::make_unique<BeastPush<support::PlainBeast>>(std::move(push));
}
