// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_LIVE_MESSAGE_HPP
#define TIDINGS_DELIVERY_LIVE_MESSAGE_HPP

#include <tidings/delivery/sse_frame.hpp>
#include <tidings/message.hpp>
#include <tidings/protocol/poll/message_json.hpp>
#include <tidings/protocol/utf8.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/shared_bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// A message on its way through one loop, wrapped once: its encodings are made at first use and shared by all sessions.
/// The count is plain, not atomic: a live message never leaves its loop.
class LiveMessage {
 public:
  LiveMessage(StoredMessagePtr stored, std::uint64_t tag) : stored_(std::move(stored)), tag_(tag) {}

  const StoredMessage& stored() const { return *stored_; }
  std::uint64_t tag() const { return tag_; }
  std::uint64_t offset() const { return stored_->position.offset; }
  /// What it counts in a queue: its text and its place there.
  std::size_t queued_bytes() const { return stored_->message.data.size() + stored_->message.event.size() + 64; }

  /// The SSE form with the message's own token as id.
  SseFrame& own_frame() {
    if (own_.empty()) own_.encode({}, tag_, *stored_);
    return own_;
  }
  /// The SSE form whose id is the cursor of a session with this one topic.
  SseFrame& single_frame() {
    if (single_.empty()) single_.encode("1", tag_, *stored_);
    return single_;
  }
  /// The JSON object of a poll answer.
  const std::string& json() {
    if (json_.empty()) protocol::append_message_json(json_, tag_, *stored_);
    return json_;
  }

  /// What of it goes over a WebSocket.
  enum class WsForm : std::uint8_t {
    envelope,
    /// The data alone, for protocols that have no envelope.
    data,
  };

  protocol::WsOpcode ws_opcode(WsForm form) const {
    const Message& message = stored_->message;
    const bool text = form == WsForm::envelope || message.json || protocol::is_valid_utf8(message.data);
    return text ? protocol::WsOpcode::text : protocol::WsOpcode::binary;
  }
  std::string_view ws_payload(WsForm form) {
    return form == WsForm::envelope ? std::string_view(json()) : std::string_view(stored_->message.data);
  }
  /// The same in a buffer that may leave the loop.
  SharedBytes shared_payload(WsForm form) {
    if (form == WsForm::data) return {stored_, &stored_->message.data};
    if (!shared_json_) shared_json_ = share_bytes(json());
    return shared_json_;
  }
  /// The frame around that, as a server sends it.
  const SharedBytes& ws_frame(WsForm form) {
    SharedBytes& kept = form == WsForm::envelope ? ws_frame_ : raw_frame_;
    if (!kept) kept = make_ws_frame(form);
    return kept;
  }

  /// Where its deflated frames are kept: deflated_frames.hpp.
  std::shared_ptr<void>& deflated() { return deflated_; }

 private:
  friend class LiveRef;

  // Apart, so that the look at a frame that is there costs no call.
  // Apart, so that a delivery only looks at the frame that is there: it took 21 instructions more.
  [[gnu::noinline]] SharedBytes make_ws_frame(WsForm form) {
    std::string frame;
    protocol::append_ws_frame(frame, ws_opcode(form), ws_payload(form));
    return share_bytes(std::move(frame));
  }

  StoredMessagePtr stored_;
  std::uint64_t tag_;
  std::uint32_t uses_ = 0;
  SseFrame own_;
  SseFrame single_;
  std::string json_;
  SharedBytes shared_json_;
  SharedBytes ws_frame_;
  SharedBytes raw_frame_;
  std::shared_ptr<void> deflated_;
};

/// Counted pointer to a live message.
class LiveRef {
 public:
  LiveRef() noexcept = default;
  explicit LiveRef(LiveMessage* message) noexcept : message_(message) {
    if (message_ != nullptr) ++message_->uses_;
  }
  LiveRef(const LiveRef& other) noexcept : LiveRef(other.message_) {}
  LiveRef(LiveRef&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
  LiveRef& operator=(LiveRef other) noexcept {
    std::swap(message_, other.message_);
    return *this;
  }
  ~LiveRef() {
    if (message_ != nullptr && --message_->uses_ == 0) delete message_;
  }

  static LiveRef make(StoredMessagePtr stored, std::uint64_t tag) {
    return LiveRef(new LiveMessage(std::move(stored), tag));
  }

  explicit operator bool() const noexcept { return message_ != nullptr; }
  LiveMessage& operator*() const noexcept { return *message_; }
  LiveMessage* operator->() const noexcept { return message_; }

 private:
  LiveMessage* message_ = nullptr;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_LIVE_MESSAGE_HPP
