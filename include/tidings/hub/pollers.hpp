// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_POLLERS_HPP
#define TIDINGS_HUB_POLLERS_HPP

#include <tidings/defaults.hpp>
#include <tidings/delivery/poll_pacer.hpp>
#include <tidings/protocol/cursor.hpp>
#include <tidings/session_info.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// The clients that poll: one session each between their polls, and the place where their interval is steered. A client
/// is known by user and device; one that names neither, by its address.
///
/// Thread    any. Bounded: beyond the limit those unseen for long go first.
class Pollers {
 public:
  Pollers(delivery::PollPacerOptions pacing, std::size_t max_pollers) : pacer_(pacing), max_pollers_(max_pollers) {}

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
    Poller& poller = find_or_make(seen);
    order_.splice(order_.end(), order_, poller.place);
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
    const auto found = pollers_.find(key(user, device, peer));
    if (found == pollers_.end()) return hint;
    if (!cursor.empty()) found->second.answered = cursor;
    found->second.promised.reset();
    if (steer) found->second.promised = now + hint;
    return hint;
  }

  /// The session that answered a poll is over, whatever became of it.
  void left(const SessionInfo& seen, SessionId current) {
    const std::lock_guard lock(mutex_);
    const auto found = pollers_.find(key(seen.user, seen.device, seen.peer));
    if (found != pollers_.end() && found->second.current == current) found->second.current = {};
  }

  /// The pollers seen lately, as sessions.
  std::vector<SessionInfo> list(steady_time now) {
    const std::lock_guard lock(mutex_);
    expire(now);
    std::vector<SessionInfo> infos;
    infos.reserve(pollers_.size());
    for (const auto& [name, poller] : pollers_) infos.push_back(poller.info);
    return infos;
  }

  /// The session that answers this poller's present poll; none if it is between polls.
  std::optional<SessionId> current(SessionId poller) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, each] : pollers_) {
      if (each.info.id == poller && each.current) return each.current;
    }
    return std::nullopt;
  }

  void hold(SessionId poller, bool held) {
    const std::lock_guard lock(mutex_);
    for (auto& [name, each] : pollers_) {
      if (each.info.id == poller) each.info.held = held;
    }
  }

  void confirm(const std::string& user, const std::string& device, const std::string& peer, const std::string& token) {
    const std::lock_guard lock(mutex_);
    const auto found = pollers_.find(key(user, device, peer));
    if (found != pollers_.end()) found->second.info.confirmed = token;
  }

  /// Calls `f(user, cursor, transport)` for the last answer of each poller.
  template <class F>
  void for_each_answer(F&& f) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, each] : pollers_) {
      if (!each.answered.empty()) f(each.info.user, each.answered, each.info.transport);
    }
  }

  std::chrono::milliseconds interval() const {
    const std::lock_guard lock(mutex_);
    return pacer_.interval();
  }

 private:
  struct Poller {
    SessionInfo info;
    SessionId current;
    steady_time last;
    std::optional<steady_time> promised;
    protocol::Cursor answered;
    // In the order of the last polls.
    std::list<std::string>::iterator place;
  };

  static std::string key(const std::string& user, const std::string& device, const std::string& peer) {
    const bool nameless = user.empty() && device.empty();
    return user + '\n' + device + (nameless ? '\n' + address_of(peer) : std::string());
  }

  // The port of an address changes with every connection. An IPv6 address with a port stands in brackets.
  static std::string address_of(const std::string& peer) {
    const std::size_t colon = peer.rfind(':');
    const bool port = colon != std::string::npos && (peer.find(':') == colon || (colon > 0 && peer[colon - 1] == ']'));
    return port ? peer.substr(0, colon) : peer;
  }

  Poller& find_or_make(const SessionInfo& seen) {
    std::string name = key(seen.user, seen.device, seen.peer);
    const auto found = pollers_.find(name);
    if (found != pollers_.end()) return found->second;
    if (!order_.empty() && pollers_.size() >= max_pollers_) drop(order_.begin());
    Poller& poller = pollers_[name];
    poller.info = seen;
    poller.place = order_.insert(order_.end(), std::move(name));
    return poller;
  }

  std::list<std::string>::iterator drop(std::list<std::string>::iterator place) {
    pollers_.erase(*place);
    return order_.erase(place);
  }

  void expire(steady_time now) {
    const auto grace = pacer_.interval() * defaults::poller_grace_intervals + defaults::max_poll_wait;
    for (auto place = order_.begin(); place != order_.end();) {
      const Poller& poller = pollers_.at(*place);
      // One that keeps its moment is heard of then, however far away it was promised under load.
      const steady_time until =
          std::max(poller.last + grace, poller.promised.value_or(poller.last) + defaults::max_poll_wait);
      place = !poller.current && until < now ? drop(place) : std::next(place);
    }
  }

  mutable std::mutex mutex_;
  delivery::PollPacer pacer_;
  std::size_t max_pollers_;
  std::unordered_map<std::string, Poller> pollers_;
  std::list<std::string> order_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_POLLERS_HPP
