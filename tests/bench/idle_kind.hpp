// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_IDLE_KIND_HPP
#define TIDINGS_TESTS_BENCH_IDLE_KIND_HPP

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// A kind of idle session, and what it may take.
struct IdleKind {
  const char* name;
  /// Where it is opened; a user's number follows a path that ends in `=`.
  const char* path;
  bool websocket;
  /// 0 = no bar.
  double max_bytes;
};

inline constexpr std::array<IdleKind, 5> idle_kinds{{
    {"ws-bare", "/bare", true, 400},
    {"ws-raw", "/echo", true, 0},
    {"ws-hub", "/hub?user=", true, 700},
    {"sse-bare", "/sse", false, 400},
    {"sse-hub", "/sse?user=", false, 700},
}};

/// Processor time of a session in a second, in microseconds: less than this.
inline constexpr double max_idle_us = 0.5;

/// The one of this name, or `all`.
inline std::vector<const IdleKind*> idle_kinds_of(const std::string& name) {
  std::vector<const IdleKind*> found;
  for (const IdleKind& each : idle_kinds) {
    if (name == "all" || name == each.name) found.push_back(&each);
  }
  if (found.empty()) throw std::invalid_argument("unknown session: " + name);
  return found;
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_IDLE_KIND_HPP
