// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_FOUND_EVENT_HPP
#define TIDINGS_TESTS_SUPPORT_FOUND_EVENT_HPP

#include <tidings/protocol/ws/reader.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace support {

/// What a reader of frames has found, kept longer than its next call.
struct FoundEvent {
  using Kind = tidings::protocol::WsEvent::Kind;

  Kind kind;
  std::string data;
  tidings::CloseCode code;
  std::error_code error;

  bool operator==(const FoundEvent&) const = default;
};

/// Has bytes read that come in pieces; up to a fault.
///
/// @param look  `(FoundEvent::Kind, std::span<const char> left)`: after each call of the reader, with what it has not read
///              of the piece.
template <class Look>
std::vector<FoundEvent> read_in_pieces(tidings::protocol::WsReader& reader, std::string bytes, std::size_t piece,
                                       Look look) {
  using Kind = FoundEvent::Kind;
  std::vector<FoundEvent> found;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<char> input = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
    for (Kind kind = Kind::text; kind != Kind::need_more;) {
      const tidings::protocol::WsEvent event = reader.read(input);
      kind = event.kind;
      look(kind, std::span<const char>(input));
      if (kind != Kind::need_more) found.push_back({kind, std::string(event.data), event.code, event.error});
      if (kind == Kind::fault) return found;
    }
  }
  return found;
}
inline std::vector<FoundEvent> read_in_pieces(tidings::protocol::WsReader& reader, std::string bytes,
                                              std::size_t piece) {
  return read_in_pieces(reader, std::move(bytes), piece, [](FoundEvent::Kind, std::span<const char>) {});
}

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_FOUND_EVENT_HPP
