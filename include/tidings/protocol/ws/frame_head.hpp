// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_FRAME_HEAD_HPP
#define TIDINGS_PROTOCOL_WS_FRAME_HEAD_HPP

#include <tidings/close_code.hpp>
#include <tidings/protocol/ws/mask.hpp>
#include <tidings/protocol/ws/opcode.hpp>
#include <tidings/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// RFC 6455 5.5: a control frame carries at most so much.
inline constexpr std::size_t max_ws_control_bytes = 125;
/// RFC 6455 5.5.1: two bytes of it are the code.
inline constexpr std::size_t max_ws_reason_bytes = max_ws_control_bytes - 2;

/// RFC 7692 6: RSV1 of the first frame says that the message is deflated.
inline constexpr unsigned ws_deflated_bit = 0x40;

/// Which part of a message a frame is.
enum class WsPart : std::uint8_t { whole, first, middle, last };

/// The bytes before a frame's payload.
struct WsFrameHead {
  // RFC 6455 5.2: 2, 8 of length, 4 of mask.
  std::array<char, 14> bytes{};
  std::uint8_t size = 0;

  std::string_view text() const noexcept { return {bytes.data(), size}; }
};

/// The head of a frame.
///
/// @param opcode  Of the message, also for its later parts; they go as continuation.
/// @param length  Of the payload in bytes.
/// @param mask    A client's; none for a server.
inline WsFrameHead encode_ws_head(WsOpcode opcode, std::uint64_t length, WsPart part = WsPart::whole,
                                  const std::optional<WsMask>& mask = std::nullopt) noexcept {
  const bool last = part == WsPart::whole || part == WsPart::last;
  const bool first = part == WsPart::whole || part == WsPart::first;
  WsFrameHead head;
  auto put = [&head](unsigned byte) { head.bytes[head.size++] = static_cast<char>(byte); };
  const unsigned masked = mask ? 0x80U : 0U;
  put((last ? 0x80U : 0U) | static_cast<unsigned>(first ? opcode : WsOpcode::continuation));
  // RFC 6455 5.2: the shortest form of the length.
  const unsigned length_bytes = length < 126 ? 0 : length <= 0xFFFF ? 2 : 8;
  put(masked | (length_bytes == 0 ? static_cast<unsigned>(length) : length_bytes == 2 ? 126U : 127U));
  for (unsigned i = length_bytes; i-- > 0;) put(static_cast<unsigned>(length >> (8 * i) & 0xFFU));
  if (mask) {
    for (unsigned char byte : *mask) put(byte);
  }
  return head;
}

/// Appends a whole frame.
inline void append_ws_frame(std::string& out, WsOpcode opcode, std::string_view payload, WsPart part = WsPart::whole,
                            const std::optional<WsMask>& mask = std::nullopt) {
  out.append(encode_ws_head(opcode, payload.size(), part, mask).text());
  const std::size_t begin = out.size();
  out.append(payload);
  if (mask) apply_ws_mask(std::span(out).subspan(begin), *mask);
}

/// Sets RSV1 in the frame that begins there.
inline void mark_ws_deflated(std::string& frames, std::size_t begin) {
  frames[begin] = static_cast<char>(static_cast<unsigned char>(frames[begin]) | ws_deflated_bit);
}

/// The payload of a close frame: nothing for CloseCode::no_status; a reason that is too long is cut between characters.
///
/// @param code    One that may_be_sent(), or no_status.
/// @param reason  UTF-8.
inline std::string encode_close(CloseCode code, std::string_view reason) {
  if (code == CloseCode::no_status) return {};
  std::size_t size = reason.size();
  if (size > max_ws_reason_bytes) {
    size = max_ws_reason_bytes;
    while (size > 0 && (static_cast<unsigned char>(reason[size]) & 0xC0U) == 0x80U) --size;
  }
  const auto number = static_cast<unsigned>(code);
  std::string payload{static_cast<char>(number >> 8U), static_cast<char>(number & 0xFFU)};
  payload.append(reason.substr(0, size));
  return payload;
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_FRAME_HEAD_HPP
