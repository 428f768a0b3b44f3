// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_IMPL_CLIENT_HANDSHAKE_HPP
#define TIDINGS_PROTOCOL_WS_IMPL_CLIENT_HANDSHAKE_HPP

#include <tidings/protocol/http/query.hpp>
#include <tidings/protocol/http/status_line.hpp>
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
  const bool good =
      is_origin_form(request_.target) && std::all_of(headers.begin(), headers.end(), [](const Header& each) {
        return is_token(each.name) && is_safe_header_value(each.value);
      });
  if (!good) return errc::invalid_header_value;
  out.append("GET ").append(request_.target).append(" HTTP/1.1\r\n");
  for (const Header& each : headers) out.append(each.name).append(": ").append(each.value).append("\r\n");
  out.append("\r\n");
  return {};
}

inline WsClientHandshake::Status WsClientHandshake::feed(std::string_view bytes, std::size_t& consumed) {
  consumed = 0;
  if (error_) return Status::refused;
  while (take_head(bytes, consumed)) {
    if (!read_head()) return refuse(errc::handshake_failed);
    if (http_status_ == 101 || http_status_ >= 200) return on_head();
    // RFC 9110 15.2: a client takes any number of interim answers; ours as many as fit one head.
    http_status_ = 0;
    headers_.clear();
  }
  return error_ ? Status::refused : Status::need_more;
}

// True when head_ is whole, without its last line's end.
inline bool WsClientHandshake::take_head(std::string_view bytes, std::size_t& consumed) {
  constexpr std::string_view end = "\r\n\r\n";
  const std::size_t held = head_.size();
  const std::size_t most = max_header_bytes_ + end.size() - passed_;
  const std::string_view rest = bytes.substr(consumed);
  head_.append(rest.substr(0, most - held));
  const std::size_t at = head_.find(end, held < end.size() ? 0 : held - end.size());
  if (at == std::string::npos) {
    consumed = bytes.size();
    if (head_.size() == most) refuse(errc::header_too_large);
    return false;
  }
  consumed += at + end.size() - held;
  passed_ += at + end.size();
  head_.resize(at + 2);
  return true;
}

inline bool WsClientHandshake::read_head() {
  const std::string head = std::exchange(head_, {});
  std::string_view rest = head;
  for (bool first = true; !rest.empty(); first = false) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (!first && !add_header_line(headers_, line)) return false;
    if (!first) continue;
    const std::optional<StatusLine> status = parse_status_line(line);
    if (!status) return false;
    http_status_ = status->status;
    minor_version_ = status->minor_version;
  }
  return true;
}

// RFC 6455 4.1, the client's checks 1 to 6.
inline WsClientHandshake::Status WsClientHandshake::on_head() {
  const auto joined = [this](std::string_view name) { return joined_fields(headers_, name); };
  const bool upgraded = http_status_ == 101 && minor_version_ >= 1 && iequals(joined("upgrade"), "websocket") &&
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
