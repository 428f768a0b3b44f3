// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_ENDPOINT_UPWARD_HPP
#define TIDINGS_IMPL_ENDPOINT_UPWARD_HPP

#include <tidings/endpoint.hpp>
#include <tidings/protocol/client_request.hpp>
#include <tidings/protocol/envelope.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/protocol/topic_name.hpp>
#include <tidings/protocol/ws/envelopes.hpp>

#include <utility>

TIDINGS_NAMESPACE_BEGIN

// Upwards by POST: acknowledgements, seen marks, messages to the application.

namespace detail {

/// What an upward request wants of the hub.
struct UpwardJob {
  std::vector<std::string> topics;
  std::optional<protocol::Cursor> acknowledged;
  SeenRequest seen;
  std::optional<protocol::UpwardSend> send;

  bool marks() const { return seen.all || !seen.positions.empty(); }
};

// What a client has seen of its inbox.
template <class Upward>
std::error_code read_seen(const Upward& upward, const Identity& identity, SeenRequest& seen) {
  if ((upward.seen_all || !upward.seen.empty()) && identity.user.empty()) return errc::unauthorized;
  seen = {identity.user, {}, upward.seen_all};
  const std::uint64_t inbox = protocol::topic_tag(protocol::inbox_of(identity.user));
  for (const std::string& text : upward.seen) {
    protocol::PositionToken token;
    if (const std::error_code ec = protocol::parse_token(text, token)) return ec;
    if (token.tag == inbox) seen.positions.push_back(token.position);
  }
  return {};
}

template <class Request>
std::error_code read_upward(const Request& request, const Identity& identity, UpwardJob& job) {
  // A page of another origin cannot send this type without a preflight.
  const std::string_view type = request.header("content-type").value_or("");
  if (!protocol::iequals(type.substr(0, std::string_view("application/json").size()), "application/json")) {
    return errc::invalid_envelope;
  }
  protocol::Upward upward;
  if (const std::error_code ec = protocol::parse_upward(request.body, upward)) return ec;
  // These belong to a connection.
  if (!upward.subscribe.empty() || !upward.unsubscribe.empty() || upward.renew) return errc::not_supported;
  job.send = std::move(upward.send);
  if (upward.ack) {
    if (const std::error_code ec = protocol::Cursor::parse(*upward.ack, job.acknowledged.emplace())) return ec;
  }
  return read_seen(upward, identity, job.seen);
}

inline hub::Refused json_answer(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}, std::move(body)};
}

// What the application answered, as the answer to a POST.
template <class Answer>
hub::Refused upward_answer(const std::string& ref, const Answer& answer) {
  if (const auto* const reply = std::get_if<UpwardReply>(&answer)) {
    if (reply->json && protocol::check_json(reply->data)) return hub::make_refused(errc::callback_failed, {});
    return json_answer(200, protocol::encode_reply(ref, *reply));
  }
  if (const auto* const refused = std::get_if<UpwardError>(&answer)) {
    return json_answer(422, hub::detail::error_body(refused->code, refused->message));
  }
  return {204, {{"Cache-Control", "no-store"}}, {}};
}

}  // namespace detail

template <class HubState>
void BasicEndpoint<HubState>::serve_upward(const std::shared_ptr<HubState>& hub, const Request& request,
                                           const Identity& identity, hub::AnyResponder responder) {
  auto job = std::make_shared<detail::UpwardJob>();
  const protocol::ClientRequest asked = protocol::read_client_request(*request);
  std::error_code ec = detail::read_upward(*request, identity, *job);
  if (!ec) ec = hub->core().resolve_topics(asked, identity, job->topics);
  if (!ec && job->send) ec = may_send(*hub, *request, identity);
  if (ec) {
    respond(responder, *request, hub::make_refused(ec, hub->core().busy_retry()));
    return;
  }
  auto answer = [self = this->shared_from_this(), request, responder](std::error_code failed,
                                                                      hub::Refused good) mutable {
    self->respond(responder, *request,
                  failed ? hub::make_refused(errc::store_unavailable, defaults::busy_retry) : std::move(good));
  };
  auto send = [self = this->shared_from_this(), hub, job, request, user = identity.user, answer](
                  std::error_code failed, hub::Refused good) mutable {
    if (failed || !job->send) return answer(failed, std::move(good));
    self->hand_over(*hub, *request, user, std::move(*job->send), std::move(answer));
  };
  auto mark = [core = hub->shared_core(), job, send](std::error_code failed) mutable {
    if (failed || !job->marks()) {
      send(failed, {204, {{"Cache-Control", "no-store"}}, {}});
      return;
    }
    core->mark_seen(job->seen, [send](std::error_code no, std::size_t unread) mutable {
      send(no, detail::json_answer(200, "{\"unread\":" + std::to_string(unread) + "}"));
    });
  };
  if (job->acknowledged) {
    hub->core().acknowledge(identity, job->topics, *job->acknowledged, Evidence::ack, asked, std::move(mark));
  } else {
    mark({});
  }
}

template <class HubState>
std::error_code BasicEndpoint<HubState>::may_send(HubState& hub, const RequestSnapshot& request,
                                                  const Identity& identity) {
  if (!options_.on_message) return errc::not_supported;
  if (request.body.size() > options_.max_upward_bytes) return errc::payload_too_large;
  const std::string& sender = identity.user.empty() ? request.peer : identity.user;
  if (rates_.take(sender, options_.upward_rate, options_.upward_burst, io::steady_now())) return {};
  hub.core().counters().upward_throttled.add();
  return errc::throttled;
}

template <class HubState>
template <class Answer>
void BasicEndpoint<HubState>::hand_over(HubState& hub, const RequestSnapshot& request, const std::string& user,
                                        protocol::UpwardSend sent, Answer answer) {
  SessionInfo session;
  session.user = user;
  session.device = protocol::read_client_request(request).device;
  session.transport = Transport::short_poll;
  session.peer = request.peer;
  hub.core().counters().upward_messages.add();
  Completion<UpwardAnswer> given = [answer, ref = sent.ref](std::error_code ec, const UpwardAnswer& what) mutable {
    answer({}, ec ? hub::make_refused(ec, defaults::busy_retry) : detail::upward_answer(ref, what));
  };
  bool threw = true;
  hub.core().guarded("on_message", [&] {
    gate_.call([&] {
      options_.on_message(session, {std::move(sent.event), std::move(sent.data), sent.json}, std::move(given));
    });
    threw = false;
  });
  if (threw) hub.core().report(errc::callback_failed, "on_message");
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_ENDPOINT_UPWARD_HPP
