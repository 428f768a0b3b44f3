// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_IMPL_READER_HPP
#define TIDINGS_PROTOCOL_WS_IMPL_READER_HPP

#include <tidings/protocol/ws/reader.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

inline WsEvent WsReader::read(std::span<char>& input) {
  if (state_ == State::delivered) let_go();
  return lies_whole(input) ? take_short(input) : read_on(input);
}

// ---- a whole short message, as most are ----

// One look is enough for all rules: a final frame of text or binary, masked, and nothing begun before it.
inline bool WsReader::lies_whole(std::span<const char> input) const noexcept {
  if (input.size() < 6 || state_ != State::head || have_ != 0 || in_message() || role_ != WsRole::server) return false;
  const auto first = static_cast<unsigned char>(input[0]);
  const auto second = static_cast<unsigned char>(input[1]);
  const std::size_t length = second & 0x7FU;
  return (first == 0x81U || first == 0x82U) && (second & 0x80U) != 0 && length <= max_short_ &&
         length <= input.size() - 6;
}

inline WsEvent WsReader::take_short(std::span<char>& input) {
  const bool text = static_cast<unsigned char>(input[0]) == 0x81U;
  std::memcpy(mask_.data(), input.data() + 2, mask_.size());
  const std::span<char> payload = input.subspan(6, static_cast<unsigned char>(input[1]) & 0x7FU);
  input = input.subspan(6 + payload.size());
  const bool ascii = apply_ws_mask(payload, mask_);
  const std::string_view data(payload.data(), payload.size());
  if (text && !ascii && !is_valid_utf8(data)) {
    input = {};
    return invalid(errc::invalid_utf8);
  }
  return {text ? WsEvent::Kind::text : WsEvent::Kind::binary, data, {}, {}};
}

// ---- whatever comes, in whatever pieces ----

inline WsEvent WsReader::read_on(std::span<char>& input) {
  if (parts_) return read_parts(input);
  WsEvent event;
  while (state_ != State::over) {
    if (state_ == State::head) {
      if (!take_head(input)) break;
      state_ = State::payload;
    }
    event = take_payload(input);
    if (event.kind != WsEvent::Kind::need_more || state_ == State::payload) break;
  }
  if (state_ != State::over) return event;
  input = {};
  const bool failed = event.kind == WsEvent::Kind::need_more && error_ != errc{};
  return failed ? fault() : event;
}

inline WsEvent WsReader::refuse(CloseCode code, errc why) {
  fail(code, why);
  kept_.reset();
  return fault();
}

// ---- the head ----

// True when the head is whole and legal; each byte is judged as soon as it is there.
inline bool WsReader::take_head(std::span<char>& input) {
  if (have_ == 0 && input.size() >= head_.size()) return take_whole_head(input);
  while (have_ < head_size()) {
    if (input.empty()) return false;
    const auto byte = static_cast<unsigned char>(input.front());
    input = input.subspan(1);
    head_[have_++] = byte;
    if (have_ == 1 && !check_first(byte)) return false;
    if (have_ == 2 && !check_second(byte)) return false;
  }
  return on_head();
}

// The same where all of it is there.
inline bool WsReader::take_whole_head(std::span<char>& input) {
  head_[0] = static_cast<unsigned char>(input[0]);
  head_[1] = static_cast<unsigned char>(input[1]);
  have_ = 2;
  const std::size_t size = head_size();
  std::memcpy(head_.data() + 2, input.data() + 2, size - 2);
  input = input.subspan(size);
  return check_first(head_[0]) && check_second(head_[1]) && on_head();
}

inline std::size_t WsReader::head_size() const noexcept {
  if (have_ < 2) return 2;
  const unsigned length = head_[1] & 0x7FU;
  const std::size_t length_bytes = length == 127 ? 8 : length == 126 ? 2 : 0;
  return 2 + length_bytes + ((head_[1] & 0x80U) != 0 ? 4 : 0);
}

// RFC 6455 5.2, 5.4, 5.5.
inline bool WsReader::check_first(unsigned byte) {
  const unsigned opcode = byte & 0x0FU;
  const bool known = opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA);
  final_ = (byte & 0x80U) != 0;
  opcode_ = static_cast<WsOpcode>(opcode);
  if (!known || !good_extension_bits(byte)) return malformed();
  if (control()) return final_ || malformed();
  const bool continues = opcode_ == WsOpcode::continuation;
  return continues == in_message() || malformed();
}

// RFC 6455 5.1: a server closes on a frame without a mask, a client on one with it.
inline bool WsReader::check_second(unsigned byte) {
  const bool masked = (byte & 0x80U) != 0;
  if (masked != (role_ == WsRole::server)) return malformed();
  return !control() || (byte & 0x7FU) <= max_ws_control_bytes || malformed();
}

inline bool WsReader::on_head() {
  const unsigned short_length = head_[1] & 0x7FU;
  const std::size_t length_bytes = short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
  std::uint64_t length = length_bytes == 0 ? short_length : 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8U | head_[2 + i];
  // RFC 6455 5.2: the most significant bit is 0, and the form is the shortest.
  if (length >> 63U != 0 || (length_bytes == 2 && length < 126) || (length_bytes == 8 && length <= 0xFFFF)) {
    return malformed();
  }
  if (role_ == WsRole::server)
    std::copy_n(head_.begin() + 2 + static_cast<std::ptrdiff_t>(length_bytes), 4, mask_.begin());
  have_ = 0;
  left_ = length;
  at_ = 0;
  if (control()) return true;
  if (opcode_ != WsOpcode::continuation) {
    message_kind_ = opcode_;
    deflated_ = (head_[0] & ws_deflated_bit) != 0;
  }
  if (in_parts()) return on_head_of_part(length);
  if (++frames_ > max_frames_) return fail(CloseCode::policy_violation, errc::too_many_frames);
  // What is held never passes the bound, so that the difference is no less than zero.
  if (length > most_held() - held_bytes()) {
    return fail(CloseCode::message_too_big, errc::payload_too_large);
  }
  return true;
}

// ---- the payload ----

inline WsEvent WsReader::take_payload(std::span<char>& input) {
  const std::span<char> bytes = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
  input = input.subspan(bytes.size());
  const bool ascii = role_ == WsRole::server && apply_ws_mask(bytes, mask_, at_);
  at_ = static_cast<std::uint8_t>((at_ + bytes.size()) % mask_.size());
  left_ -= bytes.size();
  if (left_ == 0) state_ = State::head;
  return control() ? on_control_bytes(bytes) : on_message_bytes(bytes, ascii);
}

inline WsEvent WsReader::on_message_bytes(std::span<char> bytes, bool ascii) {
  const std::string_view text(bytes.data(), bytes.size());
  if (deflated_) return on_deflated_bytes(text);
  const bool checked = message_kind_ != WsOpcode::text || (ascii && utf8_.complete());
  if (!checked && !utf8_.feed(text)) return invalid(errc::invalid_utf8);
  const bool whole = left_ == 0 && final_;
  const bool at_once = whole && held_bytes() == 0;
  if (!at_once) keep(text);
  if (!whole) return {};
  if (message_kind_ == WsOpcode::text && !utf8_.complete()) return invalid(errc::invalid_utf8);
  frames_ = 0;
  utf8_ = {};
  state_ = State::delivered;
  const auto kind = message_kind_ == WsOpcode::text ? WsEvent::Kind::text : WsEvent::Kind::binary;
  return {kind, at_once ? text : std::string_view(kept_->message), {}, {}};
}

// ---- deflated ----

// What cannot be made shorter may come a little longer: zlib's deflateBound, with room.
inline std::size_t WsReader::most_held() const noexcept {
  const std::size_t most = max_message_bytes_;
  const std::size_t more = most + most / 64 + 64;
  return deflated_ && more > most ? more : most;
}

inline WsEvent WsReader::on_deflated_bytes(std::string_view bytes) {
  const bool whole = left_ == 0 && final_;
  if (whole && held_bytes() == 0) return give_inflated(bytes);
  keep(bytes);
  return whole ? give_inflated(kept_->message) : WsEvent{};
}

inline WsEvent WsReader::give_inflated(std::string_view deflated) {
  std::string inflated;
  inflated.swap(spare_message());
  inflated.clear();
  const errc bad = codec_->inflate(deflated, max_message_bytes_, inflated);
  if (bad == errc::payload_too_large) return refuse(CloseCode::message_too_big, bad);
  if (bad != errc{}) return invalid(bad);
  if (message_kind_ == WsOpcode::text && !is_valid_utf8(inflated)) return invalid(errc::invalid_utf8);
  std::string& message = kept_.get().message;
  message.swap(inflated);
  if (message.empty()) let_message_go();
  frames_ = 0;
  state_ = State::delivered;
  return {message_kind_ == WsOpcode::text ? WsEvent::Kind::text : WsEvent::Kind::binary, message, {}, {}};
}

// ---- what is held ----

// Grows to twice what is there at most, and no further than the frame; the last large message of this thread has left
// memory for the next.
inline void WsReader::keep(std::string_view text) {
  std::string& message = kept_.get().message;
  const std::size_t size = message.size() + text.size();
  if (size > message.capacity() && size > least_spare) {
    std::string& spare = spare_message();
    if (spare.capacity() >= size && spare.capacity() / 2 <= size) {
      spare.assign(message);
      message.swap(spare);
      std::string().swap(spare);
    } else {
      message.reserve(size + static_cast<std::size_t>(std::min<std::uint64_t>(left_, size)));
    }
  }
  message.append(text);
}

inline void WsReader::let_message_go() {
  std::string& spare = spare_message();
  std::string& message = kept_->message;
  if (message.capacity() > spare.capacity() && message.capacity() <= most_spare) spare.swap(message);
  std::string().swap(message);
}

inline WsEvent WsReader::on_control_bytes(std::span<char> bytes) {
  const std::string_view text(bytes.data(), bytes.size());
  if (left_ == 0 && !holds_control()) return control_event(text);
  if (bytes.empty()) return {};
  kept_.get().control.append(text);
  return left_ == 0 ? control_event(kept_->control) : WsEvent{};
}

inline WsEvent WsReader::control_event(std::string_view payload) {
  if (opcode_ == WsOpcode::close) return close_event(payload);
  if (holds_control()) state_ = State::delivered;
  return {opcode_ == WsOpcode::ping ? WsEvent::Kind::ping : WsEvent::Kind::pong, payload, {}, {}};
}

// RFC 6455 5.5.1, 7.4.
inline WsEvent WsReader::close_event(std::string_view payload) {
  state_ = State::over;
  // A message that was cut short by it comes to nothing.
  if (kept_) std::string().swap(kept_->message);
  if (payload.empty()) return {WsEvent::Kind::close, {}, CloseCode::no_status, {}};
  const auto byte = [payload](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(payload[at]));
  };
  const auto code = payload.size() < 2 ? CloseCode::no_status : static_cast<CloseCode>(byte(0) << 8U | byte(1));
  const std::string_view reason = payload.substr(std::min<std::size_t>(2, payload.size()));
  if (!may_be_sent(code)) return refuse(CloseCode::protocol_error, errc::malformed_frame);
  if (!is_valid_utf8(reason)) return invalid(errc::invalid_utf8);
  return {WsEvent::Kind::close, reason, code, {}};
}

// The view that was handed out is not looked at any more. Assigning an empty string would keep the memory.
inline void WsReader::let_go() {
  state_ = State::head;
  if (holds_control()) {
    std::string().swap(kept_->control);
  } else if (held_bytes() > 0) {
    let_message_go();
  }
  if (held_bytes() == 0) kept_.reset();
}

inline bool WsReader::fail(CloseCode code, errc error) noexcept {
  state_ = State::over;
  code_ = code;
  error_ = error;
  // What lies there may be given still.
  if (!parts_) kept_.reset();
  return false;
}

inline WsEvent WsReader::fault() const noexcept { return {WsEvent::Kind::fault, {}, code_, make_error_code(error_)}; }

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_IMPL_READER_HPP
