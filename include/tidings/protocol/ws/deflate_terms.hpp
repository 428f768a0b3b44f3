// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_DEFLATE_TERMS_HPP
#define TIDINGS_PROTOCOL_WS_DEFLATE_TERMS_HPP

#include <tidings/protocol/digits.hpp>
#include <tidings/protocol/http/header_value.hpp>
#include <tidings/protocol/ws/deflate_parameters.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// What one end of a WebSocket does by `permessage-deflate`, or is ready to: `send` is its own direction, `receive` the
/// peer's.
struct DeflateTerms {
  /// Windows in bits, 9 .. 15; once agreed on 8 too.
  int send_bits = most_window_bits;
  int receive_bits = most_window_bits;
  /// A message may refer to those before it.
  bool send_takeover = false;
  bool receive_takeover = false;

  bool operator==(const DeflateTerms&) const = default;
};

/// Whether this browser fails at permessage-deflate: Safari 15.0 to 15.3 does not keep to `client_no_context_takeover`.
///
/// Source  WebKit bug of those versions, uWebSockets issue 1347.
inline bool has_broken_deflate(std::string_view user_agent) {
  constexpr std::string_view version = " Version/15.";
  const std::size_t at = user_agent.find(version);
  if (at == std::string_view::npos) return false;
  const std::string_view rest = user_agent.substr(at + version.size());
  const std::size_t end = rest.find(' ');
  if (end == std::string_view::npos || rest.find(" Safari/", end) == std::string_view::npos) return false;
  // 15.3.1 is 15.3 still.
  const std::optional<std::uint64_t> minor = parse_digits(rest.substr(0, std::min(end, rest.find('.'))));
  return minor && *minor <= 3;
}

/// A server's half: what is done with the first offer that can be kept to. Nothing if there is none.
///
/// An offer that limits us to a window of 2^8 is declined, since zlib cannot keep to it. A client whose window we may not
/// limit and that would need more than `ours.receive_bits` is asked to forget its messages instead.
/// @param offers  The client's list.
/// @param answer  Set to what is to be answered.
/// Source        RFC 7692 5.1, 7.1.
inline std::optional<DeflateTerms> accept_deflate(std::string_view offers, const DeflateTerms& ours,
                                                  std::string& answer) {
  while (!offers.empty()) {
    const std::optional<DeflateParameters> offer = read_deflate_parameters(next_list_element(offers, ','), true);
    if (!offer || offer->server_max_window_bits.value_or(most_window_bits) < least_deflate_bits) continue;
    DeflateTerms agreed = ours;
    DeflateParameters said;
    agreed.send_takeover = ours.send_takeover && !offer->server_no_context_takeover;
    agreed.send_bits = std::min(ours.send_bits, offer->server_max_window_bits.value_or(most_window_bits));
    agreed.receive_bits = most_window_bits;
    if (offer->client_max_window_bits) {
      const int hint = *offer->client_max_window_bits;
      agreed.receive_bits =
          hint == DeflateParameters::without_value ? ours.receive_bits : std::min(hint, ours.receive_bits);
    }
    agreed.receive_takeover =
        ours.receive_takeover && !offer->client_no_context_takeover && agreed.receive_bits <= ours.receive_bits;
    said.server_no_context_takeover = !agreed.send_takeover;
    said.client_no_context_takeover = !agreed.receive_takeover;
    if (offer->server_max_window_bits || agreed.send_bits < most_window_bits) {
      said.server_max_window_bits = agreed.send_bits;
    }
    // Only a client that has named it may be told.
    if (agreed.receive_bits < most_window_bits) said.client_max_window_bits = agreed.receive_bits;
    answer = to_header_value(said);
    return agreed;
  }
  return std::nullopt;
}

/// A client's half: what it offers.
inline DeflateParameters offer_deflate(const DeflateTerms& ours) {
  DeflateParameters offer;
  offer.server_no_context_takeover = !ours.receive_takeover;
  offer.client_no_context_takeover = !ours.send_takeover;
  // Of a server that forgets its messages the window costs us nothing, and not every server can limit it.
  if (ours.receive_takeover && ours.receive_bits < most_window_bits) offer.server_max_window_bits = ours.receive_bits;
  offer.client_max_window_bits = ours.send_bits < most_window_bits ? ours.send_bits : DeflateParameters::without_value;
  return offer;
}

/// A client's half: what is done once the server has answered; nothing if the answer is not one to `offer_deflate`.
///
/// @param answer  The server's list, which is not empty.
/// Source        RFC 7692 5.1, 7.1.
inline std::optional<DeflateTerms> agree_on_deflate(std::string_view answer, const DeflateTerms& ours) {
  const DeflateParameters offer = offer_deflate(ours);
  const std::optional<DeflateParameters> said = read_deflate_parameters(next_list_element(answer, ','), false);
  if (!said || !answer.empty()) return std::nullopt;
  if (offer.server_no_context_takeover && !said->server_no_context_takeover) return std::nullopt;
  const int server_bits = said->server_max_window_bits.value_or(most_window_bits);
  if (offer.server_max_window_bits && server_bits > *offer.server_max_window_bits) return std::nullopt;
  // The value that we named is the largest that may come back.
  const int client_bits = said->client_max_window_bits.value_or(ours.send_bits);
  if (client_bits > ours.send_bits) return std::nullopt;
  DeflateTerms agreed = ours;
  agreed.send_bits = client_bits;
  agreed.receive_bits = server_bits;
  agreed.send_takeover = ours.send_takeover && !said->client_no_context_takeover;
  agreed.receive_takeover = !said->server_no_context_takeover;
  return agreed;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_DEFLATE_TERMS_HPP
