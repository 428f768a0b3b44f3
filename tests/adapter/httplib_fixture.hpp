// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_HTTPLIB_FIXTURE_HPP
#define TIDINGS_TESTS_ADAPTER_HTTPLIB_FIXTURE_HPP

#include <tidings/adapter/httplib.hpp>
#include <tidings/hub.hpp>

#include "support/httplib_server.hpp"

#include "adapter/hub_fixture.hpp"
#include "adapter/served_clients.hpp"

#include <cstdint>
#include <optional>
#include <utility>

/// What the tests of the cpp-httplib adapter share.
namespace fixture {

/// A hub and a server with `/push` mounted; `/own` is the application's.
class Served : public ServedClients<Served> {
 public:
  template <class F>
  explicit Served(F authorize, tidings::adapter::HttplibOptions options = {},
                  tidings::EndpointOptions endpoint_options = {}) {
    push.emplace(tidings::adapter::mount(server.get(), "/push", *hub, std::move(authorize), std::move(endpoint_options),
                                         options));
    server.get().Get("/own", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("own", "text/plain");
    });
    // When it stops, it waits this long for connections that lie idle.
    server.get().set_keep_alive_timeout(1);
    server.start();
  }
  Served() : Served(let_in) {}

  std::uint16_t port() const { return server.port(); }

  std::optional<tidings::Hub<>> hub{std::in_place};
  support::HttplibServer server;
  std::optional<tidings::Mount> push;
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_HTTPLIB_FIXTURE_HPP
