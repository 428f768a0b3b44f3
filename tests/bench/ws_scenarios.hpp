// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_WS_SCENARIOS_HPP
#define TIDINGS_TESTS_BENCH_WS_SCENARIOS_HPP

#include "bench/options.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
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

/// Server processor time of an operation, by pair of runs.
struct WsSeries {
  std::vector<double> ours_us;
  std::vector<double> floor_us;
  std::vector<double> ratios;
};

/// Throws `std::runtime_error` when a message was lost, repeated, out of order or changed.
WsSeries run_ws_pairs(const WsScenario& scenario, const Options& options);
void print_ws_row(const WsScenario& scenario, const WsSeries& series);

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_WS_SCENARIOS_HPP
