// SPDX-License-Identifier: BSL-1.0

#include "bench/contestant.hpp"

#include <algorithm>
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

bool can(const std::string& peer, const Row& row) {
  const bool fans_out_over_http = row.kind == Row::Kind::stream || row.kind == Row::Kind::long_poll;
  if (peer == "nchan") return fans_out_over_http || row.kind == Row::Kind::room;
  // Smaller messages are never cut.
  if (peer == "beast-nofragment") return row.is_websocket() && row.bytes > 4096;
  return row.is_websocket();
}

}  // namespace

ServerCommand our_server(const std::string& adapter, const std::string& loops) {
  ServerCommand command{program_beside("tidings_bench_server"),
                        {"--port", "0", "--adapter", adapter, "--loops", loops}};
  if (loops != "1") command.processor = std::nullopt;
  return command;
}

ServerCommand peer_command(const std::string& name) {
  if (name == "beast") return {program_beside("tidings_bench_beast"), {}};
  if (name == "beast-nofragment") return {program_beside("tidings_bench_beast"), {"no-fragment"}};
  if (name == "websocketpp") return {program_beside("tidings_bench_websocketpp"), {}};
  return {TIDINGS_BENCH_PEERS "/" + name + ".sh", {}};
}

std::vector<Contestant> contestants_of(const Row& row, const Options& options) {
  const std::string path = path_of(row.kind);
  const ServerCommand ours = our_server("listener", "1");
  const ServerCommand floor{this_program(), {"--serve", "floor", std::to_string(static_cast<int>(options.fault))}};
  std::vector<Contestant> all{{"tidings", {ours}, path}};
  switch (row.base) {
    case Row::Base::beast:
      return {{"tidings", {our_server("beast", "1")}, path}, {"beast", {peer_command("beast")}, path}};
    case Row::Base::beast_tls: {
      const ServerCommand peer{program_beside("tidings_bench_beast_tls"), {}};
      return {{"tidings", {our_server("beast-tls", "1")}, path}, {"beast", {peer}, path}};
    }
    case Row::Base::one_loop: {
      // Beside the generator a server is cheaper, and one of two loops is there.
      ServerCommand beside = ours;
      beside.processor = 1;
      return {{"tidings", {our_server("listener", "2")}, path}, {"one loop", {ours, beside}, path}};
    }
    case Row::Base::nchan: all.push_back({"nchan", {peer_command("nchan")}, path}); break;
    case Row::Base::fixed: all.push_back({"fixed answer", {ours}, "/fixed"}); break;
    case Row::Base::floor: break;
  }
  all.push_back({"floor", {floor}, path});
  for (const std::string& each : options.peers) {
    const auto has_name = [&](const Contestant& other) { return other.name == each; };
    if (!can(each, row) || std::any_of(all.begin(), all.end(), has_name)) continue;
    all.push_back({each, {peer_command(each)}, path});
  }
  return all;
}

}  // namespace bench
