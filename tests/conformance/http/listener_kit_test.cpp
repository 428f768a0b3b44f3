// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/listener.hpp>
#include <tidings/hub.hpp>

#include "conformance/http/server_under_test.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

using namespace tidings;

namespace {

class ListenerUnderTest final : public conformance::ServerUnderTest {
 public:
  explicit ListenerUnderTest(conformance::Application& application)
      : mount_(listener_->handle("/", [&application](RequestSnapshot request, adapter::Exchange exchange) {
          if (conformance::Application::wants_stream(request)) {
            application.stream(std::move(request), std::move(exchange).stream());
          } else {
            application.answer(std::move(request), std::move(exchange).answer());
          }
        })) {}

  std::uint16_t port() const override { return port_; }
  void stop() override { listener_.reset(); }

 private:
  Hub<> hub_{2};
  std::optional<adapter::Listener> listener_{std::in_place, hub_};
  std::uint16_t port_ = listener_->port();
  Mount mount_;
};

class ListenerPush final : public conformance::PushUnderTest {
 public:
  explicit ListenerPush(conformance::Push push)
      : listener_(std::in_place, push.hub),
        mount_(adapter::mount(*listener_, "/push", push.hub, std::move(push.authorize), std::move(push.options))) {}

  std::uint16_t port() const override { return port_; }
  void stop() override { listener_.reset(); }
  void unmount() override { mount_.detach(); }

 private:
  std::optional<adapter::Listener> listener_;
  std::uint16_t port_ = listener_->port();
  Mount mount_;
};

}  // namespace

conformance::ServerFacts conformance::server_facts() {
  Capabilities upgrades = adapter::Exchange::Stream::capabilities;
  // The socket is handed over, and the codec is ours.
  upgrades.ws_ping = upgrades.ws_pong = true;
  return {.answers = adapter::Exchange::Answer::capabilities,
          .streams = adapter::Exchange::Stream::capabilities,
          .upgrades = upgrades,
          .ends_with_hub = true};
}

std::unique_ptr<conformance::ServerUnderTest> conformance::start_server(Application& application) {
  return std::make_unique<ListenerUnderTest>(application);
}

std::unique_ptr<conformance::PushUnderTest> conformance::start_push(Push push) {
  return std::make_unique<ListenerPush>(std::move(push));
}
