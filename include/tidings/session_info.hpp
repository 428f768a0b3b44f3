// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_SESSION_INFO_HPP
#define TIDINGS_SESSION_INFO_HPP

#include <tidings/position.hpp>
#include <tidings/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// How a session is carried.
enum class Transport { sse, long_poll, short_poll, websocket };

constexpr const char* to_string(Transport transport) {
  switch (transport) {
    case Transport::sse: return "sse";
    case Transport::long_poll: return "long_poll";
    case Transport::short_poll: return "short_poll";
    case Transport::websocket: return "websocket";
  }
  return "unknown";
}

/// Names one session of one hub; nobody guesses another's.
struct SessionId {
  std::uint64_t value = 0;
  friend bool operator==(const SessionId&, const SessionId&) = default;
  explicit operator bool() const noexcept { return value != 0; }
};

/// 16 lower-case hexadecimal digits.
inline std::string to_string(SessionId id) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = "0123456789abcdef"[(id.value >> (4 * i)) & 15];
  return text;
}

/// One line of the session table.
struct SessionInfo {
  SessionId id;
  /// Empty for an anonymous session.
  std::string user;
  /// What the client calls itself (`device=`), 0 .. 64 bytes.
  std::string device;
  Transport transport = Transport::sse;
  std::string peer;
  wall_time since;
  std::vector<std::string> topics;
  /// Not yet handed to the kernel.
  std::size_t queue_bytes = 0;
  std::size_t queue_messages = 0;
  /// Reading on from the store because it was slow.
  bool lagging = false;
  /// Held by `Hub::hold`.
  bool held = false;
  /// The last position that the client confirmed, as a token; empty = none yet.
  std::string confirmed;
  /// From a ping to its pong: the last one, and smoothed. Only of WebSockets that have answered one.
  std::optional<std::chrono::microseconds> last_round_trip;
  std::optional<std::chrono::microseconds> round_trip;
};

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_SESSION_INFO_HPP
