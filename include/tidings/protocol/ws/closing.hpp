// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_CLOSING_HPP
#define TIDINGS_PROTOCOL_WS_CLOSING_HPP

#include <tidings/close_info.hpp>
#include <tidings/protocol/ws/event.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/rare.hpp>
#include <tidings/version.hpp>

#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// Decides how a WebSocket ends: who says close, who answers, when the connection is shut, and what is told of it.
/// No I/O, no clock: the owner starts its close timeout with the first action and reports when it is over.
///
/// The close frame is the last frame of its side: a caller sends nothing behind it.
/// Source  RFC 6455 5.5.1, 7.1.
class WsClosing {
 public:
  enum class Act {
    nothing,
    /// Send the frame with `payload`, behind what is under way; then call on_sent().
    send_close,
    /// No more will be sent: shut the writing side, take what the peer still sends and throw it away, until on_eof().
    shut,
    /// It is over; info() is final.
    end,
  };
  struct Action {
    Act act = Act::nothing;
    std::string payload{};
  };

  explicit WsClosing(WsRole role) noexcept : role_(role) {}

  /// We want to close.
  Action close(CloseCode code, std::string_view reason) { return say(CloseInfo::Who::local, code, reason, {}); }

  /// The peer broke a rule: an event `fault`.
  Action on_fault(const WsEvent& event) {
    heard_ = true;  // nothing of it is read any more
    at_fault_ = true;
    if (said_) return sent_ ? shut() : Action{};
    return say(CloseInfo::Who::local, event.code, event.error.message(), event.error);
  }

  /// The peer closes: an event `close`.
  Action on_close(const WsEvent& event) {
    heard_ = true;
    if (said_) return sent_ ? shut() : Action{};
    // 5.5.1: the answer echoes the code.
    return say(CloseInfo::Who::peer, event.code, event.data, {});
  }

  /// Our close frame has left our memory.
  Action on_sent() {
    sent_ = true;
    if (eof_) return on_eof();
    return heard_ ? shut() : Action{};
  }

  /// The peer sends no more.
  Action on_eof() {
    if (over_) return {};
    eof_ = true;
    // It closed and went at once; our answer is still on its way.
    if (heard_ && said_ && !sent_) return {};
    if (said_) {
      info_->clean = sent_ && heard_ && !at_fault_;
    } else {
      info_.reset();
    }
    return end();
  }

  /// The connection broke, or the close timeout is over (errc::timeout).
  Action on_failure(std::error_code why) {
    if (over_) return {};
    // A peer that leaves its end open after both closes has been told and heard everything.
    CloseInfo& info = info_.get();
    info.clean = said_ && sent_ && heard_ && !at_fault_ && role_ == WsRole::server;
    if (!info.clean && !info.error) info.error = why;
    return end();
  }

  /// Whether a close was said: nothing else may be sent any more.
  bool closing() const noexcept { return said_; }
  bool over() const noexcept { return over_; }
  /// Both sides have said close and kept to the rules, and nothing of ours is left to be sent: a server that shuts its
  /// side now waits for nothing but the client's end.
  bool agreed() const noexcept { return role_ == WsRole::server && sent_ && heard_ && !at_fault_ && !over_; }
  const CloseInfo& info() const noexcept {
    static const CloseInfo none;
    return info_ ? *info_ : none;
  }

 private:
  Action say(CloseInfo::Who who, CloseCode code, std::string_view reason, std::error_code error) {
    if (said_ || over_) return {};
    said_ = true;
    CloseInfo& info = info_.get();
    info.who = who;
    info.code = code;
    info.reason = reason;
    info.error = error;
    // Of a close the code is echoed, the reason is not: it is the peer's own.
    return {Act::send_close, encode_close(code, who == CloseInfo::Who::peer ? std::string_view{} : reason)};
  }
  // 7.1.1: the server shuts first, so that the wait after it is the server's; a client waits for that.
  Action shut() { return {role_ == WsRole::server || at_fault_ ? Act::shut : Act::nothing, {}}; }
  Action end() {
    over_ = true;
    return {Act::end, {}};
  }

  // What every send looks at comes first.
  WsRole role_;
  bool said_ = false;
  bool over_ = false;
  bool sent_ = false;
  bool heard_ = false;
  bool at_fault_ = false;
  bool eof_ = false;
  // Once close was said, or it is over.
  Rare<CloseInfo> info_;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_CLOSING_HPP
