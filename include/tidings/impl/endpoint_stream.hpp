// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_ENDPOINT_STREAM_HPP
#define TIDINGS_IMPL_ENDPOINT_STREAM_HPP

#include <tidings/delivery/response_wire.hpp>
#include <tidings/delivery/sse_carrier.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/net/socket_wire.hpp>
#include <tidings/protocol/client_request.hpp>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

template <class HubState>
template <StreamingResponse S>
void BasicEndpoint<HubState>::stream(RequestSnapshot snapshot, S response, std::size_t home) {
  const auto request = std::make_shared<const RequestSnapshot>(std::move(snapshot));
  auto shared = std::make_shared<S>(std::move(response));
  admit(
      request,
      [self = this->shared_from_this(), request, shared, home](const std::shared_ptr<HubState>& hub,
                                                               hub::Entrant entrant) {
        self->open_stream(hub, request, std::move(entrant), shared, home);
      },
      [self = this->shared_from_this(), request, shared](hub::Refused refused) {
        refuse_stream(std::move(*shared), std::move(refused), self->cors(*request));
      });
}

namespace detail {

/// Head and body of a refused event stream.
inline std::pair<ResponseHead, std::string> stream_refusal(hub::Refused refused, std::vector<Header> headers) {
  ResponseHead head{refused.status, std::move(refused.headers)};
  std::string body = std::move(refused.body);
  if (refused.temporary) {
    head = {200, delivery::sse_headers()};
    body = hub::busy_stream(refused.retry);
  }
  for (Header& each : headers) head.headers.push_back(std::move(each));
  return {std::move(head), std::move(body)};
}

/// The same over a socket that has left its server; on its loop.
template <class Loop>
void refuse_over_socket(Loop& loop, io::OwnedSocket socket, int http_version, hub::Refused refused,
                        std::vector<Header> headers) {
  auto [head, body] = stream_refusal(std::move(refused), std::move(headers));
  head.headers.push_back({"Connection", "close"});
  head.headers.push_back({"Content-Length", std::to_string(body.size())});
  std::string text;
  if (protocol::encode_response_head(text, http_version >= 11 ? 11 : 10, head.status, head.headers)) return;
  io::OutputBuffer rest;
  rest.append(text.append(body));
  if (rest.flush(socket.get())) return;
  io::BasicFarewell<Loop>::say(loop, std::move(socket), std::move(rest));
}

}  // namespace detail

template <class HubState>
template <StreamingResponse S>
void BasicEndpoint<HubState>::refuse_stream(S response, hub::Refused refused, std::vector<Header> headers) {
  auto [head, body] = detail::stream_refusal(std::move(refused), std::move(headers));
  auto shared = std::make_shared<S>(std::move(response));
  shared->start(std::move(head));
  if (body.empty()) {
    shared->finish();
    return;
  }
  shared->write(share_bytes(std::move(body)), [shared](std::error_code ec) {
    if (ec) {
      shared->abort();
    } else {
      shared->finish();
    }
  });
}

template <class HubState>
template <class S>
void BasicEndpoint<HubState>::open_stream(const std::shared_ptr<HubState>& hub, const Request& request,
                                          hub::Entrant entrant, std::shared_ptr<S> response, std::size_t home) {
  if constexpr (HandsOver<S>) {
    open_over_socket(hub, request, std::move(entrant), std::move(response), home);
  } else {
    open_over_response(hub, request, std::move(entrant), std::move(response), home);
  }
}

template <class HubState>
template <class S>
void BasicEndpoint<HubState>::open_over_response(const std::shared_ptr<HubState>& hub, const Request& request,
                                                 hub::Entrant entrant, std::shared_ptr<S> response, std::size_t home) {
  using Wire = delivery::ResponseWire<S>;
  auto make = [weak = std::weak_ptr(hub), response,
               headers = cors(*request)](const hub::StreamTerms& terms) mutable -> std::unique_ptr<delivery::Carrier> {
    const std::shared_ptr<HubState> alive = weak.lock();
    if (!alive) return nullptr;
    return std::make_unique<delivery::SseCarrier<Wire>>(Wire(alive->shared_loop(terms.loop), std::move(*response)),
                                                        terms.sse, std::move(headers));
  };
  auto refused = [self = this->shared_from_this(), request, response](hub::Refusal why) {
    refuse_stream(std::move(*response), hub::make_refused(why.why, why.retry), self->cors(*request));
  };
  hub->core().open_stream(protocol::read_client_request(*request), std::move(entrant), Transport::sse, std::move(make),
                          std::move(refused), home);
}

template <class HubState>
template <class S>
void BasicEndpoint<HubState>::open_over_socket(const std::shared_ptr<HubState>& hub, const Request& request,
                                               hub::Entrant entrant, std::shared_ptr<S> response, std::size_t home) {
  response->release([self = this->shared_from_this(), weak = std::weak_ptr(hub), request, entrant = std::move(entrant),
                     response, home](std::error_code ec, NativeSocket native) mutable {
    auto socket = std::make_shared<io::OwnedSocket>(native.descriptor, native.tuned);
    const std::shared_ptr<HubState> alive = weak.lock();
    if (!alive) return;
    if (ec == errc::not_supported) {
      self->open_over_response(alive, request, std::move(entrant), std::move(response), home);
      return;
    }
    if (ec) return;
    const int version = request->version;
    auto make = [weak, socket, version, from = std::move(native.home), headers = self->cors(*request)](
                    const hub::StreamTerms& terms) mutable -> std::unique_ptr<delivery::Carrier> {
      const std::shared_ptr<HubState> state = weak.lock();
      if (!state) return nullptr;
      return std::make_unique<delivery::SseCarrier<io::SocketWire>>(
          io::SocketWire(state->loop(terms.loop), std::move(*socket), version, std::move(from)), terms.sse,
          std::move(headers));
    };
    auto refused = [self, weak, socket, request, version](hub::Refusal why) {
      const std::shared_ptr<HubState> state = weak.lock();
      if (!state) return;
      io::Loop& loop = state->loop(0);
      loop.post([&loop, socket, version, refusal = hub::make_refused(why.why, why.retry),
                 headers = self->cors(*request)]() mutable {
        detail::refuse_over_socket(loop, std::move(*socket), version, std::move(refusal), std::move(headers));
      });
    };
    alive->core().open_stream(protocol::read_client_request(*request), std::move(entrant), Transport::sse,
                              std::move(make), std::move(refused), home);
  });
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_ENDPOINT_STREAM_HPP
