// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_CIVETWEB_FIXTURE_HPP
#define TIDINGS_TESTS_ADAPTER_CIVETWEB_FIXTURE_HPP

#include <tidings/adapter/civetweb.hpp>
#include <tidings/hub.hpp>

#include "support/civetweb_server.hpp"

#include "adapter/hub_fixture.hpp"
#include "adapter/served_clients.hpp"

#include <cstdint>
#include <optional>
#include <utility>

/// What the tests of the civetweb adapter share.
namespace fixture {

inline int serve_own(mg_connection* connection, void* /*unused*/) {
  mg_printf(connection, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown");
  return 200;
}

/// A hub and a server with `/push` mounted; `/own` is the application's.
class Served : public ServedClients<Served> {
 public:
  template <class F>
  explicit Served(F authorize, tidings::adapter::CivetwebOptions options = {},
                  tidings::EndpointOptions endpoint_options = {}, tidings::HubOptions hub_options = {}) {
    hub.emplace(std::move(hub_options));
    server.emplace(options);
    mg_set_request_handler(server->get(), "/own", serve_own, nullptr);
    push.emplace(tidings::adapter::mount(server->get(), "/push", *hub, std::move(authorize),
                                         std::move(endpoint_options), options));
  }
  Served() : Served(let_in) {}

  std::uint16_t port() const { return server->port(); }

  std::optional<tidings::Hub<>> hub;
  std::optional<support::CivetwebServer> server;
  std::optional<tidings::Mount> push;
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_CIVETWEB_FIXTURE_HPP
