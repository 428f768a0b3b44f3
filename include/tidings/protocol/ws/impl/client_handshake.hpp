// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_IMPL_CLIENT_HANDSHAKE_HPP
#define TIDINGS_PROTOCOL_WS_IMPL_CLIENT_HANDSHAKE_HPP

#include <tidings/protocol/ws/client_handshake.hpp>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

inline std::error_code WsClientHandshake::encode(std::string& out) const {
  std::vector<Header> headers{{"Host", request_.host},
                              {"Upgrade", "websocket"},
                              {"Connection", "Upgrade"},
                              {"Sec-WebSocket-Key", key_},
                              {"Sec-WebSocket-Version", std::string(ws_version)}};
  std::string subprotocols;
  for (const std::string& each : request_.subprotocols) {
    if (!is_token(each)) return errc::invalid_header_value;
    subprotocols.append(subprotocols.empty() ? "" : ", ").append(each);
  }
  if (!subprotocols.empty()) headers.push_back({"Sec-WebSocket-Protocol", subprotocols});
  if (!request_.extensions.empty()) headers.push_back({"Sec-WebSocket-Extensions", request_.extensions});
  headers.insert(headers.end(), request_.headers.begin(), request_.headers.end());
  const std::string& target = request_.target;
  const bool good_target = target.starts_with('/') &&
                           std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < '\x7F'; });
  const bool good = good_target && std::all_of(headers.begin(), headers.end(), [](const Header& each) {
                      return is_token(each.name) && is_safe_header_value(each.value);
                    });
  if (!good) return errc::invalid_header_value;
  out.append("GET ").append(target).append(" HTTP/1.1\r\n");
  for (const Header& each : headers) out.append(each.name).append(": ").append(each.value).append("\r\n");
  out.append("\r\n");
  return {};
}

inline WsClientHandshake::Status WsClientHandshake::feed(std::string_view bytes, std::size_t& consumed) {
  consumed = 0;
  if (error_) return Status::refused;
  constexpr std::string_view end = "\r\n\r\n";
  const std::size_t held = head_.size();
  const std::size_t most = max_header_bytes_ + end.size();
  head_.append(bytes.substr(0, most - held));
  const std::size_t at = head_.find(end, held < end.size() ? 0 : held - end.size());
  if (at == std::string::npos) {
    consumed = bytes.size();
    return head_.size() == most ? refuse(errc::header_too_large) : Status::need_more;
  }
  consumed = at + end.size() - held;
  head_.resize(at + 2);
  std::string_view rest = head_;
  bool first = true;
  while (!rest.empty()) {
    const std::size_t line_end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, line_end);
    rest.remove_prefix(line_end + 2);
    if (!(first ? on_status_line(line) : on_header_line(line))) return refuse(errc::handshake_failed);
    first = false;
  }
  return on_head();
}

// RFC 9112 4: HTTP/1.1 SP 3DIGIT SP reason.
inline bool WsClientHandshake::on_status_line(std::string_view line) {
  constexpr std::string_view version = "HTTP/1.1 ";
  if (!line.starts_with(version) || line.size() < version.size() + 3) return false;
  const std::string_view digits = line.substr(version.size(), 3);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
  if (line.size() > version.size() + 3 && line[version.size() + 3] != ' ') return false;
  http_status_ = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  return true;
}

inline bool WsClientHandshake::on_header_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || headers_.size() == defaults::max_headers) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_ows(line.substr(colon + 1));
  if (!is_token(name) || !is_safe_header_value(value)) return false;
  headers_.push_back({std::string(name), std::string(value)});
  return true;
}

// RFC 6455 4.1, the client's checks 1 to 6.
inline WsClientHandshake::Status WsClientHandshake::on_head() {
  std::string().swap(head_);
  const auto joined = [this](std::string_view name) { return joined_fields(headers_, name); };
  const bool upgraded = http_status_ == 101 && iequals(joined("upgrade"), "websocket") &&
                        header_list_has(joined("connection"), "upgrade") &&
                        joined("sec-websocket-accept") == ws_accept_key(key_);
  subprotocol_ = joined("sec-websocket-protocol");
  const std::vector<std::string>& offered = request_.subprotocols;
  const bool chosen = subprotocol_.empty() || std::find(offered.begin(), offered.end(), subprotocol_) != offered.end();
  extensions_ = joined("sec-websocket-extensions");
  const bool unasked = !extensions_.empty() && request_.extensions.empty();
  if (!upgraded || !chosen || unasked) return refuse(errc::handshake_failed);
  return Status::accepted;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_IMPL_CLIENT_HANDSHAKE_HPP
