// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_DELIVERY_SESSION_START_HPP
#define TIDINGS_DELIVERY_SESSION_START_HPP

#include <tidings/position.hpp>
#include <tidings/session_info.hpp>
#include <tidings/time.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace delivery {

/// Where a session wants to begin in one topic.
struct TopicStart {
  enum class From : std::uint8_t {
    /// After the claimed position; the gap law decides.
    position,
    /// The present.
    top,
    /// Everything retained.
    start,
  };

  std::string topic;
  From from = From::top;
  Position position;
  /// The session has a named user, who may be or become a member: what it does not get is written down, and the store
  /// keeps it for members.
  bool on_record = false;
  /// A member that asked for the present although unread messages exist: the first of them; 0 = none.
  std::uint64_t skipped_from = 0;
};

/// What a session occupies as long as it lives: its place in limits and loads, given back by the destructor.
struct Seat {
  Seat() = default;
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  virtual ~Seat() = default;
};

/// What a session is opened with.
struct SessionStart {
  SessionId id;
  std::string user;
  std::string device;
  std::string peer;
  std::vector<TopicStart> topics;
  std::optional<wall_time> valid_until;
  /// Zero = no end of its own.
  std::chrono::milliseconds lifetime{0};
  /// A poll answers with what it has after this; zero = as soon as it has caught up.
  std::optional<std::chrono::milliseconds> wait;
  /// Begins held, see `Session::hold`.
  bool held = false;
  std::unique_ptr<Seat> seat;
};

}  // namespace delivery

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_DELIVERY_SESSION_START_HPP
