// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WECHAT_CALLBACK_REPLY_HPP
#define TIDINGS_WECHAT_CALLBACK_REPLY_HPP

#include <tidings/protocol/json_text.hpp>
#include <tidings/version.hpp>

#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace wechat {

/// An encrypted passive reply: what is answered to a callback instead of `success`.
struct CallbackReply {
  /// Base64.
  std::string encrypt{};
  std::string signature{};
  /// Decimal digits.
  std::string timestamp{};
  std::string nonce{};
};

namespace detail {

inline void append_xml_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '<': out.append("&lt;"); break;
      case '>': out.append("&gt;"); break;
      case '&': out.append("&amp;"); break;
      default: out.push_back(c);
    }
  }
}

inline void append_element(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  append_xml_text(out, text);
  out.append("</").append(name).append(">");
}

}  // namespace detail

/// The body of the answer where callbacks come as XML.
/// Source  W:96211, "passive reply".
inline std::string to_xml(const CallbackReply& reply) {
  std::string out = "<xml>";
  detail::append_element(out, "Encrypt", reply.encrypt);
  detail::append_element(out, "MsgSignature", reply.signature);
  detail::append_element(out, "TimeStamp", reply.timestamp);
  detail::append_element(out, "Nonce", reply.nonce);
  return out.append("</xml>");
}

/// The body of the answer where callbacks come as JSON.
inline std::string to_json(const CallbackReply& reply) {
  std::string out = "{\"encrypt\":";
  protocol::append_json_string(out, reply.encrypt);
  protocol::append_json_string(out.append(",\"msgsignature\":"), reply.signature);
  out.append(",\"timestamp\":").append(reply.timestamp.empty() ? "0" : reply.timestamp);
  protocol::append_json_string(out.append(",\"nonce\":"), reply.nonce);
  return out.append("}");
}

}  // namespace wechat

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WECHAT_CALLBACK_REPLY_HPP
