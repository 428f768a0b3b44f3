// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_POLLER_HPP
#define TIDINGS_POLLER_HPP

#include <tidings/concepts.hpp>
#include <tidings/hub/poll_service.hpp>
#include <tidings/hub/prompt_answer.hpp>
#include <tidings/hub_state.hpp>
#include <tidings/identity.hpp>
#include <tidings/message.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/poller_options.hpp>
#include <tidings/protocol/http/query.hpp>
#include <tidings/published.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/store/memory_ledger.hpp>
#include <tidings/store/memory_store.hpp>
#include <tidings/store_concepts.hpp>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// Short and long polling alone, without a hub: messages lie in a store, each request takes what is new for its cursor.
///
/// ```cpp
/// tidings::Poller poller;  // memory store, one thread for polls that wait
/// poller.publish({.topic = "orders", .data = "A-17"});
/// poller.answer(request, {.user = "alice", .topics = {"orders"}}, std::move(responder));  // in the server's handler
/// ```
/// What a request may carry, `after=`, `wait=`, `topics=`, `device=`, `If-None-Match`, and the form of the answers are
/// those of a hub's endpoint: see docs/guides/wire.md. The cursor of a poll acknowledges what the poll before brought.
/// `POST ?drain` reads and clears: the cursor lies here, by user and device.
///
/// Other forms: `Poller poller{store}`; `Poller poller{io_context, store}` starts no thread, the context is run by one;
/// each takes `PollerOptions` as a last argument.
///
/// @tparam S  A model of Store.
/// Errors    `publish` as `HubRef::publish`; a request gets its status: 400, 403, 413, 429, 503.
/// Thread    all functions from any thread; not destroyed on its own loop.
/// Lifetime  owns store and loop. The destructor answers the polls that wait with 503 and `Retry-After`.
template <Store S = MemoryStore>
class Poller {
 public:
  /// Throws `std::invalid_argument` for options out of their range.
  Poller() : Poller(S{}, PollerOptions{}) {}
  explicit Poller(PollerOptions options) : Poller(S{}, std::move(options)) {}
  explicit Poller(S store, PollerOptions options = {})
      : no_store_(options.no_store),
        origins_(options.origins),
        state_(HubState::with_threads(delivery::AnyStore(std::move(store)), delivery::AnyLedger(MemoryLedger{}),
                                      to_hub(std::move(options)))) {
    state_->start();
  }
  explicit Poller(net::io_context& context, PollerOptions options = {}) : Poller(context, S{}, std::move(options)) {}
  Poller(net::io_context& context, S store, PollerOptions options = {})
      : no_store_(options.no_store),
        origins_(options.origins),
        state_(HubState::on_context(context, delivery::AnyStore(std::move(store)), delivery::AnyLedger(MemoryLedger{}),
                                    to_hub(std::move(options)))) {
    state_->start();
  }
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller() { HubState::end(std::move(state_)); }

  /// Answers one poll: at once, or, with `wait=` and nothing new, when something is or the wait is over.
  ///
  /// @param request    Copied; need not outlive the call.
  /// @param identity   Who asks and what it may read; as `authorize` would have said.
  /// @param responder  Answered exactly once, also when the poller goes away; inside this call if its server cannot
  ///                   answer late, and then without a wait. HEAD: the server leaves the body out.
  ///                   A page of an origin that `PollerOptions::origins` does not allow gets 403.
  /// @param headers    Go with the answer too.
  template <HttpRequest R, Responder P>
  void answer(const R& request, Identity identity, P responder, std::vector<Header> headers = {}) {
    answer(snapshot(request), std::move(identity), std::move(responder), std::move(headers));
  }
  template <Responder P>
  void answer(const RequestSnapshot& request, Identity identity, P responder, std::vector<Header> headers = {}) {
    const bool drain = request.method == "POST" && protocol::query_has(request.target, "drain");
    if (request.method != "GET" && request.method != "HEAD" && !drain) {
      responder.respond({405, {{"Allow", "GET, HEAD"}}}, share_bytes({}));
      return;
    }
    const protocol::OriginVerdict verdict = protocol::decide(
        origins_, request.header("origin"), request.header("sec-fetch-site"), request.header("host").value_or(""));
    if (verdict == protocol::OriginVerdict::refused) {
      state_->core().counters().refused_origin.add();
      hub::Refused refused = hub::make_refused(errc::forbidden_origin, {});
      responder.respond({refused.status, std::move(refused.headers)}, share_bytes(std::move(refused.body)));
      return;
    }
    for (Header& each : protocol::cors_headers(origins_, verdict, request.header("origin").value_or(""))) {
      headers.push_back(std::move(each));
    }
    hub::answer_by(std::move(responder), state_->core().on_a_loop(), [&](hub::AnyResponder any) {
      hub::PollService::serve(state_->shared_core(), request, std::move(identity), std::move(any),
                              {drain, no_store_, std::move(headers)});
    });
  }

  /// Publishes without waiting; a failure reaches `PollerOptions::on_error`.
  MessageId publish(Message message) { return state_->core().publish(std::move(message), {}); }

  /// Publishes and completes when the store has acknowledged.
  ///
  /// @param token  Signature `void(error_code, Published)`.
  template <class Token>
  auto async_publish(Message message, Token&& token) {
    return async<Published>(
        [message = std::move(message)](hub::Core& core, Completion<Published> done) mutable {
          core.publish(std::move(message), std::move(done));
        },
        std::forward<Token>(token));
  }

  /// How many messages of the user's inbox are retained and not seen.
  ///
  /// @param token  Signature `void(error_code, std::size_t)`.
  template <class Token>
  auto async_unread(std::string user, Token&& token) {
    return async<std::size_t>(
        [user = std::move(user)](hub::Core& core, Completion<std::size_t> done) { core.unread(user, std::move(done)); },
        std::forward<Token>(token));
  }

  /// Marks messages of the user's inbox as read; completes with the number of unread ones left.
  ///
  /// @param token  Signature `void(error_code, std::size_t)`.
  template <class Token>
  auto async_mark_seen(SeenRequest request, Token&& token) {
    return async<std::size_t>(
        [request = std::move(request)](hub::Core& core, Completion<std::size_t> done) mutable {
          core.mark_seen(std::move(request), std::move(done));
        },
        std::forward<Token>(token));
  }

  /// Removes all but the newest `keep` messages of a topic; who is behind them gets a gap.
  ///
  /// @param token  Signature `void(error_code)`.
  template <class Token>
  auto async_trim(std::string topic, std::size_t keep, Token&& token) {
    return async<>([topic = std::move(topic), keep](hub::Core& core,
                                                    Completion<> done) { core.trim(topic, keep, std::move(done)); },
                   std::forward<Token>(token));
  }

  /// What the poller counts. The pointer keeps the counters alive.
  std::shared_ptr<const Counters> counters() const {
    return {state_->shared_core(), &state_->shared_core()->counters()};
  }

 private:
  static HubOptions to_hub(PollerOptions options) {
    if (options.max_topics < 1 || options.max_topics > defaults::max_topics_per_session) {
      throw std::invalid_argument("PollerOptions::max_topics: 1 .. 64, the size of a cursor");
    }
    if (options.interval.count() < 1) throw std::invalid_argument("PollerOptions::interval: at least 1 ms");
    HubOptions hub;
    hub.max_payload_bytes = options.max_payload_bytes;
    hub.max_topics_per_session = options.max_topics;
    hub.max_sessions_per_user = options.max_waiting_per_user;
    hub.max_sessions = options.max_waiting;
    hub.max_poll_wait = options.max_wait;
    hub.poll_interval = options.interval;
    hub.max_polls_per_second = options.max_per_second;
    hub.close_timeout = options.close_timeout;
    hub.logger = std::move(options.logger);
    hub.on_error = std::move(options.on_error);
    return hub;
  }

  template <class... Results, class F, class Token>
  auto async(F f, Token&& token) {
    return io::async_result<Results...>(
        [weak = std::weak_ptr(state_)] { return HubState::home_of(weak); },
        [weak = std::weak_ptr(state_), f = std::move(f)](Completion<Results...> done) mutable {
          if (const std::shared_ptr<HubState> state = weak.lock()) {
            f(state->core(), std::move(done));
          } else {
            done.fail(errc::closed);
          }
        },
        token);
  }

  bool no_store_;
  protocol::OriginPolicy origins_;
  std::shared_ptr<HubState> state_;
};

Poller()->Poller<MemoryStore>;
Poller(PollerOptions)->Poller<MemoryStore>;
Poller(net::io_context&)->Poller<MemoryStore>;
Poller(net::io_context&, PollerOptions)->Poller<MemoryStore>;
template <Store S>
Poller(S) -> Poller<S>;
template <Store S>
Poller(S, PollerOptions) -> Poller<S>;
template <Store S>
Poller(net::io_context&, S) -> Poller<S>;
template <Store S>
Poller(net::io_context&, S, PollerOptions) -> Poller<S>;

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_POLLER_HPP
