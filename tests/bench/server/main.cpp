// SPDX-License-Identifier: BSL-1.0

// A server to point load generators at, made with the public API as a user would make it. See docs/guides/benchmarks.md.

#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(signal_set.hpp)

#include "bench/program.hpp"
#include "bench/server/servers.hpp"

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Options {
  std::uint16_t port = 8080;
  std::size_t loops = 1;
  std::string adapter = "listener";
};

Options parse_options(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) throw std::invalid_argument(words[i] + " needs a value");
    const std::string& value = words[i + 1];
    if (words[i] == "--port") {
      options.port = static_cast<std::uint16_t>(bench::number_of(words[i], value, 0, 65'535));
    } else if (words[i] == "--loops") {
      options.loops = bench::number_of(words[i], value, 1, 64);
    } else if (words[i] == "--adapter") {
      options.adapter = value;
    } else {
      throw std::invalid_argument("unknown option: " + words[i]);
    }
  }
  return options;
}

std::unique_ptr<bench::Server> start(const Options& options, tidings::net::io_context& context) {
  if (options.adapter == "listener") return bench::start_listener(context, options.port, options.loops);
  if (options.adapter == "beast") return bench::start_beast(context, options.port, options.loops);
  if (options.adapter == "beast-tls") return bench::start_beast_tls(context, options.port, options.loops);
  throw std::invalid_argument("unknown adapter: " + options.adapter);
}

int run(const Options& options) {
  tidings::net::io_context context(1);
  const std::unique_ptr<bench::Server> server = start(options, context);
  std::printf("%u\n", static_cast<unsigned>(server->port()));
  std::fflush(stdout);
  tidings::net::signal_set stop(context, SIGINT, SIGTERM);
  stop.async_wait([&](tidings::net_error_code, int) { context.stop(); });
  context.run();
  return 0;
}

int print_help() {
  std::puts(
      "usage: tidings_bench_server [--port N] [--loops N] [--adapter listener|beast|beast-tls]\n\n"
      "  --port N        0 = any free one; default 8080. It is written to the standard output\n"
      "  --loops N       loops of the hub, 1 .. 64; default 1\n"
      "  --adapter NAME  listener (default), beast, or beast-tls\n\n"
      "  /echo   WebSocket: sends back what comes, text and binary, up to 16 MiB in any number of fragments\n"
      "  /bare   the same without the hub's endpoint\n"
      "  /echo-deflate, /room-deflate   the same with permessage-deflate, if built with the component deflate\n"
      "  /room   WebSocket: what one client sends goes to all in the room, itself too\n"
      "  /hub    WebSocket of the room with the subprotocol tidings.v1\n"
      "  /sse    event stream of the room\n"
      "  /pub    POST: publishes the body to /room, /sse and /lp\n"
      "  /lp     answers with the next publication\n"
      "  /poll   answers at once with a message of a topic\n"
      "  /fixed  answers as much from memory");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_program(argc, argv, [](const std::vector<std::string>& words) {
    return !words.empty() && words[0] == "--help" ? print_help() : run(parse_options(words));
  });
}
