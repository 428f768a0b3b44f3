// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_PRESENCE_HPP
#define TIDINGS_PRESENCE_HPP

#include <tidings/session_info.hpp>
#include <tidings/time.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

/// One user who reads a topic now.
struct Presence {
  /// Empty: all anonymous readers together.
  std::string user;
  std::size_t sessions = 0;
  /// Over which transports, each once, in the order of their enumerators.
  std::vector<Transport> transports;
  /// Of the oldest of the sessions.
  wall_time since;
};

/// Who of these sessions reads the topic, by name. A poller is there also between its polls, for two intervals.
///
/// @tparam Session  `SessionInfo`; a parameter so that only a unit that asks compiles this.
template <class Session>
std::vector<Presence> who_reads(std::string_view topic, const std::vector<Session>& sessions) {
  std::vector<Presence> present;
  for (const Session& each : sessions) {
    if (std::find(each.topics.begin(), each.topics.end(), topic) == each.topics.end()) continue;
    auto place = std::find_if(present.begin(), present.end(), [&](const Presence& p) { return p.user >= each.user; });
    if (place == present.end() || place->user != each.user) {
      place = present.insert(place, Presence{each.user, 0, {}, each.since});
    }
    ++place->sessions;
    place->since = std::min(place->since, each.since, [](wall_time a, wall_time b) { return a.ms < b.ms; });
    const auto at = std::lower_bound(place->transports.begin(), place->transports.end(), each.transport);
    if (at == place->transports.end() || *at != each.transport) place->transports.insert(at, each.transport);
  }
  return present;
}

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_PRESENCE_HPP
