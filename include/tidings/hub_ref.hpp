// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_REF_HPP
#define TIDINGS_HUB_REF_HPP

#include <tidings/hub_state.hpp>
#include <tidings/loop_ref.hpp>
#include <tidings/message.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/net/holds.hpp>
#include <tidings/presence.hpp>
#include <tidings/published.hpp>
#include <tidings/receipt.hpp>
#include <tidings/session_info.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// A handle on a hub, to copy and pass around: everything an application does with a hub, without template parameters.
///
/// ```cpp
/// void on_order(tidings::HubRef hub, const Order& order) {
///   hub.publish({.topic = "orders", .event = "created", .data = order.to_json()});
/// }
/// ```
/// @tparam HubState  The one there is; a parameter so that only what is called is compiled.
/// Every `async_` function takes any completion token. Its handler is called on its own executor, else on the hub's
/// first loop (once the hub is gone, on Asio's system executor), and never inside the call. Cancellation of any type calls
/// it with errc::cancelled; what was begun goes on.
/// Errors    errc::closed from every function once the hub is gone.
/// Thread    any.
/// Lifetime  does not keep the hub alive.
template <class HubState>
class BasicHubRef {
 public:
  BasicHubRef() = default;
  explicit BasicHubRef(const std::shared_ptr<HubState>& state) : state_(state) {}

  /// The least loaded of the hub's loops, for raw WebSockets (`accept_ws`).
  auto loop() const {
    using Loop = typename HubState::LoopType;
    const std::shared_ptr<HubState> state = state_.lock();
    return BasicLoopRef<Loop>(state ? state->shared_loop(state->core().least_loaded()) : std::shared_ptr<Loop>());
  }

  // ---- publishing ----

  /// Publishes without waiting; never blocks.
  ///
  /// @param message  See `Message`; the topic is created by its first message.
  /// @returns        the message's id; a failure reaches `HubOptions::on_error`. If the store finds that it was published
  ///                 before (`Message::idempotency_key`), nobody knows this id: `async_publish` says the first one's.
  MessageId publish(Message message) const { return publish(std::move(message), {}); }
  /// The same, with a callback: called exactly once, on any thread, also inside this call.
  MessageId publish(Message message, Completion<Published> done) const {
    const std::shared_ptr<HubState> state = state_.lock();
    if (!state) {
      done.fail(errc::closed);
      return {};
    }
    return state->core().publish(std::move(message), std::move(done));
  }

  /// Publishes and completes when the store has acknowledged.
  ///
  /// @param token  Signature `void(error_code, Published)`.
  /// Errors       errc::invalid_topic, errc::invalid_event_name, errc::payload_too_large, errc::invalid_json, and
  ///              whatever the store reports.
  template <class Token>
  auto async_publish(Message message, Token&& token) const {
    return with_core<Published>(
        [message = std::move(message)](hub::Core& core, Completion<Published> done) mutable {
          core.publish(std::move(message), std::move(done));
        },
        std::forward<Token>(token));
  }

  /// Publishes and blocks until the store has acknowledged; for threads that may block.
  ///
  /// Errors  as async_publish; errc::would_deadlock on a loop of the hub.
  Published publish_and_wait(Message message, std::error_code& ec) const;
  /// The same; throws `std::system_error`.
  Published publish_and_wait(Message message) const {
    std::error_code ec;
    Published published = publish_and_wait(std::move(message), ec);
    if (ec) throw std::system_error(ec, "publish_and_wait");
    return published;
  }

  /// Publishes to the inboxes of several users: one id, one entry of the ledger. `message.topic` is not looked at.
  ///
  /// Errors  as async_publish; errc::no_members for an empty list.
  MessageId publish_to(std::vector<std::string> users, Message message, Completion<Published> done = {}) const {
    const std::shared_ptr<HubState> state = state_.lock();
    if (!state) {
      done.fail(errc::closed);
      return {};
    }
    return state->core().publish_to(std::move(users), std::move(message), std::move(done));
  }
  template <class Token>
  auto async_publish_to(std::vector<std::string> users, Message message, Token&& token) const {
    return with_core<Published>(
        [users = std::move(users), message = std::move(message)](hub::Core& core, Completion<Published> done) mutable {
          core.publish_to(std::move(users), std::move(message), std::move(done));
        },
        std::forward<Token>(token));
  }

  // ---- who has it ----

  /// What became of a message, for each of its recipients.
  ///
  /// @param token  Signature `void(error_code, MessageStatus)`.
  /// Errors       errc::unknown_message, and whatever store and ledger report.
  template <class Token>
  auto async_status(MessageId id, Token&& token) const {
    return with_core<MessageStatus>(
        [id](hub::Core& core, Completion<MessageStatus> done) { core.status(id, std::move(done)); },
        std::forward<Token>(token));
  }

  /// The recipients for whom the message is not proved delivered, and why.
  ///
  /// @param token  Signature `void(error_code, std::vector<RecipientStatus>)`.
  /// Errors       as async_status; errc::no_members when no topic of it has members: nobody can have missed it.
  template <class Token>
  auto async_missed(MessageId id, Token&& token) const {
    return with_core<std::vector<RecipientStatus>>(
        [id](hub::Core& core, Completion<std::vector<RecipientStatus>> done) { core.missed(id, std::move(done)); },
        std::forward<Token>(token));
  }

  /// The last publications that the ledger remembers, newest first.
  ///
  /// @param token  Signature `void(error_code, std::vector<PublicationRecord>)`.
  template <class Token>
  auto async_recent(std::size_t limit, Token&& token) const {
    return with_core<std::vector<PublicationRecord>>(
        [limit](hub::Core& core, Completion<std::vector<PublicationRecord>> done) {
          core.recent(limit, std::move(done));
        },
        std::forward<Token>(token));
  }

  // ---- members and inboxes ----

  /// The user is meant to get the topic's messages from now on, connected or not. Being a member already is success.
  ///
  /// @param token  Signature `void(error_code)`.
  /// Errors       errc::invalid_topic (also an inbox: its owner is always a member).
  template <class Token>
  auto async_add_member(std::string topic, std::string user, Token&& token) const {
    return with_core<>([topic = std::move(topic), user = std::move(user)](
                           hub::Core& core, Completion<> done) { core.add_member(topic, user, std::move(done)); },
                       std::forward<Token>(token));
  }
  template <class Token>
  auto async_remove_member(std::string topic, std::string user, Token&& token) const {
    return with_core<>([topic = std::move(topic), user = std::move(user)](
                           hub::Core& core, Completion<> done) { core.remove_member(topic, user, std::move(done)); },
                       std::forward<Token>(token));
  }
  /// Without waiting; a failure reaches `HubOptions::on_error`.
  void add_member(const std::string& topic, const std::string& user) const {
    if (const std::shared_ptr<HubState> state = state_.lock()) {
      state->core().add_member(topic, user, reporting(state, "add_member"));
    }
  }
  void remove_member(const std::string& topic, const std::string& user) const {
    if (const std::shared_ptr<HubState> state = state_.lock()) {
      state->core().remove_member(topic, user, reporting(state, "remove_member"));
    }
  }

  /// How many messages of the user's inbox are retained and not seen.
  ///
  /// @param token  Signature `void(error_code, std::size_t)`.
  template <class Token>
  auto async_unread(std::string user, Token&& token) const {
    return with_core<std::size_t>(
        [user = std::move(user)](hub::Core& core, Completion<std::size_t> done) { core.unread(user, std::move(done)); },
        std::forward<Token>(token));
  }
  /// A page of the user's inbox, newest first.
  ///
  /// @param before  Offset of the last message of the page before; 0 = from the newest.
  /// @param limit   Messages of a page, >= 1.
  /// @param token   Signature `void(error_code, InboxPage)`.
  template <class Token>
  auto async_inbox(std::string user, std::uint64_t before, std::size_t limit, Token&& token) const {
    return with_core<InboxPage>(
        [user = std::move(user), before, limit](hub::Core& core, Completion<InboxPage> done) {
          core.inbox(user, before, limit, std::move(done));
        },
        std::forward<Token>(token));
  }
  /// Marks messages of the user's inbox as seen; completes with the number of unread ones left.
  ///
  /// @param token  Signature `void(error_code, std::size_t)`.
  template <class Token>
  auto async_mark_seen(SeenRequest request, Token&& token) const {
    return with_core<std::size_t>(
        [request = std::move(request)](hub::Core& core, Completion<std::size_t> done) mutable {
          core.mark_seen(std::move(request), std::move(done));
        },
        std::forward<Token>(token));
  }
  /// Removes all but the newest `keep` messages of a topic; readers behind them get a gap.
  ///
  /// @param token  Signature `void(error_code)`.
  template <class Token>
  auto async_trim(std::string topic, std::size_t keep, Token&& token) const {
    return with_core<>([topic = std::move(topic), keep](hub::Core& core,
                                                        Completion<> done) { core.trim(topic, keep, std::move(done)); },
                       std::forward<Token>(token));
  }

  // ---- sessions ----

  /// All sessions: streams as they are, each poller once, also between its polls.
  ///
  /// @param token  Signature `void(error_code, std::vector<SessionInfo>)`.
  template <class Token>
  auto async_sessions(Token&& token) const {
    return with_core<std::vector<SessionInfo>>(
        [](hub::Core& core, Completion<std::vector<SessionInfo>> done) { core.sessions(std::move(done)); },
        std::forward<Token>(token));
  }
  /// Who reads a topic now, over which transports; see who_reads.
  ///
  /// @param token  Signature `void(error_code, std::vector<Presence>)`.
  template <class Token>
  auto async_presence(std::string topic, Token&& token) const {
    return with_core<std::vector<Presence>>(
        [topic = std::move(topic)](hub::Core& core, Completion<std::vector<Presence>> done) {
          core.sessions([topic, done = std::move(done)](std::error_code ec, auto sessions) mutable {
            done(ec, who_reads(topic, sessions));
          });
        },
        std::forward<Token>(token));
  }
  /// Ends all sessions of a user in protocol form, also those that `authorize` is being asked about. Whether the client
  /// may come back is for `authorize` to say.
  void disconnect(const std::string& user) const {
    if (const std::shared_ptr<HubState> state = state_.lock()) state->core().disconnect_user(user);
  }
  void disconnect(SessionId session) const {
    if (const std::shared_ptr<HubState> state = state_.lock()) state->core().disconnect_session(session);
  }
  /// The session reads more topics, from their present on; for as long as it lives, or the client asks for them itself.
  /// Names that are no topics, and those beyond `max_topics_per_session`, are passed over. For event streams; a client
  /// that polls has no session between its polls.
  void subscribe(SessionId session, std::vector<std::string> topics) const {
    if (const std::shared_ptr<HubState> state = state_.lock()) state->core().subscribe(session, std::move(topics));
  }
  /// Takes a topic away from all present sessions of a user, also from those that `authorize` is being asked about.
  /// Later ones are for `authorize` to refuse.
  void revoke(const std::string& user, const std::string& topic) const {
    if (const std::shared_ptr<HubState> state = state_.lock()) state->core().revoke(user, topic);
  }
  /// Writes nothing to a session until it is let go; it falls behind like a slow reader, and is ended after `max_lag`.
  void hold(SessionId session, bool held) const {
    if (const std::shared_ptr<HubState> state = state_.lock()) state->core().hold(session, held);
  }

  // ---- life ----

  /// Completes once the store is attached.
  ///
  /// @param token  Signature `void(error_code)`.
  template <class Token>
  auto async_ready(Token&& token) const {
    return io::async_result<>([weak = state_] { return HubState::home_of(weak); },
                              [weak = state_](Completion<> done) {
                                if (const std::shared_ptr<HubState> state = weak.lock()) {
                                  state->when_ready(std::move(done));
                                } else {
                                  done(errc::closed);
                                }
                              },
                              std::forward<Token>(token));
  }
  /// Refuses new sessions and ends the present ones in waves; each is told when to come back.
  ///
  /// @param grace   Over this time; zero = at once.
  /// @param spread  Clients are told to wait a random part of this, so that they do not come back together.
  /// @param token   Signature `void(error_code)`; completes when none is left.
  template <class Token>
  auto async_shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds spread, Token&& token) const {
    return with_core<>(
        [grace, spread](hub::Core& core, Completion<> done) { core.shutdown(grace, spread, std::move(done)); },
        std::forward<Token>(token));
  }
  /// The same, blocking; for threads that may block. Does nothing on a loop of the hub.
  void shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds spread) const;

  /// What the hub counts; all zero once it is gone. Never null; the pointer keeps the counters alive.
  std::shared_ptr<const Counters> counters() const {
    const std::shared_ptr<HubState> state = state_.lock();
    if (!state) return std::make_shared<const Counters>();
    return {state->shared_core(), &state->shared_core()->counters()};
  }

  /// For adapters and endpoints.
  const std::weak_ptr<HubState>& state() const { return state_; }

 private:
  static Completion<> reporting(const std::shared_ptr<HubState>& state, const char* context) {
    return [weak = std::weak_ptr(state->shared_core()), context](std::error_code ec) {
      const std::shared_ptr<hub::Core> core = weak.lock();
      if (ec && core) core->report(ec, context);
    };
  }

  template <class... Results, class F, class Token>
  auto with_core(F f, Token&& token) const {
    return io::async_result<Results...>([weak = state_] { return HubState::home_of(weak); },
                                        [weak = state_, f = std::move(f)](Completion<Results...> done) mutable {
                                          if (const std::shared_ptr<HubState> state = weak.lock()) {
                                            f(state->core(), std::move(done));
                                          } else {
                                            done.fail(errc::closed);
                                          }
                                        },
                                        std::forward<Token>(token));
  }

  std::weak_ptr<HubState> state_;
};

using HubRef = BasicHubRef<HubState>;

template <class HubState>
Published BasicHubRef<HubState>::publish_and_wait(Message message, std::error_code& ec) const {
  const std::shared_ptr<HubState> state = state_.lock();
  if (!state || state->core().on_a_loop()) {
    ec = state ? errc::would_deadlock : errc::closed;
    return {};
  }
  // Shared: the answer may come after an impatient caller is gone.
  const auto answer = std::make_shared<std::pair<std::error_code, Published>>(errc::closed, Published{});
  const auto store = std::make_shared<io::Holds>();
  state->core().publish(std::move(message),
                        [answer, hold = store->take()](std::error_code failed, Published published) mutable {
                          *answer = {failed, published};
                          hold.reset();
                        });
  store->wait_for_none();
  ec = answer->first;
  return answer->second;
}

template <class HubState>
void BasicHubRef<HubState>::shutdown(std::chrono::milliseconds grace, std::chrono::milliseconds spread) const {
  const std::shared_ptr<HubState> state = state_.lock();
  if (!state || state->core().on_a_loop()) return;
  const auto sessions = std::make_shared<io::Holds>();
  state->core().shutdown(grace, spread, [hold = sessions->take()](std::error_code) mutable { hold.reset(); });
  // A wave may be late by a tick; a store or server that does not answer must not keep us for ever.
  sessions->wait_for_none(grace + state->core().options().close_timeout);
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_REF_HPP
