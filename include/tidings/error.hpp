// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ERROR_HPP
#define TIDINGS_ERROR_HPP

#include <tidings/version.hpp>

#include <string>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

/// What went wrong, or why something ended. Values are never reused or renumbered.
enum class errc {
  /// The session, stream or hub ended in order. Nothing went wrong.
  closed = 1,
  /// The peer is known to be gone.
  peer_gone = 2,
  /// A write made no progress for longer than its deadline.
  write_stalled = 3,
  /// The reader stayed behind longer than `max_lag`, or its queue passed the bound under the policy `close`.
  slow_consumer = 4,
  /// A bounded queue was full and its policy gave the message up.
  queue_full = 5,
  /// A blocking call was made on one of the hub's own loops.
  would_deadlock = 6,
  /// The topic has no members, so nobody can have missed the message.
  no_members = 7,
  /// The message id is unknown, or older than the ledger remembers.
  unknown_message = 8,
  /// A topic name is empty, too long, or holds a control character, a comma or a leading `@` that is not allowed.
  invalid_topic = 9,
  /// An event name holds a line break or NUL, or begins with `tidings.`.
  invalid_event_name = 10,
  /// A header value holds CR, LF, NUL or another control character.
  invalid_header_value = 11,
  /// Text is not UTF-8.
  invalid_utf8 = 12,
  /// `json = true` was said of a payload that is not one JSON value.
  invalid_json = 13,
  /// The payload is larger than `max_payload_bytes`.
  payload_too_large = 14,
  /// More topics than `max_topics_per_session`.
  too_many_topics = 15,
  /// The user already has as many sessions as allowed.
  too_many_sessions = 16,
  /// More requests a second than the steered rate allows.
  throttled = 17,
  /// `authorize` refused the request.
  unauthorized = 18,
  /// The request came from a page of another origin that is not allowed.
  forbidden_origin = 19,
  /// `Identity::valid_until` has passed.
  credentials_expired = 20,
  /// The hub is shutting down and takes no new session.
  draining = 21,
  /// A bound of the whole process (threads, sessions, memory) is reached.
  overloaded = 22,
  /// An operation did not finish within its deadline.
  timeout = 23,
  /// A position token or cursor cannot be read.
  invalid_cursor = 24,
  /// The bytes are not an HTTP/1.x request.
  malformed_request = 25,
  /// The request line and headers are larger than the bound.
  header_too_large = 26,
  /// More header fields than the bound.
  too_many_headers = 27,
  /// The body is larger than the bound.
  body_too_large = 28,
  /// A Transfer-Encoding other than `chunked`.
  unsupported_transfer_encoding = 29,
  /// The request did not arrive completely within its deadline.
  request_timeout = 30,
  /// A user's callback threw.
  callback_failed = 31,
  /// The store or ledger failed or did not answer.
  store_unavailable = 32,
  /// Two answers were given to one request.
  already_answered = 33,
  /// The server cannot do this, or the application has not offered it.
  not_supported = 34,
  /// The message's time to live ended before it could be delivered.
  expired = 35,
  /// The operation was cancelled.
  cancelled = 36,
  /// `disconnect` ended the session.
  disconnected = 37,
  /// The stream reached `max_lifetime`; the client resumes on a new one.
  lifetime_ended = 38,
  /// The identity may not read or subscribe to this topic.
  topic_not_allowed = 39,
  /// The envelope of an upward request cannot be read.
  invalid_envelope = 40,
  /// A message's key or idempotency key is longer than `defaults::max_key_bytes`.
  invalid_key = 41,
  /// The bytes are not what RFC 6455 lets this end of a WebSocket send.
  malformed_frame = 42,
  /// A WebSocket message came in more frames than the bound.
  too_many_frames = 43,
  /// The answer to a WebSocket handshake is not the 101 that RFC 6455 asks for.
  handshake_failed = 44,
  /// A proxy did not open a tunnel.
  proxy_refused = 45,
  /// The other end's certificate is not the one that was asked for, or nobody that is trusted vouches for it.
  untrusted_certificate = 46,
  /// The connection ended before the answer came: nobody knows whether it was asked.
  connection_lost = 47,
  /// The application at the other end refused what was sent to it; its own word and text come beside.
  refused = 48,
  /// A message is sent in parts already; the next can begin behind it.
  message_under_way = 49,
};

/// What a caller can do about an error: `if (ec == condition::retryable)`.
enum class condition {
  /// The same call may succeed later without any change.
  retryable = 1,
  /// The other end is gone.
  peer_gone = 2,
  /// The other end does not keep up.
  slow = 3,
  /// Credentials are missing, wrong or used up.
  unauthorized = 4,
  /// Ask less often.
  throttled = 5,
  /// The input is wrong and stays wrong.
  bad_input = 6,
  /// A third party cannot reach this recipient, whatever is sent.
  recipient_unreachable = 7,
  /// Our own credentials at a third party are wrong or used up.
  credential = 8,
};

/// The category of `errc`.
const std::error_category& tidings_category() noexcept;
/// The category of `condition`.
const std::error_category& condition_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept { return {static_cast<int>(code), tidings_category()}; }
inline std::error_condition make_error_condition(condition code) noexcept {
  return {static_cast<int>(code), condition_category()};
}

/// The enumerator's own spelling, used in JSON error answers, logs and tests: `"slow_consumer"`.
const char* to_string(errc code) noexcept;

TIDINGS_NAMESPACE_END

template <>
struct std::is_error_code_enum<tidings::errc> : std::true_type {};
template <>
struct std::is_error_condition_enum<tidings::condition> : std::true_type {};

#include <tidings/impl/error.hpp>

#endif  // TIDINGS_ERROR_HPP
