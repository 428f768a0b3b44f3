// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_IMPL_WS_SESSION_FACE_HPP
#define TIDINGS_IMPL_WS_SESSION_FACE_HPP

#include <tidings/close_info.hpp>
#include <tidings/completion.hpp>
#include <tidings/net/async_result.hpp>
#include <tidings/ws_message.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace detail {

/// What a session's handles see of it; every call from any thread.
class WsSessionFace {
 public:
  WsSessionFace() = default;
  WsSessionFace(const WsSessionFace&) = delete;
  WsSessionFace& operator=(const WsSessionFace&) = delete;
  virtual ~WsSessionFace() = default;

  virtual void send(WsMessage message, Completion<> done) = 0;
  virtual void send(PayloadKind kind, std::string_view data) = 0;
  /// @param id  Set to what the message is known by.
  virtual std::error_code begin_message(PayloadKind kind, std::uint32_t& id) = 0;
  virtual void send_part(std::uint32_t id, std::string bytes, bool last, Completion<> done) = 0;
  virtual void give_up_message(std::uint32_t id) = 0;
  virtual void receive(Completion<WsMessage> done) = 0;
  virtual void close(CloseCode code, std::string reason) = 0;
  virtual void kill() = 0;
  virtual void pause(bool paused) = 0;
  virtual bool open() const = 0;
  virtual std::size_t buffered_bytes() const = 0;
  virtual std::size_t dropped() const = 0;
  virtual std::optional<std::chrono::microseconds> last_round_trip() const = 0;
  virtual std::optional<std::chrono::microseconds> round_trip() const = 0;
  virtual const std::string& subprotocol() const = 0;
  virtual std::optional<CloseInfo> close_info() const = 0;
  virtual io::Home home() const = 0;
};

}  // namespace detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_IMPL_WS_SESSION_FACE_HPP
