// SPDX-License-Identifier: BSL-1.0

// What a server accepts, it can answer, and a client that asked so takes the answer; the cut of an answer's bytes never
// changes what a client makes of it.

#include <tidings/protocol/ws/client_handshake.hpp>
#include <tidings/protocol/ws/handshake.hpp>

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace {

using namespace tidings;
using namespace tidings::protocol;
using fuzz::require;
using Status = WsClientHandshake::Status;

// One field a line, as a server's snapshot has them.
RequestSnapshot request_of(std::string_view text) {
  RequestSnapshot request;
  request.method = "GET";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    request.headers.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
  }
  return request;
}

void shake_hands(const RequestSnapshot& request) {
  WsOffer offer;
  const WsRefusal refusal = read_ws_offer(request, offer);
  if (refusal.status != 0) {
    require(refusal.status >= 400);
    return;
  }
  const std::string chosen = offer.subprotocols.empty() ? std::string() : offer.subprotocols.back();
  std::string head;
  require(!encode_ws_accept(head, offer, chosen));
  const std::string nonce = decode_base64(offer.key).value();
  WsClientHandshake client({.nonce = nonce, .subprotocols = offer.subprotocols}, head.size());
  std::string asked;
  require(!client.encode(asked));
  std::size_t consumed = 0;
  require(client.feed(head, consumed) == Status::accepted && consumed == head.size());
  require(client.subprotocol() == chosen);
}

auto read(std::string_view answer, std::size_t piece) {
  WsClientHandshake client({.nonce = "the sample nonce", .subprotocols = {"chat"}}, 600);
  Status status = Status::need_more;
  std::size_t taken = 0;
  while (taken < answer.size() && status == Status::need_more) {
    std::size_t consumed = 0;
    status = client.feed(answer.substr(taken, piece), consumed);
    taken += consumed;
  }
  if (status == Status::refused) taken = 0;
  return std::tuple(status, taken, client.error(), client.subprotocol(), client.headers().size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  if ((bytes[0] & 0x80U) == 0) {
    shake_hands(request_of(text));
  } else {
    require(read(text, text.size() + 1) == read(text, bytes[0] % 16U + 1U));
  }
  return 0;
}
