// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_IMPL_READER_PARTS_HPP
#define TIDINGS_PROTOCOL_WS_IMPL_READER_PARTS_HPP

#include <tidings/protocol/ws/reader.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

// ---- messages that come in parts ----

template <class Terms>
void WsReader::give_parts(const Terms& terms) {
  parts_.get().terms = terms;
  // All of them go the way on which parts are found.
  max_short_ = 0;
  if (codec_) {
    if (auto own = codec_->unshared()) codec_ = std::move(own);
  }
}

inline bool WsReader::in_parts() const noexcept {
  return parts_ && (message_kind_ == WsOpcode::text ? parts_->terms.text : parts_->terms.binary);
}

// The frames are not counted: nothing of them is held.
inline bool WsReader::on_head_of_part(std::uint64_t length) {
  Parts& parts = *parts_;
  if (frames_ == 0) parts.announced = parts.given = 0;
  frames_ = 1;
  std::uint64_t most = parts.terms.max_message_bytes;
  // As most_held; it also bounds blocks that say nothing.
  if (deflated_ && most < std::numeric_limits<std::uint64_t>::max() / 2) most += most / 64 + 64;
  if (length > most - parts.announced) return fail(CloseCode::message_too_big, errc::payload_too_large);
  parts.announced += length;
  return true;
}

// Ends at what must go by itself: the end of the input or of a message, a control frame, a fault, a part that is full.
inline WsEvent WsReader::read_parts(std::span<char>& input) {
  // What was inflated is not looked at any more.
  if (held_bytes() > 0 && in_message() && in_parts()) let_message_go();
  std::span<char> found;
  WsEvent event;
  while (state_ != State::over) {
    if (state_ == State::head) {
      if (!take_head(input)) break;
      state_ = State::payload;
    }
    if (!control() && in_parts()) {
      if (deflated_ ? take_deflated_part(input, found) : take_part(input, found)) break;
      continue;
    }
    if (!found.empty()) break;
    event = take_payload(input);
    if (event.kind != WsEvent::Kind::need_more || state_ == State::payload) break;
  }
  if (state_ == State::over) input = {};
  if (event.kind != WsEvent::Kind::need_more) return event;
  parts_->owed = state_ == State::over && !found.empty();
  if (state_ != State::over || parts_->owed) return give_part({found.data(), found.size()});
  kept_.reset();
  return error_ != errc{} ? fault() : event;
}

// True if what was found is to be given.
inline bool WsReader::take_part(std::span<char>& input, std::span<char>& found) {
  const std::span<char> bytes = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
  if (!found.empty() && bytes.size() > most_moved) return true;
  input = input.subspan(bytes.size());
  const bool ascii = role_ == WsRole::server && apply_ws_mask(bytes, mask_, at_);
  at_ = static_cast<std::uint8_t>((at_ + bytes.size()) % mask_.size());
  left_ -= bytes.size();
  const std::size_t good = good_text({bytes.data(), bytes.size()}, ascii);
  if (found.empty()) {
    found = bytes.first(good);
  } else {
    // Over the head that lies between them.
    std::memmove(found.data() + found.size(), bytes.data(), good);
    found = {found.data(), found.size() + good};
  }
  if (good == bytes.size()) return left_ > 0 || end_of_frame();
  fail(CloseCode::invalid_payload, errc::invalid_utf8);
  return true;
}

// The same, inflated. What zlib does not take yet stays in the input, without its mask.
inline bool WsReader::take_deflated_part(std::span<char>& input, std::span<char>& found) {
  Parts& parts = *parts_;
  const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  if (here == 0 && left_ > 0 && !parts.full) return true;
  const std::span<char> masked = input.subspan(parts.unmasked, here - parts.unmasked);
  if (role_ == WsRole::server) apply_ws_mask(masked, mask_, at_);
  at_ = static_cast<std::uint8_t>((at_ + masked.size()) % mask_.size());

  std::string& out = kept_.get().message;
  if (out.empty()) {
    out.swap(spare_message());
    out.clear();
  }
  const std::size_t before = out.size();
  // One byte beyond the bound shows that it is passed.
  const std::uint64_t left = parts.terms.max_message_bytes - parts.given;
  const auto room = static_cast<std::size_t>(left < most_inflated ? left + 1 : most_inflated);
  std::string_view piece(input.data(), here);
  const errc bad = codec_->inflate_some(piece, final_ && here == left_, room, out);
  parts.unmasked = piece.size();
  input = input.subspan(here - piece.size());
  left_ -= here - piece.size();
  parts.full = out.size() == room;

  const bool too_large = out.size() > left;
  if (too_large) out.resize(static_cast<std::size_t>(left));
  const std::string_view fresh = std::string_view(out).substr(before);
  const std::size_t good = good_text(fresh, false);
  const bool is_text = good == fresh.size();
  if (!is_text) out.resize(before + good);
  found = out;
  if (!is_text)
    fail(CloseCode::invalid_payload, errc::invalid_utf8);
  else if (too_large)
    fail(CloseCode::message_too_big, errc::payload_too_large);
  else if (bad != errc{})
    fail(CloseCode::invalid_payload, bad);
  return state_ == State::over || parts.full || left_ > 0 || end_of_frame();
}

// How much of it is what its kind says.
inline std::size_t WsReader::good_text(std::string_view text, bool ascii) {
  if (message_kind_ != WsOpcode::text || (ascii && utf8_.complete())) return text.size();
  Utf8Stream slowly = utf8_;
  if (utf8_.feed(text)) return text.size();
  std::size_t good = 0;
  while (slowly.feed(text.substr(good, 1))) ++good;
  return good;
}

// True if it was the last one.
inline bool WsReader::end_of_frame() {
  state_ = State::head;
  if (!final_) return false;
  if (message_kind_ == WsOpcode::text && !utf8_.complete()) {
    fail(CloseCode::invalid_payload, errc::invalid_utf8);
    return true;
  }
  frames_ = 0;
  utf8_ = {};
  state_ = State::delivered;
  return true;
}

inline WsEvent WsReader::give_part(std::string_view found) {
  const bool last = state_ == State::delivered;
  if (found.empty() && !last) return {};
  const bool first = !parts_->begun;
  parts_->begun = !last;
  parts_->given += found.size();
  const bool text = message_kind_ == WsOpcode::text;
  if (first && last) return {text ? WsEvent::Kind::text : WsEvent::Kind::binary, found, {}, {}};
  const WsPart part = first ? WsPart::first : last ? WsPart::last : WsPart::middle;
  return {text ? WsEvent::Kind::text_part : WsEvent::Kind::binary_part, found, {}, {}, part};
}

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_IMPL_READER_PARTS_HPP
