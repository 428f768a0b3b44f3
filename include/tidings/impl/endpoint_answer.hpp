// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_ENDPOINT_ANSWER_HPP
#define TIDINGS_IMPL_ENDPOINT_ANSWER_HPP

#include <tidings/endpoint.hpp>
#include <tidings/hub/poll_service.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/protocol/poll/message_json.hpp>
#include <tidings/protocol/topic_name.hpp>

#include <algorithm>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

template <class HubState>
void BasicEndpoint<HubState>::respond(hub::AnyResponder& responder, const RequestSnapshot& request,
                                      hub::Refused answer) const {
  hub::PollService::refuse(responder, std::move(answer), cors(request));
}

template <class HubState>
void BasicEndpoint<HubState>::serve(RequestSnapshot snapshot, hub::AnyResponder responder, std::size_t home) {
  const auto request = std::make_shared<const RequestSnapshot>(std::move(snapshot));
  if (request->method == "OPTIONS") {
    const protocol::OriginVerdict origin = verdict(*request);
    ResponseHead head{origin == protocol::OriginVerdict::refused ? 403 : 204, {}};
    head.headers = protocol::preflight_headers(options_.origins, origin, request->header("origin").value_or(""));
    responder.respond(std::move(head), share_bytes({}));
    return;
  }
  if (request->method != "GET" && request->method != "HEAD" && request->method != "POST") {
    responder.respond({405, {{"Allow", "GET, HEAD, POST, OPTIONS"}}}, share_bytes({}));
    return;
  }
  if (kind(*request) == Kind::upgrade) {
    respond(responder, *request, hub::make_refused(errc::not_supported, {}));
    return;
  }
  admit(
      request,
      [self = this->shared_from_this(), request, responder, home](const std::shared_ptr<HubState>& hub,
                                                                  hub::Entrant entrant) {
        self->serve_admitted(hub, request, std::move(entrant), responder, home);
      },
      [self = this->shared_from_this(), request, responder](hub::Refused refused) mutable {
        self->respond(responder, *request, std::move(refused));
      });
}

template <class HubState>
void BasicEndpoint<HubState>::serve_admitted(const std::shared_ptr<HubState>& hub, const Request& request,
                                             hub::Entrant entrant, hub::AnyResponder responder, std::size_t home) {
  const bool post = request->method == "POST";
  const bool drain = post && protocol::query_has(request->target, "drain");
  if (is_inbox(*request)) {
    serve_inbox(hub, request, entrant.identity, std::move(responder));
  } else if (post && !drain) {
    serve_upward(hub, request, entrant.identity, std::move(responder));
  } else {
    hub::PollService::serve(hub->shared_core(), *request, std::move(entrant), std::move(responder),
                            {drain, options_.no_store, cors(*request)}, home);
  }
}

// ---- the inbox as a list ----

namespace detail {

template <class Page>
std::string inbox_body(const Page& page, std::uint64_t tag) {
  std::string body = "{\"messages\":[";
  for (const auto& item : page.items) {
    if (body.back() != '[') body.push_back(',');
    body.push_back('{');
    protocol::append_message_members(body, tag, *item.message);
    body.append(",\"time\":").append(std::to_string(item.message->time.ms));
    body.append(",\"seen\":").append(item.seen ? "true" : "false");
    body.append(",\"state\":\"").append(item.seen ? "seen" : item.acknowledged ? "delivered" : "pending");
    body.append("\"}");
  }
  body.append("],\"unread\":").append(std::to_string(page.unread));
  return body.append(",\"more\":").append(page.more ? "true}" : "false}");
}

}  // namespace detail

template <class HubState>
void BasicEndpoint<HubState>::serve_inbox(const std::shared_ptr<HubState>& hub, const Request& request,
                                          const Identity& identity, hub::AnyResponder responder) {
  std::error_code ec;
  if (identity.user.empty()) ec = errc::unauthorized;
  protocol::PositionToken before;
  if (const auto text = protocol::query_value(request->target, "before"); text && !ec) {
    ec = protocol::parse_token(*text, before);
  }
  if (ec) {
    respond(responder, *request, hub::make_refused(ec, {}));
    return;
  }
  const std::uint64_t limit =
      std::clamp<std::uint64_t>(protocol::query_number(request->target, "limit").value_or(20), 1, 100);
  const std::uint64_t tag = protocol::topic_tag(protocol::inbox_of(identity.user));
  hub->core().inbox(
      identity.user, before.position.offset, static_cast<std::size_t>(limit),
      [self = this->shared_from_this(), request, responder, tag](std::error_code failed, InboxPage page) mutable {
        if (failed) {
          self->respond(responder, *request, hub::make_refused(errc::store_unavailable, defaults::busy_retry));
          return;
        }
        self->respond(responder, *request,
                      {200,
                       {{"Content-Type", "application/json"},
                        {"Cache-Control", "private, no-cache"},
                        {"Vary", "Authorization, Cookie"}},
                       detail::inbox_body(page, tag)});
      });
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_ENDPOINT_ANSWER_HPP
