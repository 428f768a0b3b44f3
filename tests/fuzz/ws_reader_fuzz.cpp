// SPDX-License-Identifier: BSL-1.0

// The cut of the bytes never changes what is read; what was read and encoded again reads the same at the other end; a
// message that is read in parts is the one that is read whole.

#include <tidings/protocol/ws/reader.hpp>

#include "support/found_event.hpp"

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

// The same with messages in parts: as one text, which no cut changes either, and as what a reader of whole ones finds.
struct InParts {
  std::string log;
  std::vector<FoundEvent> whole;
};

bool is_part(const WsEvent& event) {
  return event.kind == WsEvent::Kind::text_part || event.kind == WsEvent::Kind::binary_part;
}

InParts read_in_parts(std::string bytes, std::size_t piece, WsRole role, WsLimits limits, const WsPartTerms& terms) {
  WsReader reader(role, limits);
  reader.give_parts(terms);
  InParts all;
  std::string message;
  bool open = false;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<char> input = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
    while (true) {
      const WsEvent event = reader.read(input);
      require(reader.held_bytes() <= limits.max_message_bytes);
      if (event.kind == WsEvent::Kind::need_more) break;
      if (is_part(event)) {
        const bool text = event.kind == WsEvent::Kind::text_part;
        require(text ? terms.text : terms.binary);
        require(open == (event.part != WsPart::first));
        require(!event.data.empty() || event.part == WsPart::last);
        open = event.part != WsPart::last;
        if (event.part == WsPart::first) all.log += text ? "text[" : "binary[";
        all.log += event.data;
        message += event.data;
        require(message.size() <= terms.max_message_bytes);
        if (!open) {
          all.log += "]";
          all.whole.push_back({text ? WsEvent::Kind::text : WsEvent::Kind::binary, std::exchange(message, {}),
                               event.code, event.error});
        }
        continue;
      }
      const bool data = event.kind == WsEvent::Kind::text || event.kind == WsEvent::Kind::binary;
      require(!data || !open);
      all.log += (event.kind == WsEvent::Kind::text     ? "text["
                  : event.kind == WsEvent::Kind::binary ? "binary["
                                                        : "<" + std::to_string(static_cast<int>(event.kind))) +
                 std::string(event.data) + (data ? "]" : std::to_string(static_cast<int>(event.code)) + ">");
      all.whole.push_back({event.kind, std::string(event.data), event.code, event.error});
      if (event.kind == WsEvent::Kind::fault) return all;
    }
    require(input.empty());
    require(!reader.has_more());
  }
  return all;
}

void check_parts(const std::string& stream, std::size_t piece, WsRole role, WsLimits limits,
                 const std::vector<FoundEvent>& expected) {
  const WsPartTerms terms{piece % 3 != 1, piece % 3 != 2, limits.max_message_bytes};
  const InParts parts = read_in_parts(stream, stream.size() + 1, role, limits, terms);
  require(parts.log == read_in_parts(stream, piece, role, limits, terms).log);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    // Parts are of any number of frames.
    if (expected[i].error == errc::too_many_frames) break;
    require(i < parts.whole.size() && parts.whole[i] == expected[i]);
  }
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
  check_parts(stream, piece, role, limits, whole);
  return 0;
}
