// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_DEFLATED_FRAMES_HPP
#define TIDINGS_DELIVERY_DEFLATED_FRAMES_HPP

#include <tidings/delivery/live_message.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/shared_bytes.hpp>
#include <tidings/version.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// The deflated frames of one message, made at first use and shared by all sessions of its loop whose codec has the same
/// form. Where a frame would be no shorter, it is the one as it is.
///
/// @tparam Codec  `protocol::WsMessageCodec`; a parameter so that only a unit that serves WebSockets compiles this.
/// Lifetime  kept in the message, one for each form: a client chooses its window, so that there are a few.
template <class Codec>
class DeflatedFrames {
 public:
  explicit DeflatedFrames(std::uint64_t form) : form_(form) {}

  /// @param codec  Of a form other than 0.
  static DeflatedFrames& of(LiveMessage& message, const Codec& codec) {
    std::shared_ptr<void>* place = &message.deflated();
    while (*place) {
      auto& frames = *static_cast<DeflatedFrames*>(place->get());
      if (frames.form_ == codec.form()) return frames;
      place = &frames.next_;
    }
    const auto made = std::make_shared<DeflatedFrames>(codec.form());
    *place = made;
    return *made;
  }

  /// As LiveMessage::ws_frame; for messages that the codec is to be asked for.
  const SharedBytes& ws_frame(LiveMessage& message, LiveMessage::WsForm form, Codec& codec) {
    SharedBytes& kept = form == LiveMessage::WsForm::envelope ? envelope_ : data_;
    if (!kept) kept = deflate(message, form, codec);
    return kept;
  }

 private:
  static SharedBytes deflate(LiveMessage& message, LiveMessage::WsForm form, Codec& codec) {
    std::string deflated;
    if (!codec.deflate(message.ws_payload(form), deflated)) return message.ws_frame(form);
    std::string frame;
    protocol::append_ws_frame(frame, message.ws_opcode(form), deflated);
    protocol::mark_ws_deflated(frame, 0);
    return share_bytes(std::move(frame));
  }

  std::uint64_t form_;
  SharedBytes envelope_;
  SharedBytes data_;
  std::shared_ptr<void> next_;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_DEFLATED_FRAMES_HPP
