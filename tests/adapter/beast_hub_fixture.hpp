// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_ADAPTER_BEAST_HUB_FIXTURE_HPP
#define TIDINGS_TESTS_ADAPTER_BEAST_HUB_FIXTURE_HPP

#include <tidings/adapter/beast.hpp>
#include <tidings/hub.hpp>

#include "support/beast_server.hpp"
#include "support/raw_client.hpp"
#include "support/raw_http.hpp"

#include "adapter/beast_fixture.hpp"
#include "adapter/hub_fixture.hpp"
#include "adapter/served_clients.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

/// What the tests of the Beast adapter with a hub share.
namespace fixture {

/// A client with an event stream.
struct Reader {
  support::RawClient client;
  support::RawHead head;

  std::string next() { return next_event(client, head.chunked()); }
};

/// A hub and a server with `/push` mounted; the application answers everything else, with its name and the size of the
/// body that came.
///
/// @tparam Layer  See BeastServer.
template <class Layer>
class Served : public ServedClients<Served<Layer>> {
 public:
  using Server = support::BeastServer<Layer>;
  using Exchange = tidings::adapter::BeastExchange<typename Server::Stream>;

  template <class F>
  explicit Served(F authorize, tidings::EndpointOptions options = {})
      : push(tidings::adapter::mount(routes, "/push", *hub, std::move(authorize), std::move(options))) {}
  Served() : Served(let_in) {}

  /// Where clients that speak plain TCP reach it.
  std::uint16_t port() const { return entrance_.port(); }
  /// An event stream, its head read.
  Reader stream(const std::string& headers = {}) const {
    support::RawClient client = this->ask(support::get("/push", event_stream + headers));
    support::RawHead head = support::read_head(client);
    if (head.status != 200) throw std::runtime_error("no event stream");
    return {std::move(client), std::move(head)};
  }

  std::optional<tidings::Hub<>> hub{std::in_place, quick_to_close()};
  tidings::adapter::BeastRoutes routes;
  std::optional<tidings::Mount> push;
  Server server{[own = routes](auto stream, auto buffer, auto asked, auto next) {
    if (own.serves(asked)) {
      own.serve(std::move(stream), std::move(buffer), std::move(asked), std::move(next));
      return;
    }
    auto answer = [](const tidings::RequestSnapshot& seen, Exchange exchange) {
      std::move(exchange).answer().respond({}, tidings::share_bytes("own " + std::to_string(seen.body.size())));
    };
    tidings::adapter::serve(answer, std::move(stream), std::move(buffer), std::move(asked), std::move(next));
  }};

 private:
  Entrance<Layer> entrance_{server.port()};
};

}  // namespace fixture

#endif  // TIDINGS_TESTS_ADAPTER_BEAST_HUB_FIXTURE_HPP
