// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_IMPL_SERVER_ENVELOPE_HPP
#define TIDINGS_CLIENT_IMPL_SERVER_ENVELOPE_HPP

#include <tidings/client/server_envelope.hpp>
#include <tidings/protocol/base64.hpp>
#include <tidings/protocol/envelope.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace client {

namespace detail {

// One level for the envelope, one for the message, and what a server lets be published.
inline constexpr std::size_t max_envelope_depth = defaults::max_json_depth + 4;

template <class Json>
std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  return found->template get<std::string>();
}

template <class Json>
std::optional<std::uint64_t> number_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->template get<std::uint64_t>();
}

// The longest time that a server may name; what is beyond would overflow a clock.
inline std::chrono::milliseconds milliseconds_of(std::uint64_t number) {
  constexpr std::uint64_t day = 24 * 60 * 60 * 1000;
  return std::chrono::milliseconds(std::min(number, day));
}

// `data` with `enc`: a string, base64, or any JSON value.
template <class Json>
bool read_payload(const Json& object, std::string& data, bool& json, PayloadKind& kind) {
  const auto found = object.find("data");
  json = found != object.end() && !found->is_string();
  if (found == object.end()) return true;
  data = json ? found->dump() : found->template get<std::string>();
  if (json || text_of(object, "enc") != "base64") return true;
  std::optional<std::string> bytes = protocol::decode_base64(data);
  if (!bytes) return false;
  data = std::move(*bytes);
  kind = PayloadKind::binary;
  return true;
}

template <class Json>
bool read_topic_positions(const Json& object, std::vector<TopicPosition>& out) {
  const auto at = object.find("at");
  if (at == object.end()) return true;
  if (!at->is_object()) return false;
  for (auto each = at->begin(); each != at->end(); ++each) {
    TopicPosition position{each.key(), {}};
    if (!each->is_string() || !protocol::read_token(each->template get<std::string>(), position.token)) return false;
    out.push_back(std::move(position));
  }
  return true;
}

template <class Json>
bool read_message(const Json& object, ServerEnvelope& out) {
  out.kind = ServerEnvelope::Kind::message;
  Received& received = out.received;
  received.at = text_of(object, "at");
  received.topic = text_of(object, "topic");
  received.event = text_of(object, "event");
  if (received.event.empty()) received.event = "message";
  return protocol::read_token(received.at, out.token) &&
         read_payload(object, received.data, received.json, received.payload);
}

template <class Json>
bool read_member(ServerEnvelope::Kind kind, const Json& object, ServerEnvelope& out) {
  if (!object.is_object()) return false;
  out.kind = kind;
  out.session = text_of(object, "session");
  out.ref = text_of(object, "ref");
  out.code = text_of(object, "code");
  out.text = text_of(object, "message");
  if (const auto unread = number_of(object, "unread")) out.unread = static_cast<std::size_t>(*unread);
  if (const auto ms = number_of(object, "heartbeat_ms")) out.heartbeat = milliseconds_of(*ms);
  if (const auto ms = number_of(object, "retry_ms")) out.retry = milliseconds_of(*ms);
  if (kind == ServerEnvelope::Kind::reply) {
    PayloadKind payload = PayloadKind::text;
    out.reply.event = text_of(object, "event");
    return read_payload(object, out.reply.data, out.reply.json, payload);
  }
  const bool placed = kind == ServerEnvelope::Kind::hello || kind == ServerEnvelope::Kind::gap;
  return !placed || read_topic_positions(object, out.at);
}

template <class Json>
bool read_server_envelope(const Json& envelope, ServerEnvelope& out) {
  using Kind = ServerEnvelope::Kind;
  constexpr std::pair<const char*, Kind> members[] = {
      {"hello", Kind::hello}, {"gap", Kind::gap},     {"state", Kind::state}, {"reply", Kind::reply},
      {"done", Kind::done},   {"error", Kind::error}, {"renew", Kind::renew}, {"bye", Kind::bye}};
  for (const auto& [name, kind] : members) {
    const auto found = envelope.find(name);
    // The answer to a POST has its code in the place of the object.
    if (kind == Kind::error && found != envelope.end() && found->is_string()) {
      return read_member(kind, Json{{"code", *found}, {"message", text_of(envelope, "message")}}, out);
    }
    if (found != envelope.end()) return read_member(kind, *found, out);
  }
  if (envelope.contains("at")) return read_message(envelope, out);
  out.kind = envelope.empty() ? Kind::empty : Kind::unknown;
  if (const auto unread = number_of(envelope, "unread")) out.unread = static_cast<std::size_t>(*unread);
  return true;
}

}  // namespace detail

template <class Json>
std::error_code parse_server_envelope(std::string_view text, ServerEnvelope& out) {
  constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
  ServerEnvelope parsed;
  // Looked through before it is built: what is nested deep would be written anew by recursion.
  const bool good = protocol::detail::is_bounded_json<Json>(text, detail::max_envelope_depth, any) && [&] {
    const Json envelope = Json::parse(text, nullptr, false);
    return envelope.is_object() && detail::read_server_envelope(envelope, parsed);
  }();
  if (!good) return errc::invalid_envelope;
  out = std::move(parsed);
  return {};
}

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_IMPL_SERVER_ENVELOPE_HPP
