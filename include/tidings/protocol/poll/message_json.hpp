// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_POLL_MESSAGE_JSON_HPP
#define TIDINGS_PROTOCOL_POLL_MESSAGE_JSON_HPP

#include <tidings/message.hpp>
#include <tidings/protocol/base64.hpp>
#include <tidings/protocol/json_text.hpp>
#include <tidings/protocol/position_token.hpp>
#include <tidings/protocol/utf8.hpp>

#include <cstdint>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Appends the members of a message's JSON object without the braces, so that others may follow:
/// `"at":TOKEN,"topic":...,"event":...,"data":...`; bytes that are not UTF-8 as base64 with `"enc":"base64"`.
///
/// @param tag  topic_tag of the message's topic.
inline void append_message_members(std::string& out, std::uint64_t tag, const StoredMessage& stored) {
  const Message& message = stored.message;
  char token[token_size];
  encode_token(token, tag, stored.position);
  out.append("\"at\":\"").append(token, sizeof token).append("\",\"topic\":");
  append_json_string(out, message.topic);
  if (!message.event.empty()) {
    out.append(",\"event\":");
    append_json_string(out, message.event);
  }
  out.append(",\"data\":");
  if (message.json) {
    out.append(message.data);
  } else if (is_valid_utf8(message.data)) {
    append_json_string(out, message.data);
  } else {
    out.append("\"").append(encode_base64(message.data)).append("\",\"enc\":\"base64\"");
  }
}

/// Appends the JSON object of a message as polls answer it.
inline void append_message_json(std::string& out, std::uint64_t tag, const StoredMessage& stored) {
  out.push_back('{');
  append_message_members(out, tag, stored);
  out.push_back('}');
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_POLL_MESSAGE_JSON_HPP
