// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/civetweb.hpp>

#include "support/civetweb_server.hpp"

#include "conformance/http/server_under_test.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

using namespace tidings;

namespace {

constexpr std::size_t open_at_once = 100;
constexpr adapter::CivetwebOptions options{.max_pinned = open_at_once};
// Threads come back soon, whoever has left them.
constexpr adapter::CivetwebOptions push_options{.max_pinned = open_at_once,
                                                .probe_interval = std::chrono::milliseconds(10)};

// The server goes before the mount and what its handler refers to.
class CivetwebUnderTest final : public conformance::ServerUnderTest {
 public:
  explicit CivetwebUnderTest(conformance::Application& application)
      : mount_(adapter::handle(
            server_.get(), "/",
            [&application](RequestSnapshot request, adapter::CivetwebExchange& exchange) {
              exchange.pin();
              if (conformance::Application::wants_stream(request)) {
                application.stream(std::move(request), exchange.stream());
              } else {
                application.answer(std::move(request), exchange.answer());
              }
            },
            options)) {}
  ~CivetwebUnderTest() override { server_.stop(); }

  std::uint16_t port() const override { return server_.port(); }
  void stop() override { server_.stop(); }

 private:
  support::CivetwebServer server_{options};
  Mount mount_;
};

class CivetwebPush final : public conformance::PushUnderTest {
 public:
  explicit CivetwebPush(conformance::Push push)
      : mount_(adapter::mount(server_.get(), "/push", push.hub, std::move(push.authorize), std::move(push.options),
                              push_options)) {}
  ~CivetwebPush() override { server_.stop(); }

  std::uint16_t port() const override { return server_.port(); }
  void stop() override { server_.stop(); }
  void unmount() override { mount_.detach(); }

 private:
  support::CivetwebServer server_{push_options};
  Mount mount_;
};

}  // namespace

conformance::ServerFacts conformance::server_facts() {
  return {.answers = adapter::CivetwebExchange::Answer::capabilities,
          .streams = adapter::CivetwebExchange::Stream::capabilities,
          .upgrades = adapter::CivetwebChannel::capabilities,
          .open_at_once = open_at_once,
          .tick = defaults::probe_interval};
}

std::unique_ptr<conformance::ServerUnderTest> conformance::start_server(Application& application) {
  return std::make_unique<CivetwebUnderTest>(application);
}

std::unique_ptr<conformance::PushUnderTest> conformance::start_push(Push push) {
  return std::make_unique<CivetwebPush>(std::move(push));
}
