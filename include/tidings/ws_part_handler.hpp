// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_WS_PART_HANDLER_HPP
#define TIDINGS_WS_PART_HANDLER_HPP

#include <tidings/payload_kind.hpp>
#include <tidings/version.hpp>
#include <tidings/ws_handler.hpp>
#include <tidings/ws_message_part.hpp>

TIDINGS_NAMESPACE_BEGIN

/// A handler that gets messages in parts as they come, so that one of any length takes no memory.
///
/// ```cpp
/// struct Upload : tidings::WsPartHandler {
///   void on_part(tidings::WsSession& session, const tidings::WsMessagePart& part) override {
///     file.write(part.data.data(), static_cast<std::streamsize>(part.data.size()));
///     if (part.last) session.send({"got " + std::to_string(part.offset + part.data.size())});
///   }
///   void on_closed(tidings::WsSession&, const tidings::CloseInfo& info) override {
///     if (info.message_cut) remove_file();
///   }
///   std::ofstream file;
/// };
/// ```
/// A part is what one read gave, however the peer has made its frames: one frame of a gigabyte comes in as many parts as a
/// million small ones. `WsOptions::max_streamed_bytes` bounds a message, `WsOptions::message_timeout` the time from one
/// part to the next; neither `max_message_bytes` nor `max_frames` does. What is compressed is inflated as it comes, 64 KiB a
/// part at most. `WsSession::pause_reading` holds from this part on.
///
/// Who cannot go on with a message calls `WsSession::close`; nothing more of it comes then. A message that has begun and
/// will never end, for whatever reason, is told by `CloseInfo::message_cut`.
/// Over a server with a codec of its own each message is one part, up to `max_message_bytes`.
/// Thread and lifetime as WsHandler.
class WsPartHandler : public WsHandler {
 public:
  /// The next part of the message that is under way: between its first and its last come no others.
  virtual void on_part(WsSession& session, const WsMessagePart& part) = 0;
  /// Whether messages of this kind come in parts; the others come whole, to on_message. Asked once for each kind, before
  /// on_open.
  virtual bool in_parts(PayloadKind kind) const {
    static_cast<void>(kind);
    return true;
  }

 private:
  WsPartHandler* part_handler() noexcept final { return this; }
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_WS_PART_HANDLER_HPP
