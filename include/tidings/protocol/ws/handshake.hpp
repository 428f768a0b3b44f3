// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_HANDSHAKE_HPP
#define TIDINGS_PROTOCOL_WS_HANDSHAKE_HPP

#include <tidings/http_types.hpp>
#include <tidings/protocol/base64.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/protocol/http/response_head.hpp>
#include <tidings/protocol/sha1.hpp>
#include <tidings/request_snapshot.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// The only version there is (RFC 6455 4.1).
inline constexpr std::string_view ws_version = "13";

/// The subprotocol of our envelopes.
inline constexpr std::string_view ws_subprotocol = "tidings.v1";

/// What a client's handshake offers.
struct WsOffer {
  /// `Sec-WebSocket-Key`, as it came.
  std::string key;
  /// In the client's order of preference.
  std::vector<std::string> subprotocols;
};

/// Why a handshake is refused, and how.
struct WsRefusal {
  /// 0 = it is not.
  int status = 400;
  std::vector<Header> headers{};
  /// For a log; says nothing secret.
  std::string_view why{};
};

/// `Sec-WebSocket-Accept` for a key. Source  RFC 6455 4.2.2.
inline std::string ws_accept_key(std::string_view key) {
  return encode_base64(sha1(std::string(key).append("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
}

/// The values of all fields of a name as one list; empty when there is none.
///
/// Source  RFC 9110 5.3.
inline std::string joined_fields(std::span<const Header> headers, std::string_view name) {
  std::string list;
  for (const Header& each : headers) {
    if (iequals(each.name, name)) list.append(list.empty() ? "" : ", ").append(each.value);
  }
  return list;
}

/// The same without blanks at both ends, and without a copy of what stands in one field.
///
/// @param joined  Holds the list if it had to be put together.
inline std::string_view field_text(std::span<const Header> headers, std::string_view name, std::string& joined) {
  const Header* only = nullptr;
  for (const Header& each : headers) {
    if (!iequals(each.name, name)) continue;
    if (only != nullptr) return trim_ows(joined = joined_fields(headers, name));
    only = &each;
  }
  return only == nullptr ? std::string_view{} : trim_ows(only->value);
}

/// Whether the request wants to become a WebSocket, well or badly.
inline bool wants_websocket(const RequestSnapshot& request) {
  std::string joined;
  return header_list_has(field_text(request.headers, "upgrade", joined), "websocket");
}

/// Reads a client's handshake, and takes nothing that RFC 6455 does not. The answer's status is 0 if it is good, and then
/// `out` is filled.
///
/// @tparam Request  `RequestSnapshot`; a parameter so that only a unit that serves requests compiles this.
/// Source  RFC 6455 4.1, 4.2.1, 4.4.
template <class Request>
WsRefusal read_ws_offer(const Request& request, WsOffer& out) {
  std::string joined;
  const auto value = [&](std::string_view name) { return field_text(request.headers, name, joined); };
  if (request.method != "GET") return WsRefusal{405, {{"Allow", "GET"}}, "a handshake is a GET"};
  if (request.version < 11) return WsRefusal{400, {}, "a handshake is HTTP/1.1"};
  // RFC 9110 15.5.22: 426 names the protocol.
  if (!wants_websocket(request)) return WsRefusal{426, {{"Upgrade", "websocket"}}, "no Upgrade: websocket"};
  if (!header_list_has(value("connection"), "upgrade")) return WsRefusal{400, {}, "no Connection: Upgrade"};
  if (value("sec-websocket-version") != ws_version) {
    return WsRefusal{426, {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", std::string(ws_version)}}, "version"};
  }
  WsOffer offer;
  offer.key = value("sec-websocket-key");
  const std::optional<std::string> nonce = decode_base64(offer.key);
  if (!nonce || nonce->size() != 16) return WsRefusal{400, {}, "Sec-WebSocket-Key is not 16 bytes"};
  std::string_view names = value("sec-websocket-protocol");
  while (!names.empty()) {
    const std::string_view name = next_list_element(names, ',');
    const bool again =
        std::find(offer.subprotocols.begin(), offer.subprotocols.end(), name) != offer.subprotocols.end();
    if (!is_token(name) || again) return WsRefusal{400, {}, "Sec-WebSocket-Protocol"};
    offer.subprotocols.emplace_back(name);
  }
  out = std::move(offer);
  return WsRefusal{0};
}

/// A browser's WebSocket cannot send headers: what it offers as the subprotocol `bearer.TOKEN` stands for
/// `Authorization: Bearer TOKEN`, unless there is one. It is never chosen.
inline void read_bearer_subprotocol(RequestSnapshot& request) {
  if (request.header("authorization")) return;
  std::string joined;
  std::string_view names = field_text(request.headers, "sec-websocket-protocol", joined);
  while (!names.empty()) {
    const std::string_view name = next_list_element(names, ',');
    if (!name.starts_with("bearer.")) continue;
    request.headers.push_back({"authorization", "Bearer " + std::string(name.substr(7))});
    return;
  }
}

/// The first of ours that the client offers; empty when there is none, and then none is named in the answer.
inline std::string choose_subprotocol(const WsOffer& offer, std::span<const std::string> ours) {
  for (const std::string& each : ours) {
    if (std::find(offer.subprotocols.begin(), offer.subprotocols.end(), each) != offer.subprotocols.end()) return each;
  }
  return {};
}

/// Appends the whole head of the answer 101.
///
/// @param subprotocol  One of the offer's, or empty.
/// @param more         Other headers, such as cookies.
/// Errors             errc::invalid_header_value, as encode_response_head.
[[nodiscard]] inline std::error_code encode_ws_accept(std::string& out, const WsOffer& offer,
                                                      std::string_view subprotocol, std::span<const Header> more = {}) {
  std::vector<Header> headers;
  headers.reserve(more.size() + 1);
  if (!subprotocol.empty()) headers.push_back({"Sec-WebSocket-Protocol", std::string(subprotocol)});
  for (const Header& each : more) headers.push_back(each);
  std::string lines = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  lines.append(ws_accept_key(offer.key)).append("\r\n");
  return encode_response_head(out, 11, 101, headers, lines);
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_HANDSHAKE_HPP
