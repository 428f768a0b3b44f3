// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_ENVELOPES_HPP
#define TIDINGS_PROTOCOL_WS_ENVELOPES_HPP

#include <tidings/protocol/base64.hpp>
#include <tidings/protocol/json_text.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/upward_answer.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

namespace detail {

inline std::string envelope_begin(std::string_view name, std::string_view ref) {
  std::string out = "{\"";
  out.append(name).append("\":{");
  if (!ref.empty()) {
    out.append("\"ref\":");
    append_json_string(out, ref);
  }
  return out;
}

inline void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (out.back() != '{') out.push_back(',');
  out.append("\"").append(name).append("\":");
  append_json_string(out, text);
}

}  // namespace detail

/// `{"done":{"ref":...}}`: a command was carried out.
///
/// @param unread  After `seen`: how many inbox messages are not.
inline std::string encode_done(std::string_view ref, std::optional<std::size_t> unread = std::nullopt) {
  std::string out = detail::envelope_begin("done", ref);
  if (unread) out.append(ref.empty() ? "\"unread\":" : ",\"unread\":").append(std::to_string(*unread));
  return out.append("}}");
}

/// `{"error":{"ref":...,"code":...,"message":...}}`; bytes that are not UTF-8 are left out.
inline std::string encode_error(std::string_view ref, std::string_view code, std::string_view message) {
  std::string out = detail::envelope_begin("error", ref);
  detail::append_member(out, "code", is_valid_utf8(code) ? code : "refused");
  if (is_valid_utf8(message)) detail::append_member(out, "message", message);
  return out.append("}}");
}

/// `{"reply":{"ref":...,"event":...,"data":...}}`.
///
/// @param reply  Its JSON, if it is one, checked by the caller.
inline std::string encode_reply(std::string_view ref, const UpwardReply& reply) {
  std::string out = detail::envelope_begin("reply", ref);
  if (!reply.event.empty()) detail::append_member(out, "event", reply.event);
  if (out.back() != '{') out.push_back(',');
  out.append("\"data\":");
  if (reply.json) {
    out.append(reply.data);
  } else if (is_valid_utf8(reply.data)) {
    append_json_string(out, reply.data);
  } else {
    out.append("\"").append(encode_base64(reply.data)).append("\",\"enc\":\"base64\"");
  }
  return out.append("}}");
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_ENVELOPES_HPP
