// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_HTTP_BEAST_UNDER_TEST_HPP
#define TIDINGS_TESTS_CONFORMANCE_HTTP_BEAST_UNDER_TEST_HPP

#include <tidings/adapter/beast.hpp>

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
    // The socket is handed over, or its bytes are; the codec is ours.
    tidings::Capabilities upgrades = Exchange::Stream::capabilities;
    upgrades.ws_ping = upgrades.ws_pong = true;
    return {.answers = Exchange::Answer::capabilities, .streams = Exchange::Stream::capabilities, .upgrades = upgrades};
  }

  explicit BeastUnderTest(Application& application)
      : server_([&application](auto stream, auto buffer, auto request, auto next) {
          auto handler = [&application](tidings::RequestSnapshot asked, Exchange exchange) {
            if (Application::wants_stream(asked)) {
              application.stream(std::move(asked), std::move(exchange).stream());
            } else {
              application.answer(std::move(asked), std::move(exchange).answer());
            }
          };
          tidings::adapter::serve(handler, std::move(stream), std::move(buffer), std::move(request), std::move(next));
        }) {}

  std::uint16_t port() const override { return server_.port(); }
  void stop() override { server_.destroy(); }

 private:
  Server server_;
};

/// The same with a mount.
template <class Layer>
class BeastPush : public PushUnderTest {
 public:
  explicit BeastPush(Push push)
      : mount_(
            tidings::adapter::mount(routes_, "/push", push.hub, std::move(push.authorize), std::move(push.options))) {}

  std::uint16_t port() const override { return server_.port(); }
  void stop() override { server_.destroy(); }
  void unmount() override { mount_.detach(); }

 private:
  tidings::adapter::BeastRoutes routes_;
  tidings::Mount mount_;
  support::BeastServer<Layer> server_{[routes = routes_](auto stream, auto buffer, auto request, auto next) {
    routes.serve(std::move(stream), std::move(buffer), std::move(request), std::move(next));
  }};
};

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_HTTP_BEAST_UNDER_TEST_HPP
