// SPDX-License-Identifier: BSL-1.0

#include "bench/ws_scenarios.hpp"

#include "bench/figures.hpp"
#include "bench/server_process.hpp"
#include "bench/ws_clients.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace bench {

namespace {

bool run_once(const WsScenario& scenario, WsClients& clients, std::size_t operations) {
  switch (scenario.kind) {
    case WsScenario::Kind::echo: return clients.echo(scenario.depth, operations);
    case WsScenario::Kind::room: return clients.say(operations);
    case WsScenario::Kind::visit: return clients.come_and_go(operations, scenario.connections);
  }
  return false;
}

double run_server(const WsScenario& scenario, double share, const char* who, const ServerProcess& server) {
  const auto check = [&](bool good, const WsTally& tally) {
    if (good) return;
    throw std::runtime_error(std::string(scenario.name) + ", " + who + ": " + std::to_string(tally.messages) +
                             " messages, " + std::to_string(tally.wrong) + " wrong, " + std::to_string(tally.closed) +
                             " closed");
  };
  const bool room = scenario.kind == WsScenario::Kind::room;
  WsClients clients(server.port(), room ? "/room" : "/echo", scenario.bytes);
  const auto count = [&](double part) {
    return std::max<std::size_t>(1, static_cast<std::size_t>(part * static_cast<double>(scenario.operations)));
  };
  if (scenario.kind != WsScenario::Kind::visit) {
    check(clients.open(scenario.connections), clients.tally());
    // What is made at first use is made.
    check(run_once(scenario, clients, count(share * 0.05)), clients.tally());
  }
  const double before = server.cpu_seconds();
  const std::size_t operations = count(share);
  check(run_once(scenario, clients, operations), clients.tally());
  const double each = static_cast<double>(operations) * (room ? static_cast<double>(scenario.connections) : 1);
  return (server.cpu_seconds() - before) * 1e6 / each;
}

}  // namespace

WsSeries run_ws_pairs(const WsScenario& scenario, const Options& options) {
  const auto ours = [&] {
    return run_server(scenario, options.share, "tidings",
                      ServerProcess({"--port", "0", "--loops", "1"}, "tidings_bench_server"));
  };
  const auto floor = [&] {
    const std::string fault = std::to_string(static_cast<int>(options.fault));
    return run_server(scenario, options.share, "floor", ServerProcess({"--serve", "floor", fault}));
  };
  WsSeries series;
  for (std::size_t i = 0; i < options.pairs; ++i) {
    // Who goes first changes from pair to pair.
    const double first = i % 2 == 0 ? ours() : floor();
    const double second = i % 2 == 0 ? floor() : ours();
    series.ours_us.push_back(i % 2 == 0 ? first : second);
    series.floor_us.push_back(i % 2 == 0 ? second : first);
    series.ratios.push_back(series.ours_us.back() / series.floor_us.back());
    std::fprintf(stderr, "%s %zu: %.3f us, floor %.3f us, ratio %.3f\n", scenario.name, i + 1, series.ours_us.back(),
                 series.floor_us.back(), series.ratios.back());
  }
  return series;
}

void print_ws_row(const WsScenario& scenario, const WsSeries& series) {
  const double ratio = median(series.ratios);
  const Range range = bootstrap_median(series.ratios);
  std::printf("| %-10s | %8.3f | %8.3f | %.3f (%.3f-%.3f) %-7s | %.2f    |\n", scenario.name, median(series.ours_us),
              median(series.floor_us), ratio, range.low, range.high,
              std::min(ratio, range.low) <= scenario.max_ratio ? "met" : "not met", scenario.max_ratio);
}

}  // namespace bench
