// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_ENDPOINT_CONVERSATION_HPP
#define TIDINGS_IMPL_ENDPOINT_CONVERSATION_HPP

#include <tidings/delivery/ring.hpp>
#include <tidings/delivery/token_bucket.hpp>
#include <tidings/delivery/upward_handler.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/impl/endpoint_upward.hpp>
#include <tidings/protocol/envelope.hpp>
#include <tidings/protocol/topic_name.hpp>
#include <tidings/protocol/ws/envelopes.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

/// What the client of one WebSocket says, and what it is answered.
template <class HubState>
class BasicEndpoint<HubState>::Conversation final : public delivery::UpwardHandler {
 public:
  using Session = delivery::Session;

  Conversation(const std::shared_ptr<BasicEndpoint>& endpoint, const Identity& identity, const Request& request,
               steady_time now)
      : state_(std::make_shared<State>(endpoint, identity, request, now)) {}

  void on_text(Session& session, std::string_view text) override {
    const std::shared_ptr<HubState> hub = state_->hub.lock();
    if (!hub || session.ended()) return;
    keep_rate(*hub, session);
    state_->waiting.push_back(std::string(text));
    go_on(state_, *hub, session);
  }

  void on_pong_evidence(Session& session, std::vector<delivery::TopicPosition> positions) override {
    prove_by_pong(state_->hub, session.user(), std::move(positions));
  }

 private:
  struct State;
  explicit Conversation(std::shared_ptr<State> state) : state_(std::move(state)) {}

  struct State {
    State(const std::shared_ptr<BasicEndpoint>& e, const Identity& i, const Request& r, steady_time now)
        : endpoint(e),
          hub(e->hub_),
          identity(i),
          // To be asked again with new credentials; a request without an end needs none. A copy has no room to spare.
          request(i.valid_until ? std::make_shared<const RequestSnapshot>(*r) : nullptr),
          asked(client_of(*r)),
          bucket(e->options_.upward_rate, e->options_.upward_burst, now) {}

    // What else it asked for has been seen to.
    static protocol::ClientRequest client_of(const RequestSnapshot& request) {
      protocol::ClientRequest all = protocol::read_client_request(request);
      protocol::ClientRequest client;
      client.device = std::move(all.device);
      client.peer = std::move(all.peer);
      return client;
    }

    std::shared_ptr<BasicEndpoint> endpoint;
    std::weak_ptr<HubState> hub;
    Identity identity;
    Request request;
    protocol::ClientRequest asked;
    delivery::TokenBucket bucket;
    // Why its client is not read.
    bool over_rate = false;
    bool busy = false;
    // Behind a command whose effect comes later.
    delivery::Ring<std::string> waiting;

    void hold(Session& session) const { session.carrier().hold_input(over_rate || busy); }
  };

  /// One envelope of the client. Whoever lets go of it last answers it: with its first error, or that it is done.
  struct Command {
    Command(std::weak_ptr<HubState> h, Session& session)
        : hub(std::move(h)), loop(session.shard().number()), id(session.id()) {}
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    ~Command() {
      if (!answered && error) {
        answer(protocol::encode_error(ref, code_of(error), error.message()));
      } else if (!answered && !ref.empty()) {
        answer(protocol::encode_done(ref, unread));
      }
      if (!goes_alone) return;
      visit([state = std::move(goes_alone), weak = hub](Session& session) {
        const std::shared_ptr<HubState> alive = weak.lock();
        state->busy = false;
        state->hold(session);
        if (alive) go_on(state, *alive, session);
      });
    }

    void fail(std::error_code ec) {
      const std::lock_guard lock(mutex);
      if (ec && !error) error = ec;
    }
    bool failed() {
      const std::lock_guard lock(mutex);
      return static_cast<bool>(error);
    }
    void answer(std::string envelope) {
      answered = true;
      visit([envelope = std::move(envelope)](Session& session) { session.carrier().note(envelope); });
    }
    void visit(UniqueFunction<void(Session&)> f) {
      if (const std::shared_ptr<HubState> alive = hub.lock()) alive->core().visit(loop, id, std::move(f));
    }
    static const char* code_of(std::error_code ec) {
      return ec.category() == tidings_category() ? to_string(static_cast<errc>(ec.value())) : "store_unavailable";
    }

    std::weak_ptr<HubState> hub;
    std::size_t loop;
    SessionId id;
    std::string ref;
    std::mutex mutex;
    std::error_code error;
    std::optional<std::size_t> unread;
    bool answered = false;
    // What comes after it waits for it.
    std::shared_ptr<State> goes_alone;
  };
  using CommandPtr = std::shared_ptr<Command>;

  // One envelope after the other, in the client's order.
  static void go_on(const std::shared_ptr<State>& state, HubState& hub, Session& session) {
    while (!state->busy && !state->waiting.empty() && !session.ended()) {
      const std::string text = std::move(state->waiting.front());
      state->waiting.pop_front();
      Conversation(state).carry_out(hub, session, text);
    }
  }

  void carry_out(HubState& hub, Session& session, const std::string& text) {
    const auto command = std::make_shared<Command>(state_->hub, session);
    protocol::Upward upward;
    command->fail(protocol::parse_upward(text, upward));
    command->ref = upward.send ? upward.send->ref : upward.ref;
    if (command->failed()) return;
    if (!upward.subscribe.empty() || upward.renew) {
      command->goes_alone = state_;
      state_->busy = true;
      state_->hold(session);
    }
    if (upward.ack) acknowledge(hub, session, *upward.ack, command);
    if (upward.seen_all || !upward.seen.empty()) mark_seen(hub, upward, command);
    if (!upward.unsubscribe.empty()) unsubscribe(session, upward.unsubscribe, command);
    if (!upward.subscribe.empty()) subscribe(hub, session, upward, command);
    if (upward.renew) renew(*upward.renew, command);
    if (upward.send) send(hub, session, std::move(*upward.send), command);
  }

  // Who says too much is not read for a while.
  void keep_rate(HubState& hub, Session& session) {
    const steady_time now = session.shard().now();
    if (state_->bucket.take(now) || std::exchange(state_->over_rate, true)) return;
    hub.core().counters().upward_throttled.add();
    state_->hold(session);
    session.shard().loop().post_after(state_->bucket.wait(now), [weak = state_->hub, state = state_,
                                                                 loop = session.shard().number(), id = session.id()] {
      const std::shared_ptr<HubState> alive = weak.lock();
      if (!alive) return;
      alive->core().visit(loop, id, [state](Session& s) {
        state->over_rate = false;
        state->hold(s);
      });
    });
  }

  static std::vector<std::string> topics_of(const Session& session) {
    std::vector<std::string> topics;
    for (const delivery::SlotToken& each : session.tokens()) {
      if (each.active) topics.emplace_back(each.topic);
    }
    return topics;
  }

  void acknowledge(HubState& hub, Session& session, const std::string& text, const CommandPtr& command) {
    protocol::Cursor cursor;
    if (const std::error_code ec = protocol::Cursor::parse(text, cursor)) return command->fail(ec);
    hub.core().acknowledge(state_->identity, topics_of(session), cursor, Evidence::ack, state_->asked,
                           [command](std::error_code ec) { command->fail(ec); });
  }

  void mark_seen(HubState& hub, const protocol::Upward& upward, const CommandPtr& command) {
    SeenRequest seen;
    if (const std::error_code ec = detail::read_seen(upward, state_->identity, seen)) return command->fail(ec);
    if (!seen.all && seen.positions.empty()) return;
    hub.core().mark_seen(std::move(seen), [command](std::error_code ec, std::size_t unread) {
      if (!ec) command->unread = unread;
      command->fail(ec);
    });
  }

  void subscribe(HubState& hub, Session& session, protocol::Upward& upward, const CommandPtr& command) {
    protocol::ClientRequest asked;
    std::optional<protocol::Cursor> cursor;
    if (upward.after) {
      if (const std::error_code ec = protocol::Cursor::parse(*upward.after, cursor.emplace())) return command->fail(ec);
    }
    std::erase_if(upward.subscribe, [&](const std::string& topic) { return session.reads(topic); });
    asked.topics = upward.subscribe;
    std::vector<std::string> resolved;
    if (const std::error_code ec = hub.core().resolve_topics(asked, state_->identity, resolved)) {
      return command->fail(ec);
    }
    if (session.topic_count() + upward.subscribe.size() > hub.core().options().max_topics_per_session) {
      return command->fail(errc::too_many_topics);
    }
    hub.core().subscribe(session.id(), std::move(upward.subscribe), std::move(cursor),
                         [command](std::error_code ec) { command->fail(ec); });
  }

  void unsubscribe(Session& session, const std::vector<std::string>& topics, const CommandPtr& command) {
    for (const std::string& topic : topics) {
      if (protocol::is_inbox(topic)) {
        command->fail(errc::topic_not_allowed);
      } else {
        session.revoke(topic);
      }
    }
  }

  void send(HubState& hub, Session& session, protocol::UpwardSend sent, const CommandPtr& command) {
    const OnMessage& on_message = state_->endpoint->options_.on_message;
    if (!on_message) return command->fail(errc::not_supported);
    hub.core().counters().upward_messages.add();
    Completion<UpwardAnswer> answer = [command](std::error_code ec, const UpwardAnswer& given) {
      if (ec) return command->fail(ec);
      if (const auto* reply = std::get_if<UpwardReply>(&given)) {
        if (reply->json && protocol::check_json(reply->data)) return command->fail(errc::invalid_json);
        command->answer(protocol::encode_reply(command->ref, *reply));
      } else if (const auto* refused = std::get_if<UpwardError>(&given)) {
        command->answer(protocol::encode_error(command->ref, refused->code, refused->message));
      }
    };
    bool threw = true;
    hub.core().guarded("on_message", [&] {
      state_->endpoint->gate_.call([&] {
        on_message(session.info(), {std::move(sent.event), std::move(sent.data), sent.json}, std::move(answer));
      });
      threw = false;
    });
    if (threw) session.end(errc::callback_failed, session.shard().jittered(session.shard().options().retry));
  }

  // The request of the handshake, as if it came with these.
  void renew(const std::string& credentials, const CommandPtr& command) {
    if (!state_->request) return;
    RequestSnapshot again = *state_->request;
    std::erase_if(again.headers,
                  [](const Header& each) { return RequestSnapshot::same_name(each.name, "authorization"); });
    again.headers.push_back({"Authorization", "Bearer " + credentials});
    const auto request = std::make_shared<const RequestSnapshot>(std::move(again));
    state_->endpoint->admit(
        request,
        [state = state_, command, request](const std::shared_ptr<HubState>& hub, hub::Entrant entrant) {
          if (entrant.identity.user != state->identity.user) return command->fail(errc::unauthorized);
          command->visit([state, hub, command, request, identity = std::move(entrant.identity)](Session& s) mutable {
            state->request = request;
            take_over(*state, *hub, s, std::move(identity));
          });
        },
        [command](const hub::Refused& refused) {
          command->fail(refused.temporary ? errc::overloaded : errc::unauthorized);
        });
  }

  // What the new identity does not read is taken away, what it reads more is given.
  static void take_over(State& state, HubState& hub, Session& session, Identity identity) {
    for (const std::string& topic : topics_of(session)) {
      protocol::ClientRequest asked;
      asked.topics = {topic};
      std::vector<std::string> resolved;
      if (!protocol::is_inbox(topic) && hub.core().resolve_topics(asked, identity, resolved)) session.revoke(topic);
    }
    std::vector<std::string> more;
    for (const std::string& topic : identity.topics) {
      if (!session.reads(topic)) more.push_back(topic);
    }
    if (!more.empty()) hub.core().subscribe(session.id(), std::move(more));
    session.renew(identity.valid_until);
    state.identity = std::move(identity);
  }

  std::shared_ptr<State> state_;
};

template <class HubState>
void BasicEndpoint<HubState>::prove_by_pong(const std::weak_ptr<HubState>& weak, const std::string& user,
                                            std::vector<delivery::TopicPosition> positions) {
  const std::shared_ptr<HubState> hub = weak.lock();
  if (!hub || user.empty()) return;
  std::vector<Acknowledgement> list;
  list.reserve(positions.size());
  for (auto& [topic, position] : positions) list.push_back({user, std::move(topic), position, Evidence::pong});
  hub->core().counters().pong_proofs.add();
  hub->core().prove(std::move(list));
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_ENDPOINT_CONVERSATION_HPP
