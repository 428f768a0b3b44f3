// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_RAW_LINE_HPP
#define TIDINGS_DELIVERY_RAW_LINE_HPP

#include <tidings/close_code.hpp>
#include <tidings/delivery/any_ws_link.hpp>
#include <tidings/delivery/carrier.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// The session that is being read on this thread: what it sends meanwhile may wait to leave together.
inline constinit thread_local const void* session_being_read = nullptr;

/// What a raw WebSocket tells the hub's session that reads topics over it; on the loop.
class RawLineEvents {
 public:
  virtual void on_writable() = 0;
  virtual void on_progress() = 0;
  /// A message of the application's goes in parts, between which nothing else may: `on_writable` follows.
  virtual void on_busy() = 0;
  /// @returns  what the ping is to be known by.
  virtual std::uint64_t on_ping() = 0;
  virtual void on_pong(std::uint64_t ping) = 0;
  /// When a message went out last.
  virtual steady_time last_message() const = 0;
  /// Nothing is taken any more; the last event.
  virtual void on_over(std::error_code why) = 0;

 protected:
  ~RawLineEvents() = default;
};

/// A WebSocket of the application's own protocol, as the hub's session sees it that brings messages of topics to it.
///
/// Thread  the loop's only. The bytes are its own in every case.
class RawLine {
 public:
  RawLine() = default;
  RawLine(const RawLine&) = delete;
  RawLine& operator=(const RawLine&) = delete;
  virtual ~RawLine() = default;

  /// From now on these are told. Null: nobody is told any more.
  virtual void join(RawLineEvents* reader) = 0;

  /// Where frames of messages' data go; null before there is one. What became of them is to be told to `sent`.
  virtual AnyWsLink* link() = 0;
  /// The application has been told that it is open: until then its greeting comes first, and `on_writable` follows.
  virtual bool opened() const = 0;
  /// What the application has sent while the line is read goes before what comes now.
  virtual void flush() = 0;
  virtual Sent sent(Sent what) = 0;
  /// The application is told that messages of this topic are missing.
  virtual void gap(std::string_view topic) = 0;
  /// Something went out of which somebody keeps account: a ping is to follow.
  virtual void want_ping() = 0;
  virtual void close(CloseCode code, std::string reason) = 0;
  virtual void kill() = 0;

  virtual std::optional<std::chrono::microseconds> last_round_trip() const = 0;
  virtual std::optional<std::chrono::microseconds> round_trip() const = 0;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_RAW_LINE_HPP
