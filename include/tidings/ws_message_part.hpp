// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_MESSAGE_PART_HPP
#define TIDINGS_WS_MESSAGE_PART_HPP

#include <tidings/payload_kind.hpp>
#include <tidings/version.hpp>

#include <cstdint>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

/// Some of a message that a `WsPartHandler` gets as it comes. A message that came at once is both first and last.
struct WsMessagePart {
  PayloadKind kind = PayloadKind::binary;
  bool first = false;
  bool last = false;
  /// Bytes of the message before these.
  std::uint64_t offset = 0;
  /// Valid during the call; empty at most where it is the last. Text may be cut within a character, and is UTF-8 together.
  std::string_view data{};
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_MESSAGE_PART_HPP
