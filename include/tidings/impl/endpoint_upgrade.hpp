// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_ENDPOINT_UPGRADE_HPP
#define TIDINGS_IMPL_ENDPOINT_UPGRADE_HPP

#include <tidings/delivery/channel_link.hpp>
#include <tidings/delivery/last_answer.hpp>
#include <tidings/delivery/stream_bytes.hpp>
#include <tidings/delivery/ws_carrier.hpp>
#include <tidings/delivery/ws_link.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/net/deadline.hpp>
#include <tidings/net/socket_bytes.hpp>
#include <tidings/protocol/ws/handshake.hpp>

#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// A handshake on its way: what it asks for, and the connection that it came on.
///
/// Lifetime  shared; dropped unanswered, the way refuses or drops the connection by itself.
template <class HubState>
template <class U>
class BasicEndpoint<HubState>::Upgrade : public std::enable_shared_from_this<Upgrade<U>> {
 public:
  Upgrade(std::shared_ptr<BasicEndpoint> endpoint, Request request, U way, std::size_t home)
      : endpoint(std::move(endpoint)), request(std::move(request)), home(home), way(std::move(way)) {}

  /// Reads the handshake; false if it was refused.
  bool read_offer() {
    protocol::WsRefusal bad = protocol::read_ws_offer(*request, offer);
    if (bad.status == 0) return true;
    hub::Refused refused = hub::make_refused(errc::handshake_failed, {});
    refused.status = bad.status;
    for (Header& each : bad.headers) refused.headers.push_back(std::move(each));
    refuse(std::move(refused));
    return false;
  }

  void refuse(hub::Refused refused) {
    ResponseHead head{refused.status, std::move(refused.headers)};
    for (Header& each : endpoint->cors(*request)) head.headers.push_back(std::move(each));
    if (socket) {
      refuse_over_socket(std::move(head), std::move(refused.body));
    } else if constexpr (MessageChannel<U>) {
      way.respond(std::move(head), share_bytes(std::move(refused.body)));
    } else if constexpr (StreamingResponse<U>) {
      refuse_over_response(std::move(head), std::move(refused.body));
    } else {
      refuse_over_stream(std::move(head), std::move(refused.body));
    }
  }

  /// The head of the answer 101.
  std::string accept_head() const {
    std::string head;
    // Of ours and the client's own there is nothing that could be unsafe in it.
    static_cast<void>(protocol::encode_ws_accept(head, offer, protocol::ws_subprotocol, endpoint->cors(*request)));
    return head;
  }

  std::shared_ptr<BasicEndpoint> endpoint;
  Request request;
  std::size_t home;
  U way;
  protocol::WsOffer offer;
  /// Once the connection has left its server.
  io::OwnedSocket socket;
  std::string prefetched;

 private:
  static std::string whole_answer(ResponseHead head, const std::string& body) {
    head.headers.push_back({"Connection", "close"});
    head.headers.push_back({"Content-Length", std::to_string(body.size())});
    std::string text;
    if (protocol::encode_response_head(text, 11, head.status, head.headers)) return {};
    return text.append(body);
  }

  void refuse_over_socket(ResponseHead head, const std::string& body) {
    const std::shared_ptr<HubState> hub = endpoint->hub_.lock();
    if (!hub) return;
    io::Loop& loop = hub->loop(0);
    loop.post([&loop, self = this->shared_from_this(), text = whole_answer(std::move(head), body)] {
      io::OutputBuffer rest;
      rest.append(text);
      if (rest.flush(self->socket.get())) return;
      io::BasicFarewell<io::Loop>::say(loop, std::move(self->socket), std::move(rest));
    });
  }
  void refuse_over_response(ResponseHead head, std::string body) {
    way.start(std::move(head));
    way.write(share_bytes(std::move(body)), [self = this->shared_from_this()](std::error_code ec) {
      if (ec) {
        self->way.abort();
      } else {
        self->way.finish();
      }
    });
  }
  void refuse_over_stream(ResponseHead head, const std::string& body) {
    auto answer = delivery::LastAnswer<U>::say(std::move(way), whole_answer(std::move(head), body));
    const std::shared_ptr<HubState> hub = endpoint->hub_.lock();
    if (!hub) return;
    io::after(hub->shared_loop(0), defaults::close_timeout, [answer] { answer->give_up(); });
  }
};

template <class HubState>
template <class U>
requires(ByteStream<U> || MessageChannel<U> ||
         (StreamingResponse<U> && HandsOver<U>)) void BasicEndpoint<HubState>::upgrade(RequestSnapshot snapshot, U way,
                                                                                       std::size_t home) {
  const auto request = std::make_shared<const RequestSnapshot>(std::move(snapshot));
  auto upgrade = std::make_shared<Upgrade<U>>(this->shared_from_this(), request, std::move(way), home);
  if (!upgrade->read_offer()) return;
  const std::string mine(protocol::ws_subprotocol);
  if (protocol::choose_subprotocol(upgrade->offer, std::span(&mine, 1)).empty()) {
    upgrade->refuse(hub::make_refused(errc::handshake_failed, {}));
    return;
  }
  admit(
      request,
      [upgrade](const std::shared_ptr<HubState>& hub, hub::Entrant entrant) {
        upgrade->endpoint->open_upgrade(hub, upgrade, std::move(entrant));
      },
      [upgrade](hub::Refused refused) { upgrade->refuse(std::move(refused)); });
}

namespace detail {

/// A carrier over what the connection has become.
template <class Link, class Handler, class Start>
std::unique_ptr<delivery::Carrier> make_ws_carrier(io::Loop& loop, Link link, const hub::StreamTerms& terms,
                                                   std::unique_ptr<Handler> handler, Start start) {
  return std::make_unique<delivery::WsCarrier<Link>>(loop, std::move(link), terms.ws, std::move(handler),
                                                     std::move(start));
}

}  // namespace detail

template <class HubState>
template <class U>
void BasicEndpoint<HubState>::open_upgrade(const std::shared_ptr<HubState>& hub, std::shared_ptr<Upgrade<U>> upgrade,
                                           hub::Entrant entrant) {
  if constexpr (HandsOver<U>) {
    upgrade->way.release([upgrade, weak = std::weak_ptr(hub), entrant = std::move(entrant)](
                             std::error_code ec, NativeSocket native) mutable {
      upgrade->socket = io::OwnedSocket(native.descriptor);
      upgrade->prefetched = std::move(native.prefetched);
      const std::shared_ptr<HubState> alive = weak.lock();
      if (!alive || (ec && !(ByteStream<U> && ec == errc::not_supported))) return;
      upgrade->endpoint->place_upgrade(*alive, upgrade, std::move(entrant));
    });
  } else {
    place_upgrade(*hub, upgrade, std::move(entrant));
  }
}

template <class HubState>
template <class U>
void BasicEndpoint<HubState>::place_upgrade(HubState& hub, const std::shared_ptr<Upgrade<U>>& upgrade,
                                            hub::Entrant entrant) {
  auto make = [weak = hub_, upgrade,
               identity = entrant.identity](const hub::StreamTerms& terms) -> std::unique_ptr<delivery::Carrier> {
    const std::shared_ptr<HubState> alive = weak.lock();
    if (!alive) return nullptr;
    io::Loop& loop = alive->loop(terms.loop);
    auto handler = std::make_unique<Conversation>(upgrade->endpoint, identity, upgrade->request, loop.now());
    return upgrade->endpoint->make_carrier(*alive, *upgrade, terms, std::move(handler));
  };
  auto refused = [upgrade](hub::Refusal why) { upgrade->refuse(hub::make_refused(why.why, why.retry)); };
  hub.core().open_stream(protocol::read_client_request(*upgrade->request), std::move(entrant), Transport::websocket,
                         std::move(make), std::move(refused), upgrade->home);
}

template <class HubState>
template <class U>
std::unique_ptr<delivery::Carrier> BasicEndpoint<HubState>::make_carrier(HubState& hub, Upgrade<U>& upgrade,
                                                                         const hub::StreamTerms& terms,
                                                                         std::unique_ptr<Conversation> handler) {
  io::Loop& loop = hub.loop(terms.loop);
  const protocol::WsLimits limits{options_.max_upward_bytes, defaults::max_ws_frames};
  const auto start = [head = upgrade.accept_head()](auto& link, delivery::WsLinkEvents& events) {
    link.start(events, head);
  };
  if constexpr (HandsOver<U>) {
    if (upgrade.socket) {
      delivery::WsLink<io::SocketBytes> link(
          io::SocketBytes(loop, std::move(upgrade.socket), std::move(upgrade.prefetched)), limits);
      return detail::make_ws_carrier(loop, std::move(link), terms, std::move(handler), start);
    }
  }
  if constexpr (ByteStream<U>) {
    delivery::WsLink<delivery::StreamBytes<U>> link(
        delivery::StreamBytes<U>(hub.shared_loop(terms.loop), std::move(upgrade.way)), limits);
    return detail::make_ws_carrier(loop, std::move(link), terms, std::move(handler), start);
  } else if constexpr (MessageChannel<U>) {
    delivery::ChannelLink<U> link(hub.shared_loop(terms.loop), std::move(upgrade.way), options_.max_upward_bytes);
    return detail::make_ws_carrier(loop, std::move(link), terms, std::move(handler),
                                   [headers = cors(*upgrade.request)](auto& l, delivery::WsLinkEvents& events) {
                                     l.start(events, std::string(protocol::ws_subprotocol), headers);
                                   });
  } else {
    return nullptr;
  }
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_ENDPOINT_UPGRADE_HPP
