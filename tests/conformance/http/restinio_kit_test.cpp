// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/restinio.hpp>

#include "support/restinio_server.hpp"

#include "conformance/http/server_under_test.hpp"

#include <cstdint>
#include <memory>
#include <utility>

using namespace tidings;

namespace {

using Traits = support::RestinioTraits;
using Exchange = adapter::RestinioExchange<Traits>;

class RestinioUnderTest final : public conformance::ServerUnderTest {
 public:
  explicit RestinioUnderTest(conformance::Application& application)
      : server_(adapter::RestinioHandler<Traits>("/", [&application](RequestSnapshot request, Exchange exchange) {
          if (conformance::Application::wants_stream(request)) {
            application.stream(std::move(request), std::move(exchange).stream());
          } else {
            application.answer(std::move(request), std::move(exchange).answer());
          }
        })) {}

  std::uint16_t port() const override { return server_.port(); }
  void stop() override { server_.stop(); }

 private:
  support::RestinioServer server_;
};

class RestinioPush final : public conformance::PushUnderTest {
 public:
  explicit RestinioPush(conformance::Push push)
      : mount_(adapter::mount_restinio<Traits>("/push", push.hub, std::move(push.authorize), std::move(push.options))) {
  }

  std::uint16_t port() const override { return server_.port(); }
  void stop() override { server_.stop(); }
  void unmount() override { mount_.detach(); }

 private:
  adapter::RestinioMount<Traits> mount_;
  support::RestinioServer server_{mount_.handler()};
};

}  // namespace

conformance::ServerFacts conformance::server_facts() {
  return {.answers = Exchange::Answer::capabilities,
          .streams = Exchange::Stream::capabilities,
          .upgrades = Exchange::Bytes::capabilities,
          // RESTinio gives its socket away, but not what it has read.
          .drops_glued_frames = true};
}

std::unique_ptr<conformance::ServerUnderTest> conformance::start_server(Application& application) {
  return std::make_unique<RestinioUnderTest>(application);
}

std::unique_ptr<conformance::PushUnderTest> conformance::start_push(Push push) {
  return std::make_unique<RestinioPush>(std::move(push));
}
