// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_CLIENT_COMMANDS_HPP
#define TIDINGS_CLIENT_COMMANDS_HPP

#include <tidings/error.hpp>
#include <tidings/protocol/envelope.hpp>
#include <tidings/protocol/json_text.hpp>
#include <tidings/protocol/sse/encoder.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/protocol/ws/envelopes.hpp>
#include <tidings/upward_message.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace client {

namespace detail {

inline void append_list(std::string& out, const std::vector<std::string>& texts) {
  out.push_back('[');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out.push_back(',');
    protocol::append_json_string(out, texts[i]);
  }
  out.push_back(']');
}

inline std::string command(std::string_view ref) {
  std::string out = "{";
  if (!ref.empty()) protocol::detail::append_member(out, "ref", ref);
  return out;
}

}  // namespace detail

/// `{"ack":CURSOR}`.
inline std::string encode_ack(std::string_view cursor) {
  std::string out = "{";
  protocol::detail::append_member(out, "ack", cursor);
  return out.append("}");
}

/// `{"ref":...,"seen":[TOKEN,...]}`; no tokens: `"seen":"all"`.
inline std::string encode_seen(std::string_view ref, const std::vector<std::string>& tokens) {
  std::string out = detail::command(ref);
  if (tokens.empty()) {
    protocol::detail::append_member(out, "seen", "all");
  } else {
    out.append(out.back() == '{' ? "\"seen\":" : ",\"seen\":");
    detail::append_list(out, tokens);
  }
  return out.append("}");
}

/// `{"ref":...,"subscribe":[...]}` or `unsubscribe`.
inline std::string encode_topics(std::string_view ref, std::string_view verb, const std::vector<std::string>& topics) {
  std::string out = detail::command(ref);
  if (out.back() != '{') out.push_back(',');
  out.append("\"").append(verb).append("\":");
  detail::append_list(out, topics);
  return out.append("}");
}

/// `{"ref":...,"subscribe":[...],"after":CURSOR}`; no cursor: without it.
inline std::string encode_subscribe(std::string_view ref, const std::vector<std::string>& topics,
                                    std::string_view after) {
  std::string out = encode_topics(ref, "subscribe", topics);
  if (after.empty()) return out;
  out.pop_back();
  protocol::detail::append_member(out, "after", after);
  return out.append("}");
}

/// `{"ref":...,"renew":CREDENTIALS}`.
inline std::string encode_renew(std::string_view ref, std::string_view credentials) {
  std::string out = detail::command(ref);
  protocol::detail::append_member(out, "renew", credentials);
  return out.append("}");
}

/// Checks what is to be sent to the application.
///
/// @tparam Text  A parameter so that only a unit that sends compiles this.
/// Errors       errc::invalid_event_name; errc::invalid_utf8; errc::invalid_json.
template <class Text = std::string_view>
std::error_code check_send(const UpwardMessage& message) {
  if (const std::error_code ec = protocol::check_event_name(message.event)) return ec;
  if (!message.json) return protocol::is_valid_utf8(Text(message.data)) ? std::error_code() : errc::invalid_utf8;
  return protocol::check_json(message.data);
}

/// The code that a server's word stands for; errc::refused for one that is the application's own.
inline std::error_code error_of(std::string_view word) {
  for (const tidings::detail::ErrcRow& row : tidings::detail::errc_rows) {
    if (word == row.name) return row.code;
  }
  return errc::refused;
}

/// `{"send":{"ref":...,"event":...,"data":...}}`.
///
/// @param message  UTF-8; its JSON, if it is one, checked by the caller.
inline std::string encode_send(std::string_view ref, const UpwardMessage& message) {
  std::string out = protocol::detail::envelope_begin("send", ref);
  if (!message.event.empty()) protocol::detail::append_member(out, "event", message.event);
  if (message.json) {
    out.append(out.back() == '{' ? "\"data\":" : ",\"data\":").append(message.data);
  } else {
    protocol::detail::append_member(out, "data", message.data);
  }
  return out.append("}}");
}

}  // namespace client

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_CLIENT_COMMANDS_HPP
