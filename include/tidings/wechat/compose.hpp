// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_COMPOSE_HPP
#define TIDINGS_WECHAT_COMPOSE_HPP

#include <tidings/message_id.hpp>
#include <tidings/version.hpp>
#include <tidings/wechat/app_message.hpp>
#include <tidings/wechat/body_error.hpp>
#include <tidings/wechat/customer_message.hpp>
#include <tidings/wechat/endpoint.hpp>
#include <tidings/wechat/endpoint_traits.hpp>
#include <tidings/wechat/outgoing.hpp>
#include <tidings/wechat/raw_body.hpp>
#include <tidings/wechat/send_options.hpp>
#include <tidings/wechat/subscribe_message.hpp>
#include <tidings/wechat/subscription_notice.hpp>
#include <tidings/wechat/template_message.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

namespace detail {

inline Outgoing outgoing_of(Endpoint endpoint, const SendOptions& options) {
  Outgoing out;
  out.message = options.message;
  out.endpoint = endpoint;
  out.deadline = options.deadline;
  out.urgency = options.urgency;
  return out;
}
template <class Body>
BodyError compose_for_one(Endpoint endpoint, const Body& body, const SendOptions& options, Outgoing& out) {
  Outgoing composed = outgoing_of(endpoint, options);
  composed.recipients.push_back({options.user.empty() ? body.to : options.user, body.to});
  const BodyError wrong = encode(body, composed.body);
  if (!wrong) out = std::move(composed);
  return wrong;
}

}  // namespace detail

/// Makes a message ready to go out.
///
/// @param options  With the message's id.
/// @param out      Filled on success, untouched otherwise.
inline BodyError compose(TemplateMessage message, const SendOptions& options, Outgoing& out) {
  if (message.client_msg_id.empty()) message.client_msg_id = to_string(options.message);
  const std::string key = message.client_msg_id;
  const BodyError wrong = detail::compose_for_one(Endpoint::template_message, message, options, out);
  if (wrong) return wrong;
  out.key = key;
  out.key_life = traits_of(Endpoint::template_message).key_life;
  return {};
}
inline BodyError compose(const SubscriptionNotice& message, const SendOptions& options, Outgoing& out) {
  return detail::compose_for_one(Endpoint::subscription_notice, message, options, out);
}
inline BodyError compose(const SubscribeMessage& message, const SendOptions& options, Outgoing& out) {
  return detail::compose_for_one(Endpoint::subscribe_message, message, options, out);
}
inline BodyError compose(const CustomerMessage& message, const SendOptions& options, Outgoing& out) {
  return detail::compose_for_one(Endpoint::customer_message, message, options, out);
}
/// A department is `party:ID`, a tag `tag:ID`, everyone `@all`. The whole body is the key, while it asks for the check.
inline BodyError compose(const AppMessage& message, const SendOptions& options, Outgoing& out) {
  Outgoing composed = detail::outgoing_of(Endpoint::app_message, options);
  const auto add = [&composed](std::string name) { composed.recipients.push_back({name, name}); };
  if (message.everyone) {
    add("@all");
  } else {
    for (const std::string& each : message.users) add(each);
    for (const std::string& each : message.departments) add("party:" + each);
    for (const std::string& each : message.tags) add("tag:" + each);
  }
  if (composed.recipients.size() == 1 && !options.user.empty()) composed.recipients.front().user = options.user;
  if (const BodyError wrong = encode(message, composed.body)) return wrong;
  if (message.duplicate_check.count() > 0) {
    composed.key = to_string(options.message);
    composed.key_life = message.duplicate_check;
  }
  out = std::move(composed);
  return {};
}
/// Nothing but the JSON is checked, and there is no key: what may have been sent is not sent again.
inline BodyError compose(const RawBody& message, const SendOptions& options, Outgoing& out) {
  Outgoing composed = detail::outgoing_of(message.endpoint, options);
  if (traits_of(message.endpoint).kind != EndpointKind::send) return {errc::not_supported, "", "not a call that sends"};
  composed.recipients.push_back({options.user.empty() ? options.address : options.user, options.address});
  const BodyError wrong = encode(message, composed.body);
  if (!wrong) out = std::move(composed);
  return wrong;
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_COMPOSE_HPP
