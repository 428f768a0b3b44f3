// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ENDPOINT_HPP
#define TIDINGS_ENDPOINT_HPP

#include <tidings/call_gate.hpp>
#include <tidings/concepts.hpp>
#include <tidings/delivery/upward_handler.hpp>
#include <tidings/endpoint_options.hpp>
#include <tidings/extern_template.hpp>
#include <tidings/hub/access.hpp>
#include <tidings/hub/prompt_answer.hpp>
#include <tidings/hub/refused.hpp>
#include <tidings/hub/upward_rates.hpp>
#include <tidings/hub_ref.hpp>
#include <tidings/impl/raw_terms.hpp>
#include <tidings/impl/ws_upgrade.hpp>
#include <tidings/protocol/envelope.hpp>
#include <tidings/request_snapshot.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// One URL that speaks all transports: `Upgrade: websocket` -> WebSocket, `Accept: text/event-stream` -> SSE, else poll;
/// POST for acknowledgements, seen marks, messages to the application and drains; `/inbox` below it; CORS preflight.
/// Adapters feed it; applications use `mount`.
///
/// ```cpp
/// auto endpoint = std::make_shared<tidings::Endpoint>(hub, tidings::make_authorize(authorize));
/// if (endpoint->kind(request) == tidings::Endpoint::Kind::stream) endpoint->stream(request, std::move(response));
/// ```
/// @tparam HubState  The one there is; a parameter so that only a unit that serves requests compiles this.
/// Thread    any. Lifetime  shared; holds the hub weakly: a request that finds it gone is refused politely.
template <class HubState>
class BasicEndpoint : public std::enable_shared_from_this<BasicEndpoint<HubState>> {
 public:
  enum class Kind { upgrade, stream, answer };

  /// No preference: the least loaded loop.
  static constexpr std::size_t any_loop = hub::Core::any_loop;

  BasicEndpoint(const HubRef& hub, Authorize authorize, EndpointOptions options = {})
      : hub_(hub.state()), authorize_(std::move(authorize)), options_(std::move(options)) {
    if (options_.on_raw_session) raw_terms_ = make_raw_terms();
  }

  /// What the request wants: to become a WebSocket, an event stream, or one answer. A server without WebSocket gives
  /// `answer` the first as well, which says 501.
  Kind kind(const RequestSnapshot& request) const;
  /// Whether the answer may come late (a long poll), so that a blocking server would pin a thread.
  bool may_wait(const RequestSnapshot& request) const;
  /// Serves an event stream, also its refusals.
  ///
  /// @param response  Nothing written yet.
  /// @param home      The loop to prefer.
  template <StreamingResponse S>
  void stream(RequestSnapshot request, S response, std::size_t home = any_loop);

  /// Serves a WebSocket, also its refusals.
  ///
  /// @param way   Nothing answered yet: a ByteStream, a MessageChannel, or a StreamingResponse that hands its socket over.
  /// @param home  The loop to prefer.
  template <UpgradeWay U>
  void upgrade(RequestSnapshot request, U way, std::size_t home = any_loop);

  /// Lets no more calls into `authorize` and `on_message`, and waits for those that are inside.
  void detach() { gate_.close(); }

  /// Serves everything else. A server that must have its answer before the handler returns (no `late_answer`) gets it
  /// inside this call; its polls do not wait for news.
  template <Responder R>
  void answer(RequestSnapshot request, R responder, std::size_t home = any_loop) {
    hub::answer_by(std::move(responder), on_a_loop(),
                   [&](hub::AnyResponder any) { serve(std::move(request), std::move(any), home); });
  }

  /// Refuses for the moment, without asking anybody: the server has no thread left for it. A stream gets the form that an
  /// EventSource comes back after.
  template <StreamingResponse S>
  void turn_away(const RequestSnapshot& request, S response) const {
    refuse_stream(std::move(response), busy(), cors(request));
  }
  template <Responder R>
  void turn_away(const RequestSnapshot& request, R responder) const {
    hub::AnyResponder any(std::move(responder));
    respond(any, request, busy());
  }

 private:
  using Request = std::shared_ptr<const RequestSnapshot>;
  using Admitted = UniqueFunction<void(std::shared_ptr<HubState>, hub::Entrant)>;
  using OnRefused = UniqueFunction<void(hub::Refused)>;
  struct Admission;
  class Conversation;
  using WeakLoop = std::weak_ptr<typename HubState::LoopType>;
  template <class U>
  using Upgrade = detail::WsUpgrade<U, typename HubState::LoopType>;

  static bool is_inbox(const RequestSnapshot& request);
  bool on_a_loop() const {
    const std::shared_ptr<HubState> hub = hub_.lock();
    return hub && hub->core().on_a_loop();
  }
  protocol::OriginVerdict verdict(const RequestSnapshot& request) const;
  std::vector<Header> cors(const RequestSnapshot& request) const;
  hub::Refused busy() const;

  // Cross-site policy, hub alive, authorize: impl/endpoint_admission.hpp.
  void admit(const Request& request, Admitted admitted, OnRefused refused);
  static void on_access(HubState* hub, Admission& admission, std::error_code ec, Access access);
  void ask(HubState& hub, const Request& request, const std::shared_ptr<Admission>& admission);

  // Streams: impl/endpoint_stream.hpp.
  template <StreamingResponse S>
  static void refuse_stream(S response, hub::Refused refused, std::vector<Header> headers);
  template <class S>
  void open_stream(const std::shared_ptr<HubState>& hub, const Request& request, hub::Entrant entrant,
                   std::shared_ptr<S> response, std::size_t home);
  template <class S>
  void open_over_socket(const std::shared_ptr<HubState>& hub, const Request& request, hub::Entrant entrant,
                        std::shared_ptr<S> response, std::size_t home);
  template <class S>
  void open_over_response(const std::shared_ptr<HubState>& hub, const Request& request, hub::Entrant entrant,
                          std::shared_ptr<S> response, std::size_t home);

  // WebSockets: impl/endpoint_upgrade.hpp.
  template <class U, class Make>
  void open_session(HubState& hub, const std::shared_ptr<Upgrade<U>>& upgrade, hub::Entrant entrant, std::size_t home,
                    Make make);
  template <class U>
  void open_upgrade(HubState& hub, const std::shared_ptr<Upgrade<U>>& upgrade, hub::Entrant entrant, std::size_t home);

  template <class U>
  void open_raw(HubState& hub, const std::shared_ptr<Upgrade<U>>& upgrade, const Identity& identity, std::size_t home);
  template <class U>
  void open_raw_reader(HubState& hub, const std::shared_ptr<Upgrade<U>>& upgrade, hub::Entrant entrant,
                       std::size_t home);
  std::string raw_subprotocol(const protocol::WsOffer& offer) const;
  std::shared_ptr<const detail::RawTerms> make_raw_terms() const;
  std::unique_ptr<WsHandler> make_raw_handler(HubState& hub, const WsSession& session, const Identity& identity,
                                              const Request& request);
  static void prove_by_pong(const std::weak_ptr<HubState>& weak, const std::string& user,
                            std::vector<delivery::TopicPosition> positions);

  // One answer: impl/endpoint_answer.hpp.
  void serve(RequestSnapshot request, hub::AnyResponder responder, std::size_t home);
  void serve_admitted(const std::shared_ptr<HubState>& hub, const Request& request, hub::Entrant entrant,
                      hub::AnyResponder responder, std::size_t home);
  void serve_inbox(const std::shared_ptr<HubState>& hub, const Request& request, const Identity& identity,
                   hub::AnyResponder responder);
  void serve_upward(const std::shared_ptr<HubState>& hub, const Request& request, const Identity& identity,
                    hub::AnyResponder responder);
  std::error_code may_send(HubState& hub, const RequestSnapshot& request, const Identity& identity);
  template <class Answer>
  void hand_over(HubState& hub, const RequestSnapshot& request, const std::string& user, protocol::UpwardSend sent,
                 Answer answer);
  void respond(hub::AnyResponder& responder, const RequestSnapshot& request, hub::Refused answer) const;

  std::weak_ptr<HubState> hub_;
  Authorize authorize_;
  EndpointOptions options_;
  // Of raw sessions, if there are any.
  std::shared_ptr<const detail::RawTerms> raw_terms_;
  CallGate gate_;
  hub::BasicUpwardRates<BasicEndpoint> rates_;
};

using Endpoint = BasicEndpoint<HubState>;
TIDINGS_EXTERN_TEMPLATE(class BasicEndpoint<HubState>)

TIDINGS_NAMESPACE_END

#include <tidings/impl/endpoint_admission.hpp>
#include <tidings/impl/endpoint_answer.hpp>
#include <tidings/impl/endpoint_conversation.hpp>
#include <tidings/impl/endpoint_stream.hpp>
#include <tidings/impl/endpoint_upgrade.hpp>
#include <tidings/impl/endpoint_upward.hpp>

#endif  // TIDINGS_ENDPOINT_HPP
