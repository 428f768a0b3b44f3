// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PROTOCOL_WS_EVENT_HPP
#define TIDINGS_PROTOCOL_WS_EVENT_HPP

#include <tidings/close_code.hpp>
#include <tidings/error.hpp>
#include <tidings/protocol/ws/frame_head.hpp>
#include <tidings/version.hpp>

#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace protocol {

/// What a WsReader found.
struct WsEvent {
  enum class Kind {
    /// All bytes are taken, and nothing is whole yet.
    need_more,
    text,
    binary,
    ping,
    pong,
    /// The peer closes; `code` and `data` say why. Whatever follows is passed over.
    close,
    /// The peer broke the protocol or a bound. `code` is what to close with, `error` what happened.
    fault,
    /// Some of a message that comes in parts; `part` says which. One that came whole is `text` or `binary`.
    text_part,
    binary_part,
  };

  Kind kind = Kind::need_more;
  /// Message, payload of a ping or pong, or reason of a close: UTF-8 but for binary, ping and pong; a part of text may end
  /// within a character. Valid until the next call, and while the bytes that were read are.
  std::string_view data;
  CloseCode code = CloseCode::no_status;
  std::error_code error;
  WsPart part = WsPart::whole;
};

}  // namespace protocol

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PROTOCOL_WS_EVENT_HPP
