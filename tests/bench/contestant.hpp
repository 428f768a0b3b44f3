// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_CONTESTANT_HPP
#define TIDINGS_TESTS_BENCH_CONTESTANT_HPP

#include "bench/options.hpp"
#include "bench/row.hpp"
#include "bench/server_process.hpp"

#include <string>
#include <vector>

namespace bench {

/// One of the servers that take turns in a row.
struct Contestant {
  std::string name;
  /// Of several, each run of a pair is the mean.
  std::vector<ServerCommand> commands;
  std::string path;
};

/// `tidings_bench_server`; with more loops than one on all processors.
ServerCommand our_server(const std::string& adapter, const std::string& loops);
/// How a server that is not ours is started: see `peer_names`.
ServerCommand peer_command(const std::string& name);

/// Ours, what it is compared with, and whoever else is there, in this order.
std::vector<Contestant> contestants_of(const Row& row, const Options& options);

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_CONTESTANT_HPP
