// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_WS_SCENARIO_HPP
#define TIDINGS_TESTS_BENCH_WS_SCENARIO_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// One way to use WebSockets, and how much dearer than the floor it may be.
struct WsScenario {
  enum class Kind : std::uint8_t { echo, room, visit };

  const char* name;
  Kind kind;
  std::size_t connections;
  /// Messages of a connection on their way at once.
  std::size_t depth;
  std::size_t bytes;
  /// Of one run: echoes, messages to the room, visits.
  std::size_t operations;
  double max_ratio;
};

inline constexpr std::array<WsScenario, 8> ws_scenarios{{
    {"echo-20x1", WsScenario::Kind::echo, 64, 1, 20, 200'000, 1.06},
    {"echo-20x32", WsScenario::Kind::echo, 64, 32, 20, 2'000'000, 1.10},
    {"echo-1kx8", WsScenario::Kind::echo, 64, 8, 1024, 600'000, 1.08},
    {"echo-64kx4", WsScenario::Kind::echo, 64, 4, 64 * 1024, 20'000, 1.20},
    {"visit", WsScenario::Kind::visit, 64, 1, 20, 10'000, 1.20},
    {"room-1k", WsScenario::Kind::room, 1'000, 1, 100, 200, 1.08},
    {"room-10k", WsScenario::Kind::room, 10'000, 1, 100, 20, 1.10},
    {"room-16k", WsScenario::Kind::room, 1'000, 1, 16 * 1024, 60, 1.06},
}};

/// The one of this name, or `all`.
inline std::vector<const WsScenario*> scenarios_of(const std::string& name) {
  std::vector<const WsScenario*> found;
  for (const WsScenario& each : ws_scenarios) {
    if (name == "all" || name == each.name) found.push_back(&each);
  }
  if (found.empty()) throw std::invalid_argument("unknown scenario: " + name);
  return found;
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_WS_SCENARIO_HPP
