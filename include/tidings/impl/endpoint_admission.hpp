// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_ENDPOINT_ADMISSION_HPP
#define TIDINGS_IMPL_ENDPOINT_ADMISSION_HPP

#include <tidings/endpoint.hpp>
#include <tidings/net/deadline.hpp>
#include <tidings/protocol/client_request.hpp>
#include <tidings/protocol/http/accept.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/protocol/ws/handshake.hpp>

#include <atomic>
#include <exception>
#include <optional>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

template <class HubState>
bool BasicEndpoint<HubState>::is_inbox(const RequestSnapshot& request) {
  return protocol::target_path(request.target).ends_with("/inbox");
}

template <class HubState>
typename BasicEndpoint<HubState>::Kind BasicEndpoint<HubState>::kind(const RequestSnapshot& request) const {
  if (request.method == "GET" && !is_inbox(request) && protocol::wants_websocket(request)) return Kind::upgrade;
  const bool stream = request.method == "GET" && !is_inbox(request) &&
                      protocol::accepts_event_stream(request.header("accept").value_or(""));
  return stream ? Kind::stream : Kind::answer;
}

template <class HubState>
bool BasicEndpoint<HubState>::may_wait(const RequestSnapshot& request) const {
  return request.method == "GET" && !is_inbox(request) &&
         protocol::query_number(request.target, "wait").value_or(0) > 0;
}

template <class HubState>
hub::Refused BasicEndpoint<HubState>::busy() const {
  const std::shared_ptr<HubState> hub = hub_.lock();
  if (hub) hub->core().counters().refused_overload.add();
  return hub::make_refused(errc::overloaded,
                           hub ? hub->core().busy_retry() : std::chrono::milliseconds(defaults::busy_retry));
}

template <class HubState>
protocol::OriginVerdict BasicEndpoint<HubState>::verdict(const RequestSnapshot& request) const {
  return protocol::decide(options_.origins, request.header("origin"), request.header("sec-fetch-site"),
                          request.header("host").value_or(""));
}

template <class HubState>
std::vector<Header> BasicEndpoint<HubState>::cors(const RequestSnapshot& request) const {
  return protocol::cors_headers(options_.origins, verdict(request), request.header("origin").value_or(""));
}

/// One request waiting for `authorize`: the first of answer and deadline decides.
template <class HubState>
struct BasicEndpoint<HubState>::Admission {
  enum class Call { inside, dropped_inside, returned };

  struct Waiting {
    /// From before the question: what is revoked before the answer holds.
    hub::Arrival arrival;
    Admitted admitted;
    OnRefused refused;
  };

  /// What waits, for the first who asks: who keeps `authorize`'s callback afterwards keeps nothing but the request.
  std::optional<Waiting> decide() {
    if (decided.exchange(true)) return std::nullopt;
    return std::exchange(waiting, {});
  }

  /// @returns  whether the caller of `authorize` is to refuse.
  bool dropped_inside() {
    Call inside = Call::inside;
    return call.compare_exchange_strong(inside, Call::dropped_inside);
  }

  std::atomic<bool> decided{false};
  /// What `authorize` throws drops its callback on the way: which of the two it was shows when the call is over.
  std::atomic<Call> call{Call::inside};
  Waiting waiting;
};

template <class HubState>
void BasicEndpoint<HubState>::admit(const Request& request, Admitted admitted, OnRefused refused) {
  const std::shared_ptr<HubState> hub = hub_.lock();
  if (!hub) {
    refused(hub::make_refused(errc::draining, defaults::busy_retry));
    return;
  }
  if (verdict(*request) == protocol::OriginVerdict::refused) {
    hub->core().counters().refused_origin.add();
    refused(hub::make_refused(errc::forbidden_origin, {}));
    return;
  }
  auto admission = std::make_shared<Admission>();
  admission->waiting = {hub->core().arrive(), std::move(admitted), std::move(refused)};
  ask(*hub, request, admission);
}

template <class HubState>
void BasicEndpoint<HubState>::on_access(HubState* hub, Admission& admission, std::error_code ec, Access access) {
  if (ec && admission.dropped_inside()) return;
  auto waiting = admission.decide();
  if (!waiting) return;
  if (hub == nullptr) {
    waiting->refused(hub::make_refused(errc::draining, defaults::busy_retry));
  } else if (ec) {
    // The callback was dropped uncalled.
    waiting->refused(hub::make_refused(errc::overloaded, hub->core().busy_retry()));
  } else if (auto* const rejection = std::get_if<Rejection>(&access)) {
    hub->core().counters().refused_unauthorized.add();
    waiting->refused(hub::make_refused(std::move(*rejection)));
  } else {
    waiting->admitted(hub->shared_from_this(), {std::move(std::get<Identity>(access)), std::move(waiting->arrival)});
  }
}

template <class HubState>
void BasicEndpoint<HubState>::ask(HubState& hub, const Request& request, const std::shared_ptr<Admission>& admission) {
  // The request lives as long as the callback does.
  auto answer = [weak = hub_, admission, request](std::error_code ec, Access access) {
    on_access(weak.lock().get(), *admission, ec, std::move(access));
  };
  bool failed = false;
  hub.core().guarded("authorize", [&] {
    failed = true;
    gate_.call([&] { authorize_(*request, std::move(answer)); });
    failed = false;
  });
  const bool dropped = admission->call.exchange(Admission::Call::returned) == Admission::Call::dropped_inside;
  if (failed) hub.core().report(errc::callback_failed, "authorize");
  if (failed || dropped) {
    if (auto waiting = admission->decide()) {
      waiting->refused(failed ? hub::make_refused(errc::callback_failed, {})
                              : hub::make_refused(errc::overloaded, hub.core().busy_retry()));
    }
  }
  if (admission->decided.load()) return;
  io::after(hub.shared_loop(0), options_.authorize_timeout, [weak = hub_, admission] {
    auto waiting = admission->decide();
    if (!waiting) return;
    const std::shared_ptr<HubState> alive = weak.lock();
    const auto retry = alive ? alive->core().busy_retry() : std::chrono::milliseconds(defaults::busy_retry);
    waiting->refused(hub::make_refused(errc::timeout, retry));
  });
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_ENDPOINT_ADMISSION_HPP
