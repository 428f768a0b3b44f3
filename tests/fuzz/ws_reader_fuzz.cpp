// SPDX-License-Identifier: BSL-1.0

// The cut of the bytes never changes what is read; what was read and encoded again reads the same at the other end.

#include <tidings/protocol/ws/reader.hpp>

#include "support/found_event.hpp"

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace tidings;
using namespace tidings::protocol;
using fuzz::require;
using support::FoundEvent;
using support::read_in_pieces;

std::vector<FoundEvent> read(const std::string& bytes, std::size_t piece, WsRole role, WsLimits limits) {
  WsReader reader(role, limits);
  return read_in_pieces(reader, bytes, piece, [&](FoundEvent::Kind kind, std::span<const char> left) {
    require(reader.held_bytes() <= limits.max_message_bytes);
    if (kind == FoundEvent::Kind::need_more) require(left.empty());
  });
}

WsOpcode opcode_of(WsEvent::Kind kind) {
  switch (kind) {
    case WsEvent::Kind::text: return WsOpcode::text;
    case WsEvent::Kind::binary: return WsOpcode::binary;
    case WsEvent::Kind::ping: return WsOpcode::ping;
    case WsEvent::Kind::pong: return WsOpcode::pong;
    default: return WsOpcode::close;
  }
}

// Whatever was read may be sent on, in the other role.
void round_trip(const std::vector<FoundEvent>& events, WsRole reader) {
  const WsMask key{1, 0x80, 0, 0xFF};
  const auto mask = reader == WsRole::server ? std::optional<WsMask>() : std::optional(key);
  std::string bytes;
  std::vector<FoundEvent> expected;
  for (const FoundEvent& each : events) {
    if (each.kind == WsEvent::Kind::fault) break;
    const std::string payload = each.kind == WsEvent::Kind::close ? encode_close(each.code, each.data) : each.data;
    append_ws_frame(bytes, opcode_of(each.kind), payload, WsPart::whole, mask);
    expected.push_back(each);
  }
  const WsRole other = reader == WsRole::server ? WsRole::client : WsRole::server;
  require(read(bytes, bytes.size() + 1, other, {}) == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = bytes[0] % 16U + 1U;
  const WsRole role = (bytes[0] & 0x40U) != 0 ? WsRole::client : WsRole::server;
  const WsLimits limits = (bytes[0] & 0x80U) != 0 ? WsLimits{200, 3} : WsLimits{};
  const std::string stream(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::vector<FoundEvent> whole = read(stream, size, role, limits);
  require(whole == read(stream, piece, role, limits));
  for (const FoundEvent& each : whole)
    require(each.data.size() <= std::max<std::size_t>(125, limits.max_message_bytes));
  round_trip(whole, role);
  return 0;
}
