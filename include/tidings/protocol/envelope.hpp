// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_ENVELOPE_HPP
#define TIDINGS_PROTOCOL_ENVELOPE_HPP

#include <tidings/defaults.hpp>
#include <tidings/error.hpp>
#include <tidings/version.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// A message of a client to the application.
struct UpwardSend {
  /// The client's own name for the request; its reply repeats it. 0 .. 64 bytes.
  std::string ref;
  /// Event name, legal by check_event_name.
  std::string event;
  /// The payload: the text of a JSON string, or the source of any other JSON value.
  std::string data;
  /// True when `data` is the source of a JSON value that is no string.
  bool json = false;
};

/// What a client asks for, in the body of a `POST` or in one message of a WebSocket; at least one thing.
struct Upward {
  /// `{"ref": "..."}` beside a command: repeated in its answer. 0 .. 64 bytes.
  std::string ref;
  /// `{"ack": CURSOR}`: not yet parsed.
  std::optional<std::string> ack;
  /// `{"seen": [TOKEN, ...]}`: not yet parsed.
  std::vector<std::string> seen;
  /// `{"seen": "all"}`.
  bool seen_all = false;
  /// `{"send": {"ref", "event", "data"}}`.
  std::optional<UpwardSend> send;
  /// `{"subscribe": [TOPIC, ...], "after": CURSOR}`; the cursor not yet parsed.
  std::vector<std::string> subscribe;
  std::optional<std::string> after;
  /// `{"unsubscribe": [TOPIC, ...]}`.
  std::vector<std::string> unsubscribe;
  /// `{"renew": CREDENTIALS}`: at most defaults::max_credentials_bytes.
  std::optional<std::string> renew;
};

/// Reads what a client asks for.
///
/// @tparam Json  The reader; a parameter so that only a unit that reads compiles it.
/// @param body  JSON text of at most defaults::max_envelope_bytes; one object, unknown members are passed over.
/// @param out   Filled on success, untouched otherwise.
/// Errors      errc::invalid_envelope: no JSON object, nested deeper than defaults::max_json_depth, too large, a known
///             member of the wrong type, more than defaults::max_seen_tokens tokens, an illegal event name, or nothing
///             asked.
template <class Json = nlohmann::json>
std::error_code parse_upward(std::string_view body, Upward& out);

/// Checks that `text` is exactly one JSON value, so that it can be embedded as it is.
///
/// Stricter than many readers: no byte order mark, no NUL behind the value, no ill-formed UTF-8, no number outside of
/// the range of `double`, nothing nested deeper than `max_depth`.
/// @tparam Json      The reader, as above.
/// @param text       0 .. any number of bytes.
/// @param max_depth  Arrays and objects inside each other; a bare number has depth 0.
/// Errors           errc::invalid_json.
/// Source           RFC 8259.
template <class Json = nlohmann::json>
std::error_code check_json(std::string_view text, std::size_t max_depth = defaults::max_json_depth);

}  // namespace protocol

TIDINGS_NAMESPACE_END

#include <tidings/protocol/impl/envelope.hpp>

#endif  // TIDINGS_PROTOCOL_ENVELOPE_HPP
