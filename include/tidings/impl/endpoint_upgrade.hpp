// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_ENDPOINT_UPGRADE_HPP
#define TIDINGS_IMPL_ENDPOINT_UPGRADE_HPP

#include <tidings/delivery/raw_carrier.hpp>
#include <tidings/delivery/ws_carrier.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/impl/ws_upgrade.hpp>
#include <tidings/ws_accept.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

template <class HubState>
template <UpgradeWay U>
void BasicEndpoint<HubState>::upgrade(RequestSnapshot snapshot, U way, std::size_t home) {
  protocol::read_bearer_subprotocol(snapshot);
  const auto request = std::make_shared<const RequestSnapshot>(std::move(snapshot));
  const std::shared_ptr<HubState> alive = hub_.lock();
  auto upgrade =
      std::make_shared<Upgrade<U>>(request, std::move(way), cors(*request),
                                   alive ? std::weak_ptr(alive->shared_loop(0)) : WeakLoop{}, options_.compression);
  if (!upgrade->read_offer()) return;
  const std::string mine(protocol::ws_subprotocol);
  const bool raw = protocol::choose_subprotocol(upgrade->offer(), std::span(&mine, 1)).empty();
  if (raw && !options_.on_raw_session) {
    upgrade->refuse(hub::make_refused(errc::handshake_failed, {}));
    return;
  }
  admit(
      request,
      [self = this->shared_from_this(), upgrade, raw, home](const std::shared_ptr<HubState>& hub,
                                                            hub::Entrant entrant) {
        if (raw && !self->options_.raw_topics) return self->open_raw(*hub, upgrade, entrant.identity, home);
        upgrade->take_over(
            [self, weak = std::weak_ptr(hub), upgrade, raw, entrant = std::move(entrant), home]() mutable {
              const std::shared_ptr<HubState> state = weak.lock();
              if (!state) return;
              if (raw) return self->open_raw_reader(*state, upgrade, std::move(entrant), home);
              self->open_upgrade(*state, upgrade, std::move(entrant), home);
            });
      },
      [upgrade](hub::Refused refused) { upgrade->refuse(std::move(refused)); });
}

template <class HubState>
template <class U, class Make>
void BasicEndpoint<HubState>::open_session(HubState& hub, const std::shared_ptr<Upgrade<U>>& upgrade,
                                           hub::Entrant entrant, std::size_t home, Make make) {
  auto make_carrier = [weak = hub_, make = std::move(make)](
                          const hub::StreamTerms& terms) mutable -> std::unique_ptr<delivery::Carrier> {
    const std::shared_ptr<HubState> alive = weak.lock();
    return alive ? make(*alive, terms) : nullptr;
  };
  auto refused = [upgrade](hub::Refusal why) { upgrade->refuse(hub::make_refused(why.why, why.retry)); };
  hub.core().open_stream(protocol::read_client_request(*upgrade->request()), std::move(entrant), Transport::websocket,
                         std::move(make_carrier), std::move(refused), home);
}

template <class HubState>
template <class U>
void BasicEndpoint<HubState>::open_upgrade(HubState& hub, const std::shared_ptr<Upgrade<U>>& upgrade,
                                           hub::Entrant entrant, std::size_t home) {
  auto make = [self = this->shared_from_this(), upgrade, identity = entrant.identity](HubState& alive,
                                                                                      const hub::StreamTerms& terms) {
    const auto& loop = alive.shared_loop(terms.loop);
    auto handler = std::make_unique<Conversation>(self, identity, upgrade->request(), loop->now());
    const protocol::WsLimits limits{self->options_.max_upward_bytes, defaults::max_ws_frames};
    return upgrade->become(loop, limits, std::string(protocol::ws_subprotocol),
                           [&](auto link, auto start) -> std::unique_ptr<delivery::Carrier> {
                             return std::make_unique<delivery::WsCarrier<decltype(link)>>(
                                 *loop, std::move(link), terms.ws, std::move(handler), std::move(start));
                           });
  };
  open_session(hub, upgrade, std::move(entrant), home, std::move(make));
}

// ---- the application's own protocol ----

template <class HubState>
std::string BasicEndpoint<HubState>::raw_subprotocol(const protocol::WsOffer& offer) const {
  return protocol::choose_subprotocol(offer, options_.subprotocols);
}

template <class HubState>
std::shared_ptr<const detail::RawTerms> BasicEndpoint<HubState>::make_raw_terms() const {
  detail::RawTerms terms{options_.ws, {}, {}};
  terms.on_error = [weak = hub_](std::string_view what) {
    const std::shared_ptr<HubState> alive = weak.lock();
    if (alive) alive->core().guarded("on_raw_session", [what] { throw std::runtime_error(std::string(what)); });
  };
  terms.on_evidence = [weak = hub_](delivery::Session& session, auto positions) {
    prove_by_pong(weak, session.user(), std::move(positions));
  };
  return std::make_shared<const detail::RawTerms>(std::move(terms));
}

template <class HubState>
std::unique_ptr<WsHandler> BasicEndpoint<HubState>::make_raw_handler(HubState& hub, const WsSession& session,
                                                                     const Identity& identity, const Request& request) {
  std::unique_ptr<WsHandler> handler;
  hub.core().guarded("on_raw_session",
                     [&] { gate_.call([&] { handler = options_.on_raw_session(session, identity, *request); }); });
  return handler;
}

template <class HubState>
template <class U>
void BasicEndpoint<HubState>::open_raw(HubState& hub, const std::shared_ptr<Upgrade<U>>& upgrade,
                                       const Identity& identity, std::size_t home) {
  const std::size_t index = home < hub.loops() ? home : hub.core().least_loaded();
  std::unique_ptr<delivery::Seat> seat;
  if (const std::error_code ec = hub.core().take_seat(identity, index, seat)) {
    upgrade->refuse(hub::make_refused(ec, hub.core().busy_retry()));
    return;
  }
  detail::open_raw_session(hub.shared_loop(index), upgrade, raw_terms_, raw_subprotocol(upgrade->offer()),
                           [&](auto& state, const WsSession& session) {
                             hub.core().counters().raw_sessions.add();
                             state.set_guest(std::shared_ptr<delivery::Seat>(
                                 seat.release(), [core = hub.shared_core()](delivery::Seat* taken) {
                                   core->counters().raw_sessions.subtract();
                                   delete taken;
                                 }));
                             state.set_handler(make_raw_handler(hub, session, identity, upgrade->request()));
                           });
}

// A session of the hub like every other, over a line that the application speaks on too.
template <class HubState>
template <class U>
void BasicEndpoint<HubState>::open_raw_reader(HubState& hub, const std::shared_ptr<Upgrade<U>>& upgrade,
                                              hub::Entrant entrant, std::size_t home) {
  using State = detail::WsSessionState<typename HubState::LoopType>;
  auto make = [self = this->shared_from_this(), upgrade, identity = entrant.identity](
                  HubState& alive, const hub::StreamTerms& terms) -> std::unique_ptr<delivery::Carrier> {
    const auto& loop = alive.shared_loop(terms.loop);
    const auto state = std::make_shared<State>(loop, self->raw_terms_, self->raw_subprotocol(upgrade->offer()));
    state->set_handler(self->make_raw_handler(alive, WsSession(state), identity, upgrade->request()));
    return std::make_unique<delivery::RawCarrier<>>(
        state, [loop, upgrade, state] { detail::begin_raw_session(loop, *upgrade, *state); }, terms.ws.pong_evidence,
        std::shared_ptr<const delivery::RawCarrier<>::OnEvidence>(self->raw_terms_, &self->raw_terms_->on_evidence));
  };
  open_session(hub, upgrade, std::move(entrant), home, std::move(make));
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_ENDPOINT_UPGRADE_HPP
