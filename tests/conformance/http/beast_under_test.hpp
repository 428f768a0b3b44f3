// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_HTTP_BEAST_UNDER_TEST_HPP
#define TIDINGS_TESTS_CONFORMANCE_HTTP_BEAST_UNDER_TEST_HPP

#include <tidings/adapter/beast_exchange.hpp>

#include "support/beast_server.hpp"

#include "conformance/http/server_under_test.hpp"

#include <cstdint>
#include <utility>

namespace conformance {

/// A server made with Beast, over what the layer says.
template <class Layer>
class BeastUnderTest : public ServerUnderTest {
 public:
  using Server = support::BeastServer<Layer>;
  using Exchange = tidings::adapter::BeastExchange<typename Server::Stream>;

  static ServerFacts facts() {
    return {.answers = Exchange::Answer::capabilities, .streams = Exchange::Stream::capabilities};
  }

  explicit BeastUnderTest(Application& application, Layer layer = {})
      : server_(
            [&application](auto stream, auto buffer, auto request, auto next) {
              auto handler = [&application](tidings::RequestSnapshot asked, Exchange exchange) {
                if (Application::wants_stream(asked)) {
                  application.stream(std::move(asked), std::move(exchange).stream());
                } else {
                  application.answer(std::move(asked), std::move(exchange).answer());
                }
              };
              tidings::adapter::serve(handler, std::move(stream), std::move(buffer), std::move(request),
                                      std::move(next));
            },
            std::move(layer)) {}

  std::uint16_t port() const override { return server_.port(); }
  void stop() override { server_.destroy(); }

 private:
  Server server_;
};

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_HTTP_BEAST_UNDER_TEST_HPP
