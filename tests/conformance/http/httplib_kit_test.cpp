// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/httplib.hpp>

#include "support/httplib_server.hpp"
#include "support/waiting.hpp"

#include "conformance/http/server_under_test.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

using namespace tidings;

namespace {

constexpr std::size_t open_at_once = 100;

// The server goes before the mount and what its handler refers to.
class HttplibUnderTest final : public conformance::ServerUnderTest {
 public:
  explicit HttplibUnderTest(conformance::Application& application)
      : mount_(adapter::handle(server_.get(), "/",
                               [&application](RequestSnapshot request, adapter::HttplibExchange& exchange) {
                                 exchange.pin();
                                 if (conformance::Application::wants_stream(request)) {
                                   application.stream(std::move(request), exchange.stream());
                                 } else {
                                   application.answer(std::move(request), exchange.answer());
                                 }
                               },
                               {.max_pinned = open_at_once})) {
    server_.start();
  }
  ~HttplibUnderTest() override { server_.stop(); }

  std::uint16_t port() const override { return server_.port(); }
  void stop() override { server_.stop(); }

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
