// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_MESSAGE_CODEC_HPP
#define TIDINGS_PROTOCOL_WS_MESSAGE_CODEC_HPP

#include <tidings/error.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/version.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// RFC 7692 6: RSV1 stands on the first frame of a message, of no other, and of no control frame.
constexpr bool may_be_deflated(WsOpcode opcode) noexcept {
  return opcode == WsOpcode::text || opcode == WsOpcode::binary;
}

/// What the two ends of a WebSocket have agreed on to make messages shorter; `WsCompression` makes it.
///
/// Thread    one at a time for each connection. One that remembers nothing may be shared by connections of all threads.
/// Lifetime  shared by the connections that use it.
class WsMessageCodec {
 public:
  WsMessageCodec(const WsMessageCodec&) = delete;
  WsMessageCodec& operator=(const WsMessageCodec&) = delete;
  virtual ~WsMessageCodec() = default;

  /// Messages below this go as they are.
  std::size_t threshold() const noexcept { return threshold_; }
  /// Whether `deflate` is to be asked for a message, or control frame; else it goes as it is.
  bool takes(WsOpcode opcode, std::size_t size) const noexcept { return size >= threshold_ && may_be_deflated(opcode); }
  /// Of two codecs with the same form, `deflate` makes the same of the same message, so that its outcome may be shared.
  /// 0 = the outcome depends on the messages before.
  std::uint64_t form() const noexcept { return form_; }

  /// Appends the deflated form of a message that it takes, the payload of a frame with RSV1. False, and nothing is appended,
  /// if the message is to go as it is. Where the form is 0 it must then be sent.
  virtual bool deflate(std::string_view message, std::string& out) = 0;
  /// Appends what the peer has deflated, a whole message.
  ///
  /// @param max_bytes  `out` never becomes longer.
  /// @returns          errc{}; errc::payload_too_large; errc::malformed_frame: no deflated message.
  virtual errc inflate(std::string_view message, std::size_t max_bytes, std::string& out) = 0;

  /// One for a connection alone, whose messages are inflated in parts; null: this one is.
  virtual std::shared_ptr<WsMessageCodec> unshared() const = 0;
  /// Appends what the next piece of a message says. Not while messages are inflated whole.
  ///
  /// @param piece      What is behind those before it; what was taken is removed.
  /// @param last       The message ends with the piece.
  /// @param max_bytes  `out` never becomes longer. While it becomes as long there may be more, with a piece that may be
  ///                   empty.
  /// @returns          errc{}; errc::malformed_frame.
  virtual errc inflate_some(std::string_view& piece, bool last, std::size_t max_bytes, std::string& out) = 0;
  /// What a message takes of which pieces were inflated, until its end.
  virtual std::size_t inflating_memory() const noexcept = 0;

 protected:
  WsMessageCodec(std::size_t threshold, std::uint64_t form) noexcept : threshold_(threshold), form_(form) {}

 private:
  std::size_t threshold_;
  std::uint64_t form_;
};

/// Appends the frame of a message, or a control frame: deflated where the codec makes it shorter. Then it must be sent.
///
/// @tparam Codec  `WsMessageCodec`; a parameter so that only a unit that sends compiles this.
/// @param codec   Null: as it is.
/// @param mask    A client's; none for a server.
template <class Codec>
void append_ws_message(std::string& out, WsOpcode opcode, std::string_view payload, Codec* codec,
                       const std::optional<WsMask>& mask = std::nullopt) {
  std::string deflated;
  if (codec == nullptr || !codec->takes(opcode, payload.size()) || !codec->deflate(payload, deflated)) {
    return append_ws_frame(out, opcode, payload, WsPart::whole, mask);
  }
  const std::size_t begin = out.size();
  append_ws_frame(out, opcode, deflated, WsPart::whole, mask);
  mark_ws_deflated(out, begin);
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_MESSAGE_CODEC_HPP
