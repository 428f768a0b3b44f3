// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_RESTINIO_FIXTURE_HPP
#define TIDINGS_TESTS_ADAPTER_RESTINIO_FIXTURE_HPP

#include <tidings/adapter/restinio.hpp>
#include <tidings/hub.hpp>

#include "support/restinio_server.hpp"

#include "adapter/hub_fixture.hpp"
#include "adapter/served_clients.hpp"

#include <cstdint>
#include <optional>
#include <utility>

/// What the tests of the RESTinio adapter share.
namespace fixture {

using Traits = support::RestinioTraits;

/// A hub and a server with `/push` mounted; `/own` is the application's.
class Served : public ServedClients<Served> {
 public:
  template <class F>
  explicit Served(F authorize, tidings::adapter::RestinioOptions options = {},
                  tidings::EndpointOptions endpoint_options = {}, tidings::HubOptions hub_options = {}) {
    hub.emplace(std::move(hub_options));
    push.emplace(tidings::adapter::mount_restinio<Traits>("/push", *hub, std::move(authorize),
                                                          std::move(endpoint_options), options));
    const auto handle = [push = push->handler()](const restinio::request_handle_t& request) {
      if (request->header().path() != "/own") return push(request);
      return request->create_response().set_body("own").done();
    };
    server.emplace(push->preset(restinio::server_settings_t<Traits>{}), handle, 2);
  }
  Served() : Served(let_in) {}

  std::uint16_t port() const { return server->port(); }

  std::optional<tidings::Hub<>> hub;
  std::optional<tidings::adapter::RestinioMount<Traits>> push;
  std::optional<support::RestinioServer> server;
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_RESTINIO_FIXTURE_HPP
