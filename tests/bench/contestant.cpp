// SPDX-License-Identifier: BSL-1.0

#include "bench/contestant.hpp"

#include <utility>

namespace bench {

namespace {

std::string path_of(Row::Kind kind) {
  switch (kind) {
    case Row::Kind::room: return "/room";
    case Row::Kind::stream: return "/sse";
    case Row::Kind::long_poll: return "/lp";
    case Row::Kind::poll: return "/poll";
    default: return "/echo";
  }
}

}  // namespace

std::vector<Contestant> contestants_of(const Row& row, const Options& options) {
  const std::string path = path_of(row.kind);
  const ServerCommand server{program_beside("tidings_bench_server"), {"--port", "0", "--loops", "1"}};
  const std::string fault = std::to_string(static_cast<int>(options.fault));
  std::vector<Contestant> all{{"tidings", server, path}};
  if (row.base == Row::Base::fixed) all.push_back({"fixed answer", server, "/fixed"});
  all.push_back({"floor", {this_program(), {"--serve", "floor", fault}}, path});
  return all;
}

}  // namespace bench
