// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/httplib.hpp>

#include "support/httplib_server.hpp"
#include "support/waiting.hpp"

#include "conformance/http/server_under_test.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

using namespace tidings;

namespace {

constexpr std::size_t open_at_once = 100;
constexpr adapter::HttplibOptions options{.max_pinned = open_at_once};
// Threads come back soon, whoever has left them.
constexpr adapter::HttplibOptions push_options{.max_pinned = open_at_once,
                                               .probe_interval = std::chrono::milliseconds(10)};

// The server goes before the mount and what its handler refers to.
class HttplibUnderTest final : public conformance::ServerUnderTest {
 public:
  explicit HttplibUnderTest(conformance::Application& application)
      : mount_(adapter::handle(
            server_.get(), "/",
            [&application](RequestSnapshot request, adapter::HttplibExchange& exchange) {
              exchange.pin();
              if (conformance::Application::wants_stream(request)) {
                application.stream(std::move(request), exchange.stream());
              } else {
                application.answer(std::move(request), exchange.answer());
              }
            },
            options)) {
    server_.start();
  }
  ~HttplibUnderTest() override { server_.stop(); }

  std::uint16_t port() const override { return server_.port(); }
  void stop() override { server_.stop(); }

 private:
  support::HttplibServer server_;
  Mount mount_;
};

class HttplibPush final : public conformance::PushUnderTest {
 public:
  explicit HttplibPush(conformance::Push push)
      : mount_(adapter::mount(server_.get(), "/push", push.hub, std::move(push.authorize), std::move(push.options),
                              push_options)) {
    // When it stops, it waits this long for connections that lie idle.
    server_.get().set_keep_alive_timeout(1);
    server_.start();
  }
  ~HttplibPush() override { server_.stop(); }

  std::uint16_t port() const override { return server_.port(); }
  void stop() override { server_.stop(); }
  void unmount() override { mount_.detach(); }

 private:
  support::HttplibServer server_;
  Mount mount_;
};

}  // namespace

conformance::ServerFacts conformance::server_facts() {
  return {.answers = adapter::HttplibExchange::Answer::capabilities,
          .streams = adapter::HttplibExchange::Stream::capabilities,
          .open_at_once = open_at_once,
          .tick = defaults::probe_interval};
}

std::unique_ptr<conformance::ServerUnderTest> conformance::start_server(Application& application) {
  return std::make_unique<HttplibUnderTest>(application);
}

std::unique_ptr<conformance::PushUnderTest> conformance::start_push(Push push) {
  return std::make_unique<HttplibPush>(std::move(push));
}
