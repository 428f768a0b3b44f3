// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_POLLERS_HPP
#define TIDINGS_HUB_POLLERS_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/poll_pacer.hpp>
#include <tidings/hub/device_table.hpp>
#include <tidings/protocol/cursor.hpp>
#include <tidings/session_info.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// The clients that poll: one session each between their polls, and the place where their interval is steered. A client
/// is known by user and device; one that names neither, by its address.
///
/// @tparam Loop  As for `BasicEngine`.
/// Thread    any. Bounded as `DeviceTable` says.
template <class Loop>
class BasicPollers {
 public:
  BasicPollers(delivery::PollPacerOptions pacing, std::size_t most, std::size_t most_of_user)
      : pacer_(pacing), pollers_(most, most_of_user) {}

  /// Whether the poll may go on, and what is known of its client.
  struct Admitted {
    bool throttled = false;
    std::chrono::milliseconds retry_after{0};
    bool held = false;
  };

  /// One poll begins.
  ///
  /// @param seen     Describes the client; its id is taken if the client is new.
  /// @param current  The session that answers the poll.
  /// @param waits    A long poll: not steered.
  Admitted begin(const SessionInfo& seen, SessionId current, steady_time now, bool waits) {
    const std::lock_guard lock(mutex_);
    Poller& poller = pollers_.touch(seen.user, client(seen.user, seen.device, seen.peer), [&] { return Poller{seen}; });
    poller.last = now;
    poller.info.transport = seen.transport;
    poller.info.peer = seen.peer;
    poller.info.topics = seen.topics;
    Admitted admitted;
    admitted.held = poller.info.held;
    if (!waits) {
      const delivery::PollPacer::Decision decision = pacer_.on_poll(now, poller.promised);
      admitted.throttled = decision.throttled;
      admitted.retry_after = decision.retry_after;
    }
    if (!admitted.throttled) poller.current = current;
    return admitted;
  }

  /// One poll was answered with this cursor; returns when to come back.
  ///
  /// @param steer  A short poll with nothing more waiting: gets its moment.
  std::chrono::milliseconds end(const std::string& user, const std::string& device, const std::string& peer,
                                const protocol::Cursor& cursor, bool steer, steady_time now, double jitter) {
    const std::lock_guard lock(mutex_);
    const std::chrono::milliseconds hint = steer ? pacer_.next(now, jitter) : std::chrono::milliseconds{0};
    Poller* const poller = pollers_.find(user, client(user, device, peer));
    if (poller == nullptr) return hint;
    if (!cursor.empty()) poller->answered = cursor;
    poller->promised.reset();
    if (steer) poller->promised = now + hint;
    return hint;
  }

  /// The session that answered a poll is over, whatever became of it.
  void left(const SessionInfo& seen, SessionId current) {
    const std::lock_guard lock(mutex_);
    Poller* const poller = pollers_.find(seen.user, client(seen.user, seen.device, seen.peer));
    if (poller != nullptr && poller->current == current) poller->current = {};
  }

  /// The pollers seen lately, as sessions.
  std::vector<SessionInfo> list(steady_time now) {
    const std::lock_guard lock(mutex_);
    expire(now);
    std::vector<SessionInfo> infos;
    infos.reserve(pollers_.size());
    for (const auto& each : pollers_) infos.push_back(each.value.info);
    return infos;
  }

  /// The session that answers this poller's present poll; none if it is between polls.
  std::optional<SessionId> current(SessionId poller) const {
    const std::lock_guard lock(mutex_);
    for (const auto& each : pollers_) {
      if (each.value.info.id == poller && each.value.current) return each.value.current;
    }
    return std::nullopt;
  }

  void hold(SessionId poller, bool held) {
    const std::lock_guard lock(mutex_);
    for (auto& each : pollers_) {
      if (each.value.info.id == poller) each.value.info.held = held;
    }
  }

  void revoke(const std::string& user, const std::string& topic) {
    const std::lock_guard lock(mutex_);
    pollers_.for_each_of(user, [&](Poller& each) { std::erase(each.info.topics, topic); });
  }

  void confirm(const std::string& user, const std::string& device, const std::string& peer, const std::string& token) {
    const std::lock_guard lock(mutex_);
    Poller* const poller = pollers_.find(user, client(user, device, peer));
    if (poller != nullptr) poller->info.confirmed = token;
  }

  /// Calls `f(user, cursor, transport)` for the last answer of each poller.
  template <class F>
  void for_each_answer(F&& f) const {
    const std::lock_guard lock(mutex_);
    for (const auto& each : pollers_) {
      const Poller& poller = each.value;
      if (!poller.answered.empty()) f(poller.info.user, poller.answered, poller.info.transport);
    }
  }

  std::chrono::milliseconds interval() const {
    const std::lock_guard lock(mutex_);
    return pacer_.interval();
  }

 private:
  struct Poller {
    SessionInfo info;
    SessionId current{};
    steady_time last{};
    std::optional<steady_time> promised{};
    protocol::Cursor answered{};
  };

  // No device has a name with a line feed.
  static std::string client(const std::string& user, const std::string& device, const std::string& peer) {
    return user.empty() && device.empty() ? '\n' + address_of(peer) : device;
  }

  // The port of an address changes with every connection. An IPv6 address with a port stands in brackets.
  static std::string address_of(const std::string& peer) {
    const std::size_t colon = peer.rfind(':');
    const bool port = colon != std::string::npos && (peer.find(':') == colon || (colon > 0 && peer[colon - 1] == ']'));
    return port ? peer.substr(0, colon) : peer;
  }

  void expire(steady_time now) {
    const auto grace = pacer_.interval() * defaults::poller_grace_intervals + defaults::max_poll_wait;
    for (auto each = pollers_.begin(); each != pollers_.end();) {
      const Poller& poller = each->value;
      // One that keeps its moment is heard of then, however far away it was promised under load.
      const steady_time until =
          std::max(poller.last + grace, poller.promised.value_or(poller.last) + defaults::max_poll_wait);
      each = !poller.current && until < now ? pollers_.erase(each) : std::next(each);
    }
  }

  mutable std::mutex mutex_;
  delivery::PollPacer pacer_;
  DeviceTable<Poller> pollers_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_POLLERS_HPP
