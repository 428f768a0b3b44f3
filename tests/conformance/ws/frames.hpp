// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_CONFORMANCE_WS_FRAMES_HPP
#define TIDINGS_TESTS_CONFORMANCE_WS_FRAMES_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// Frames of RFC 6455 5.2 as bytes, also those that no library would write; nothing here comes from the library.
namespace conformance {

inline constexpr unsigned fin_bit = 0x80;
inline constexpr unsigned continuation_op = 0;
inline constexpr unsigned text_op = 1;
inline constexpr unsigned binary_op = 2;
inline constexpr unsigned close_op = 8;
inline constexpr unsigned ping_op = 9;
inline constexpr unsigned pong_op = 10;

inline std::string big_endian(std::uint64_t number, unsigned bytes) {
  std::string out;
  for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<char>(number >> (8 * i) & 0xFFU));
  return out;
}

/// How many bytes the length of a frame takes behind the second one.
enum class LengthForm : unsigned { shortest = 1, none = 0, two = 2, eight = 8 };

/// Writes frames like a client, with masks, or like a server, without.
struct Peer {
  static constexpr std::string_view key = "\x37\xFA\x21\x3D";

  /// @param first  The first byte.
  std::string frame(unsigned first, std::string_view payload = {}) const {
    return head(first, payload.size()) + body(payload);
  }
  std::string text(std::string_view payload) const { return frame(fin_bit | text_op, payload); }
  std::string ping(std::string_view payload = {}) const { return frame(fin_bit | ping_op, payload); }
  std::string pong(std::string_view payload = {}) const { return frame(fin_bit | pong_op, payload); }
  std::string close(unsigned code, std::string_view reason = {}) const {
    return frame(fin_bit | close_op, big_endian(code, 2).append(reason));
  }
  /// A head that announces `length`, in any form.
  std::string head(unsigned first, std::uint64_t length, LengthForm form = LengthForm::shortest) const {
    if (form == LengthForm::shortest) {
      form = length < 126 ? LengthForm::none : length <= 0xFFFF ? LengthForm::two : LengthForm::eight;
    }
    const auto bytes = static_cast<unsigned>(form);
    const std::uint64_t second = form == LengthForm::none ? length : form == LengthForm::two ? 126 : 127;
    std::string out = big_endian(first, 1) + big_endian(second | (masks ? 0x80U : 0U), 1) + big_endian(length, bytes);
    return masks ? out.append(key) : out;
  }
  /// A payload, or the beginning of one.
  std::string body(std::string_view payload) const {
    std::string out(payload);
    if (!masks) return out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ key[i % 4]);
    return out;
  }

  bool masks;
};

/// One frame as it was received.
struct Frame {
  unsigned first = 0;
  std::string payload;
  std::string mask;

  unsigned opcode() const { return first & 0x0FU; }
};

/// Takes a whole frame from the front; none if there is not one yet. Throws when the frame itself breaks a rule of 5.2 or
/// 5.5.
///
/// @param masked  What the standard asks of this sender.
inline std::optional<Frame> take_frame(std::string& bytes, bool masked) {
  const auto byte = [&bytes](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[at])); };
  const auto demand = [](bool kept, const char* what) {
    if (!kept) throw std::runtime_error(what);
  };
  if (bytes.size() < 2) return std::nullopt;
  Frame frame{byte(0), {}, {}};
  const unsigned opcode = frame.opcode();
  demand((frame.first & 0x70U) == 0, "a reserved bit was sent");
  demand(opcode <= 2 || (opcode >= 8 && opcode <= 10), "an unknown opcode was sent");
  demand(((byte(1) & 0x80U) != 0) == masked, "the mask bit is wrong");
  const unsigned short_length = byte(1) & 0x7FU;
  demand(opcode < 8 || ((frame.first & fin_bit) != 0 && short_length < 126), "a control frame is long or in parts");
  const std::size_t length_bytes = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  const std::size_t head = 2 + length_bytes + (masked ? 4 : 0);
  if (bytes.size() < head) return std::nullopt;
  std::uint64_t length = length_bytes == 0 ? short_length : 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8U | byte(2 + i);
  demand(length_bytes == 0 || length > (length_bytes == 2 ? 125U : 0xFFFFU), "the length is not in its shortest form");
  if (bytes.size() - head < length) return std::nullopt;
  if (masked) frame.mask = bytes.substr(head - 4, 4);
  frame.payload = bytes.substr(head, length);
  for (std::size_t i = 0; masked && i < frame.payload.size(); ++i) {
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ frame.mask[i % 4]);
  }
  bytes.erase(0, head + length);
  return frame;
}

/// A payload for comparing: long ones by size and checksum (FNV-1a).
inline std::string shown_payload(std::string_view payload) {
  if (payload.size() <= 125) return std::string(payload);
  std::uint64_t sum = 0xCBF29CE484222325;
  for (const char each : payload) sum = (sum ^ static_cast<unsigned char>(each)) * 0x100000001B3;
  return std::to_string(payload.size()) + " bytes " + std::to_string(sum);
}

inline std::string shown_message(unsigned opcode, std::string_view payload) {
  return (opcode == text_op ? "text(" : "binary(") + shown_payload(payload) + ") ";
}

inline std::string shown_close(unsigned code, std::string_view reason = {}) {
  return "close(" + std::to_string(code) + std::string(reason.empty() ? "" : " ").append(reason) + ") ";
}

/// A frame that came alone, for comparing.
inline std::string shown_frame(const Frame& frame) {
  const std::string_view payload = frame.payload;
  const bool whole = (frame.first & fin_bit) != 0;
  switch (frame.opcode()) {
    case text_op:
    case binary_op: return whole ? shown_message(frame.opcode(), payload) : "part ";
    case ping_op: return "ping ";
    case pong_op: return "pong(" + shown_payload(payload) + ") ";
    case close_op: {
      if (payload.empty()) return "close() ";
      if (payload.size() == 1) return "close(one byte) ";
      const auto code = static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
      return shown_close(code, payload.substr(2));
    }
    default: return "continuation ";
  }
}

}  // namespace conformance

#endif  // TIDINGS_TESTS_CONFORMANCE_WS_FRAMES_HPP
