// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_ERROR_HPP
#define TIDINGS_IMPL_ERROR_HPP

#include <tidings/error.hpp>

#include <initializer_list>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

struct ErrcRow {
  errc code;
  const char* name;
  const char* text;
};

// One row per enumerator, in order; a test walks it.
inline constexpr ErrcRow errc_rows[] = {
    {errc::closed, "closed", "the session, stream or hub ended in order"},
    {errc::peer_gone, "peer_gone", "the peer is known to be gone"},
    {errc::write_stalled, "write_stalled", "a write made no progress for longer than its deadline"},
    {errc::slow_consumer, "slow_consumer",
     "the reader stayed behind longer than max_lag, or its queue passed the bound under the policy close"},
    {errc::queue_full, "queue_full", "a bounded queue was full and its policy gave the message up"},
    {errc::would_deadlock, "would_deadlock", "a blocking call was made on one of the hub's own loops"},
    {errc::no_members, "no_members", "the topic has no members, so nobody can have missed the message"},
    {errc::unknown_message, "unknown_message", "the message id is unknown, or older than the ledger remembers"},
    {errc::invalid_topic, "invalid_topic",
     "a topic name is empty, too long, or holds a control character, a comma or a leading @ that is not allowed"},
    {errc::invalid_event_name, "invalid_event_name",
     "an event name holds a line break or NUL, or begins with the prefix that the library keeps for itself"},
    {errc::invalid_header_value, "invalid_header_value",
     "a header value holds CR, LF, NUL or another control character"},
    {errc::invalid_utf8, "invalid_utf8", "text is not UTF-8"},
    {errc::invalid_json, "invalid_json", "json = true was said of a payload that is not one JSON value"},
    {errc::payload_too_large, "payload_too_large", "the payload is larger than max_payload_bytes"},
    {errc::too_many_topics, "too_many_topics", "more topics than max_topics_per_session"},
    {errc::too_many_sessions, "too_many_sessions", "the user already has as many sessions as allowed"},
    {errc::throttled, "throttled", "more requests a second than the steered rate allows"},
    {errc::unauthorized, "unauthorized", "authorize refused the request"},
    {errc::forbidden_origin, "forbidden_origin", "the request came from a page of another origin that is not allowed"},
    {errc::credentials_expired, "credentials_expired", "the identity's valid_until has passed"},
    {errc::draining, "draining", "the hub is shutting down and takes no new session"},
    {errc::overloaded, "overloaded", "a bound of the whole process (threads, sessions, memory) is reached"},
    {errc::timeout, "timeout", "an operation did not finish within its deadline"},
    {errc::invalid_cursor, "invalid_cursor", "a position token or cursor cannot be read"},
    {errc::malformed_request, "malformed_request", "the bytes are not an HTTP/1.x request"},
    {errc::header_too_large, "header_too_large", "the request line and headers are larger than the bound"},
    {errc::too_many_headers, "too_many_headers", "more header fields than the bound"},
    {errc::body_too_large, "body_too_large", "the body is larger than the bound"},
    {errc::unsupported_transfer_encoding, "unsupported_transfer_encoding", "a Transfer-Encoding other than chunked"},
    {errc::request_timeout, "request_timeout", "the request did not arrive completely within its deadline"},
    {errc::callback_failed, "callback_failed", "a user's callback threw"},
    {errc::store_unavailable, "store_unavailable", "the store or ledger failed or did not answer"},
    {errc::already_answered, "already_answered", "two answers were given to one request"},
    {errc::not_supported, "not_supported", "this is not supported here"},
    {errc::expired, "expired", "the message's time to live ended before it could be delivered"},
    {errc::cancelled, "cancelled", "the operation was cancelled"},
    {errc::disconnected, "disconnected", "disconnect ended the session"},
    {errc::lifetime_ended, "lifetime_ended", "the stream reached max_lifetime; the client resumes on a new one"},
    {errc::topic_not_allowed, "topic_not_allowed", "the identity may not read or subscribe to this topic"},
    {errc::invalid_envelope, "invalid_envelope", "the envelope of an upward request cannot be read"},
    {errc::invalid_key, "invalid_key", "a message's key or idempotency key is too long"},
    {errc::malformed_frame, "malformed_frame", "the bytes are not a WebSocket frame of this peer"},
    {errc::too_many_frames, "too_many_frames", "a WebSocket message came in too many frames"},
    {errc::handshake_failed, "handshake_failed", "the server did not accept the WebSocket handshake"},
    {errc::proxy_refused, "proxy_refused", "the proxy did not open a tunnel"},
    {errc::untrusted_certificate, "untrusted_certificate", "the other end's certificate is not to be trusted"},
    {errc::connection_lost, "connection_lost", "the connection ended before the answer came"},
    {errc::refused, "refused", "the application refused what was sent to it"},
    {errc::message_under_way, "message_under_way", "a message is sent in parts already"},
};

constexpr bool any_of(errc code, std::initializer_list<errc> list) {
  for (errc each : list) {
    if (each == code) return true;
  }
  return false;
}

constexpr bool satisfies(errc code, condition wanted) {
  switch (wanted) {
    case condition::retryable:
      return any_of(code, {errc::slow_consumer, errc::queue_full, errc::throttled, errc::draining, errc::overloaded,
                           errc::timeout, errc::store_unavailable, errc::lifetime_ended, errc::too_many_sessions,
                           errc::message_under_way});
    case condition::peer_gone:
      return any_of(code,
                    {errc::closed, errc::peer_gone, errc::write_stalled, errc::disconnected, errc::connection_lost});
    case condition::slow: return any_of(code, {errc::slow_consumer, errc::queue_full, errc::write_stalled});
    case condition::unauthorized:
      return any_of(code,
                    {errc::unauthorized, errc::forbidden_origin, errc::credentials_expired, errc::topic_not_allowed});
    case condition::throttled: return any_of(code, {errc::throttled, errc::overloaded, errc::too_many_sessions});
    case condition::bad_input:
      return any_of(code, {errc::invalid_topic, errc::invalid_event_name, errc::invalid_header_value,
                           errc::invalid_utf8, errc::invalid_json, errc::payload_too_large, errc::too_many_topics,
                           errc::invalid_cursor, errc::malformed_request, errc::header_too_large,
                           errc::too_many_headers, errc::body_too_large, errc::unsupported_transfer_encoding,
                           errc::invalid_envelope, errc::invalid_key, errc::malformed_frame, errc::too_many_frames});
    // Said by the codes of third parties only.
    case condition::recipient_unreachable:
    case condition::credential: return false;
  }
  return false;
}

struct Category final : std::error_category {
  const char* name() const noexcept override { return "tidings"; }
  std::string message(int value) const override {
    for (const ErrcRow& row : errc_rows) {
      if (static_cast<int>(row.code) == value) return row.text;
    }
    return "unknown tidings error";
  }
  bool equivalent(int value, const std::error_condition& wanted) const noexcept override {
    if (wanted.category() != condition_category()) return std::error_category::equivalent(value, wanted);
    return satisfies(static_cast<errc>(value), static_cast<condition>(wanted.value()));
  }
};

struct ConditionCategory final : std::error_category {
  const char* name() const noexcept override { return "tidings.condition"; }
  std::string message(int value) const override {
    switch (static_cast<condition>(value)) {
      case condition::retryable: return "may succeed later without any change";
      case condition::peer_gone: return "the other end is gone";
      case condition::slow: return "the other end does not keep up";
      case condition::unauthorized: return "credentials are missing, wrong or used up";
      case condition::throttled: return "ask less often";
      case condition::bad_input: return "the input is wrong and stays wrong";
      case condition::recipient_unreachable: return "a third party cannot reach this recipient";
      case condition::credential: return "our own credentials at a third party are wrong or used up";
    }
    return "unknown tidings condition";
  }
};

}  // namespace detail

inline const std::error_category& tidings_category() noexcept {
  static const detail::Category category;
  return category;
}

inline const std::error_category& condition_category() noexcept {
  static const detail::ConditionCategory category;
  return category;
}

inline const char* to_string(errc code) noexcept {
  for (const detail::ErrcRow& row : detail::errc_rows) {
    if (row.code == code) return row.name;
  }
  return "unknown";
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_ERROR_HPP
