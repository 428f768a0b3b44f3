// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_WS_SCENARIOS_HPP
#define TIDINGS_TESTS_BENCH_WS_SCENARIOS_HPP

#include "bench/options.hpp"
#include "bench/ws_scenario.hpp"

#include <vector>

namespace bench {

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
