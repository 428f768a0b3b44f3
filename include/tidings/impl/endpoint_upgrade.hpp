// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_ENDPOINT_UPGRADE_HPP
#define TIDINGS_IMPL_ENDPOINT_UPGRADE_HPP

#include <tidings/delivery/ws_carrier.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/impl/ws_upgrade.hpp>

#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

template <class HubState>
template <UpgradeWay U>
void BasicEndpoint<HubState>::upgrade(RequestSnapshot snapshot, U way, std::size_t home) {
  const auto request = std::make_shared<const RequestSnapshot>(std::move(snapshot));
  const std::shared_ptr<HubState> alive = hub_.lock();
  auto upgrade = std::make_shared<Upgrade<U>>(request, std::move(way), cors(*request),
                                              alive ? std::weak_ptr(alive->shared_loop(0)) : WeakLoop{});
  if (!upgrade->read_offer()) return;
  const std::string mine(protocol::ws_subprotocol);
  if (protocol::choose_subprotocol(upgrade->offer(), std::span(&mine, 1)).empty()) {
    upgrade->refuse(hub::make_refused(errc::handshake_failed, {}));
    return;
  }
  admit(
      request,
      [self = this->shared_from_this(), upgrade, home](const std::shared_ptr<HubState>& hub, hub::Entrant entrant) {
        upgrade->take_over([self, weak = std::weak_ptr(hub), upgrade, entrant = std::move(entrant), home]() mutable {
          const std::shared_ptr<HubState> state = weak.lock();
          if (state) self->open_upgrade(*state, upgrade, std::move(entrant), home);
        });
      },
      [upgrade](hub::Refused refused) { upgrade->refuse(std::move(refused)); });
}

template <class HubState>
template <class U>
void BasicEndpoint<HubState>::open_upgrade(HubState& hub, const std::shared_ptr<Upgrade<U>>& upgrade,
                                           hub::Entrant entrant, std::size_t home) {
  auto make = [self = this->shared_from_this(), upgrade,
               identity = entrant.identity](const hub::StreamTerms& terms) -> std::unique_ptr<delivery::Carrier> {
    const std::shared_ptr<HubState> alive = self->hub_.lock();
    if (!alive) return nullptr;
    const auto& loop = alive->shared_loop(terms.loop);
    auto handler = std::make_unique<Conversation>(self, identity, upgrade->request(), loop->now());
    const protocol::WsLimits limits{self->options_.max_upward_bytes, defaults::max_ws_frames};
    return upgrade->become(loop, limits, std::string(protocol::ws_subprotocol),
                           [&](auto link, auto start) -> std::unique_ptr<delivery::Carrier> {
                             return std::make_unique<delivery::WsCarrier<decltype(link)>>(
                                 *loop, std::move(link), terms.ws, std::move(handler), std::move(start));
                           });
  };
  auto refused = [upgrade](hub::Refusal why) { upgrade->refuse(hub::make_refused(why.why, why.retry)); };
  hub.core().open_stream(protocol::read_client_request(*upgrade->request()), std::move(entrant), Transport::websocket,
                         std::move(make), std::move(refused), home);
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_ENDPOINT_UPGRADE_HPP
