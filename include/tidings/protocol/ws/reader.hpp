// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_READER_HPP
#define TIDINGS_PROTOCOL_WS_READER_HPP

#include <tidings/defaults.hpp>
#include <tidings/protocol/utf8_stream.hpp>
#include <tidings/protocol/ws/event.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/protocol/ws/message_codec.hpp>
#include <tidings/protocol/ws/opcode.hpp>
#include <tidings/protocol/ws/part_terms.hpp>
#include <tidings/rare.hpp>
#include <tidings/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Bounds of one message. What arrives is never kept beyond them.
struct WsLimits {
  /// Message in bytes, over all its frames.
  std::size_t max_message_bytes = defaults::max_ws_message_bytes;
  /// Frames of one message, empty ones too, 1 or more.
  std::size_t max_frames = defaults::max_ws_frames;
};

/// Reads the frames of one direction of a WebSocket, which arrive in pieces of any size, and puts messages together.
///
///     WsReader reader{WsRole::server};
///     std::span<char> input = bytes_just_read;
///     for (WsEvent event = reader.read(input); event.kind != WsEvent::Kind::need_more; event = reader.read(input)) ...
///
/// A message in one frame that lies whole in the input is unmasked there and handed out without a copy; memory is held
/// only for what has arrived of an unfinished message. Text is checked while it arrives. Every rule of RFC 6455 5 is
/// kept to, at the first byte that breaks it. A message that the peer has deflated is held as it comes and inflated when it
/// is whole, up to the same bound; text is checked then. Messages may also come in parts: then nothing is held.
/// Thread    none of its own; one thread at a time.
/// Lifetime  an idle reader holds no memory beyond itself.
/// Source    RFC 6455 5, 7.4, 8.1; RFC 7692 6.
class WsReader {
 public:
  /// @param role  Our own: a server refuses frames that are not masked, a client those that are.
  /// @param codec  What was agreed on; null: no frame may be deflated.
  explicit WsReader(WsRole role, WsLimits limits = {}, std::shared_ptr<WsMessageCodec> codec = nullptr) noexcept
      : max_message_bytes_(limits.max_message_bytes),
        codec_(std::move(codec)),
        max_frames_(static_cast<std::uint32_t>(
            std::min<std::size_t>(limits.max_frames, std::numeric_limits<std::uint32_t>::max()))),
        max_short_(static_cast<std::uint8_t>(std::min<std::size_t>(limits.max_message_bytes, most_short))),
        role_(role) {}

  /// From now on messages of these kinds come in parts: what one call found of them, however the peer has cut them. They
  /// have a bound of their own, and may be of any number of frames. Deflated ones are inflated as they come, up to
  /// `most_inflated` bytes a part. What is good of a message comes before the fault that ends it.
  ///
  /// Before the first byte.
  /// @tparam Terms  A parameter so that only a unit that asks for parts compiles this.
  template <class Terms = WsPartTerms>
  void give_parts(const Terms& terms);

  /// Takes the next event out of the input.
  ///
  /// @param input  Bytes of the connection, cut anywhere; changed in place. Set to what is not read yet: empty at
  ///               `need_more`. After a fault or a close all of it is taken.
  /// Errors       in a fault: errc::malformed_frame (1002; 1007 of a deflated message), errc::invalid_utf8 (1007),
  ///              errc::payload_too_large (1009), errc::too_many_frames (1008).
  WsEvent read(std::span<char>& input);
  /// Reads no more, for a reason of the owner's: lets go of what is held and gives the fault.
  WsEvent refuse(CloseCode code, errc why);

  const std::shared_ptr<WsMessageCodec>& codec() const noexcept { return codec_; }

  /// Whether there may be more to read without another byte of the peer.
  bool has_more() const noexcept { return parts_ && (parts_->full || parts_->owed); }

  /// Whether a message has begun and is not whole.
  bool in_message() const noexcept { return frames_ > 0; }
  /// Whether anything has begun and is not whole: a message or a control frame, be it one byte of its head.
  bool unfinished() const noexcept {
    return state_ != State::over && (in_message() || have_ > 0 || state_ == State::payload);
  }
  /// Bytes held of an unfinished message.
  std::size_t held_bytes() const noexcept { return kept_ ? kept_->message.size() : 0; }
  /// The memory that they take: up to twice as much, for it grows by doubling.
  std::size_t held_memory() const noexcept { return kept_ ? kept_->message.capacity() : 0; }
  /// The memory that inflating the parts of a message takes, until it is whole.
  std::size_t inflating_memory() const noexcept { return parts_ && codec_ ? codec_->inflating_memory() : 0; }

  /// Of one part that was inflated.
  static constexpr std::size_t most_inflated = 64 * 1024;

 private:
  enum class State : std::uint8_t { head, payload, delivered, over };

  WsEvent read_on(std::span<char>& input);
  bool lies_whole(std::span<const char> input) const noexcept;
  WsEvent take_short(std::span<char>& input);
  bool take_head(std::span<char>& input);
  bool take_whole_head(std::span<char>& input);
  std::size_t head_size() const noexcept;
  bool check_first(unsigned byte);
  bool check_second(unsigned byte);
  bool on_head();
  bool control() const noexcept { return is_control(opcode_); }
  bool holds_control() const noexcept { return kept_ && !kept_->control.empty(); }
  // No bit that stands for an extension, but of those RSV1 where it may be.
  bool good_extension_bits(unsigned byte) const noexcept {
    const unsigned bits = byte & 0x70U;
    return bits == 0 || (bits == ws_deflated_bit && codec_ && may_be_deflated(opcode_));
  }
  std::size_t most_held() const noexcept;
  WsEvent take_payload(std::span<char>& input);
  WsEvent on_message_bytes(std::span<char> bytes, bool ascii);
  WsEvent on_deflated_bytes(std::string_view bytes);
  WsEvent give_inflated(std::string_view deflated);
  // Messages that come in parts: impl/reader_parts.hpp.
  bool in_parts() const noexcept;
  bool on_head_of_part(std::uint64_t length);
  WsEvent read_parts(std::span<char>& input);
  bool take_part(std::span<char>& input, std::span<char>& found);
  bool take_deflated_part(std::span<char>& input, std::span<char>& found);
  std::size_t good_text(std::string_view text, bool ascii);
  bool end_of_frame();
  WsEvent give_part(std::string_view found);
  WsEvent on_control_bytes(std::span<char> bytes);
  WsEvent control_event(std::string_view payload);
  WsEvent close_event(std::string_view payload);
  void keep(std::string_view text);
  void let_message_go();
  void let_go();
  bool fail(CloseCode code, errc error) noexcept;
  bool malformed() noexcept { return fail(CloseCode::protocol_error, errc::malformed_frame); }
  WsEvent fault() const noexcept;
  WsEvent invalid(errc error) { return refuse(CloseCode::invalid_payload, error); }

  // Of the spare memory of a thread, for messages that come in several pieces: 0 .. most_spare bytes.
  static constexpr std::size_t least_spare = 4 * 1024;
  static constexpr std::size_t most_spare = 256 * 1024;
  static std::string& spare_message() {
    thread_local std::string spare;
    return spare;
  }

  // RFC 6455 5.2: a length in the second byte.
  static constexpr std::size_t most_short = 125;
  // Frames of a message that one call found go together if they are no longer: moving them costs less than a call.
  static constexpr std::size_t most_moved = 4 * 1024;

  struct Parts {
    WsPartTerms terms;
    std::uint64_t announced = 0;  // by the heads of the message's frames
    std::uint64_t given = 0;      // of the message
    std::size_t unmasked = 0;     // of the input, already
    bool begun = false;           // some of the message was given
    bool full = false;            // a part was full: there may be more of it
    bool owed = false;            // a fault, behind what was given
  };

  // What has come of something that is not whole, or was handed out and may be looked at.
  struct Kept {
    std::string message;
    std::string control;
  };

  std::size_t max_message_bytes_;
  std::shared_ptr<WsMessageCodec> codec_;
  Rare<Kept> kept_;
  Rare<Parts> parts_;
  std::uint64_t left_ = 0;  // of the frame's payload
  std::uint32_t max_frames_;
  std::uint32_t frames_ = 0;  // of the message so far
  std::array<unsigned char, 14> head_{};
  std::uint8_t max_short_;  // of a message that is looked at once
  std::uint8_t have_ = 0;   // of head_
  WsMask mask_{};
  std::uint8_t at_ = 0;  // in the mask
  Utf8Stream utf8_;
  WsRole role_;
  State state_ = State::head;
  bool final_ = false;
  bool deflated_ = false;                     // the message
  WsOpcode opcode_ = WsOpcode::continuation;  // of the frame
  WsOpcode message_kind_ = WsOpcode::binary;
  CloseCode code_ = CloseCode::no_status;
  errc error_{};
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#include <tidings/protocol/ws/impl/reader.hpp>
#include <tidings/protocol/ws/impl/reader_parts.hpp>

#endif  // TIDINGS_PROTOCOL_WS_READER_HPP
