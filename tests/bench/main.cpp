// SPDX-License-Identifier: BSL-1.0

// What an event stream on the listener costs beyond the kernel's work: the listener and a bare epoll loop in turn, the
// same bytes to the same number of sockets. See docs/guides/benchmarks.md. Exit status 1 if a message was lost,
// repeated, out of order or changed.

#include "bench/chart.hpp"
#include "bench/figures.hpp"
#include "bench/generator.hpp"
#include "bench/memory.hpp"
#include "bench/options.hpp"
#include "bench/payload.hpp"
#include "bench/program.hpp"
#include "bench/rows.hpp"
#include "bench/server_process.hpp"
#include "bench/servers.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace bench;

constexpr double max_ratio = 1.25;
constexpr double max_extra_bytes = 1500;

/// One server's figures of one run.
struct StreamRun {
  double cpu_us = 0;
  double idle_bytes = 0;
};

// What is made at first use is made, and counts as the server's own.
void warm_up(ServerProcess& server, Clients clients, const Options& options) {
  Generator generator(server.port());
  if (!generator.open(1, clients)) throw std::runtime_error("the server does not answer");
  server.publish(0);
  if (!generator.receive(payload_of(0, options.payload_bytes))) throw std::runtime_error("the server does not publish");
}

StreamRun run_server(const std::vector<std::string>& words, Clients clients, const Options& options) {
  ServerProcess server({this_program(), words});
  warm_up(server, clients, options);
  const double empty = server.memory_bytes();
  Generator generator(server.port());
  const auto check = [&](bool good) {
    const Tally& tally = generator.tally();
    if (good && tally.clean()) return;
    throw std::runtime_error(words[1] + ": " + std::to_string(tally.opened) + " opened, " +
                             std::to_string(tally.delivered) + " delivered, " + std::to_string(tally.wrong) +
                             " wrong, " + std::to_string(tally.out_of_order) + " out of order, " +
                             std::to_string(tally.closed) + " closed");
  };
  check(generator.open(options.sessions, clients));
  const double opened = server.memory_bytes();
  // One that is not counted: every session has sent once.
  server.publish(1);
  check(generator.receive(payload_of(1, options.payload_bytes)));
  const double before = server.cpu_seconds();
  for (std::size_t i = 2; i <= options.rounds + 1; ++i) {
    server.publish(i);
    check(generator.receive(payload_of(i, options.payload_bytes)));
  }
  const double used = server.cpu_seconds() - before;
  generator.settle();
  check(generator.tally().delivered == (options.rounds + 1) * options.sessions);
  const auto sessions = static_cast<double>(options.sessions);
  return {used * 1e6 / (sessions * static_cast<double>(options.rounds)),
          (std::max(opened, server.memory_bytes()) - empty) / sessions};
}

/// All runs with one kind of clients.
struct StreamSeries {
  std::vector<double> listener_us;
  std::vector<double> bare_us;
  std::vector<double> ratios;
  std::vector<double> listener_bytes;
  std::vector<double> bare_bytes;
  std::vector<double> extra_bytes;
};

StreamSeries run_series(Clients clients, const Options& options) {
  const std::string bytes = std::to_string(options.payload_bytes);
  const std::string fault = std::to_string(static_cast<int>(options.fault));
  const std::vector<std::string> listener{"--serve", "listener", std::string(name_of(clients)), bytes, "0"};
  const std::vector<std::string> bare{"--serve", "bare", std::string(name_of(clients)), bytes, fault};
  StreamSeries series;
  for (std::size_t i = 0; i < options.pairs; ++i) {
    StreamRun ours;
    StreamRun floor;
    // Who goes first changes from pair to pair.
    if (i % 2 == 0) ours = run_server(listener, clients, options);
    floor = run_server(bare, clients, options);
    if (i % 2 == 1) ours = run_server(listener, clients, options);
    series.listener_us.push_back(ours.cpu_us);
    series.bare_us.push_back(floor.cpu_us);
    series.ratios.push_back(ours.cpu_us / floor.cpu_us);
    series.listener_bytes.push_back(ours.idle_bytes);
    series.bare_bytes.push_back(floor.idle_bytes);
    series.extra_bytes.push_back(ours.idle_bytes - floor.idle_bytes);
    std::fprintf(stderr, "%s %zu: %.3f us, bare %.3f us, ratio %.3f; %.0f bytes, bare %.0f\n",
                 std::string(name_of(clients)).c_str(), i + 1, ours.cpu_us, floor.cpu_us, series.ratios.back(),
                 ours.idle_bytes, floor.idle_bytes);
  }
  return series;
}

void print_stream_row(Clients clients, const StreamSeries& series) {
  const double ratio = median(series.ratios);
  const Range range = bootstrap_median(series.ratios);
  const double extra = median(series.extra_bytes);
  std::printf("| %-9s | %8.3f | %6.3f | %.3f (%.3f-%.3f) %-7s | %8.0f | %5.0f | %6.0f %-7s |\n",
              std::string(name_of(clients)).c_str(), median(series.listener_us), median(series.bare_us), ratio,
              range.low, range.high, ratio <= max_ratio ? "met" : "not met", median(series.listener_bytes),
              median(series.bare_bytes), extra, extra <= max_extra_bytes ? "met" : "not met");
}

int measure(const Options& options) {
  raise_descriptor_limit();
  pin_to(1);
  std::printf("%zu streams, %zu publications of %zu bytes, %zu pairs of runs; medians, 95 %% interval of the ratio\n\n",
              options.sessions, options.rounds, options.payload_bytes, options.pairs);
  std::printf(
      "| clients   | us/deliv | bare   | ratio, at most %.2f         | bytes/st | bare  | more, at most %.0f |\n",
      max_ratio, max_extra_bytes);
  std::printf("| --- | --- | --- | --- | --- | --- | --- |\n");
  for (const Clients clients : options.clients) {
    print_stream_row(clients, run_series(clients, options));
    std::fflush(stdout);
  }
  return 0;
}

int measure_rows(const Options& options) {
  raise_descriptor_limit();
  pin_to(1);
  // Peers keep there what they build or install.
  ::setenv("TIDINGS_BENCH_DIR", program_beside("").c_str(), 1);
  std::printf("%zu runs of each server, in turn; medians, 95 %% interval of the ratio\n\n", options.pairs);
  print_row_titles();
  std::vector<RowFigures> figures;
  for (const Row* const each : options.rows) {
    figures.push_back(run_row(*each, options));
    print_row(figures.back());
    std::fflush(stdout);
  }
  if (!options.svg.empty()) write_chart(figures, options.svg);
  return 0;
}

int measure_idle(const Options& options) {
  raise_descriptor_limit();
  pin_to(1);
  measure_memory(options);
  return 0;
}

int print_help() {
  std::puts(
      "usage: tidings_bench --ws NAME|--http NAME... [--peers NAMES] [--pairs N] [--share F] [--svg FILE]\n"
      "       tidings_bench --memory NAME... [--sessions N] [--idle-seconds N]\n"
      "       tidings_bench [--sessions N] [--rounds N] [--pairs N] [--bytes N] [--clients KIND] [--fault KIND]\n\n"
      "Event streams of the listener and of a bare epoll loop in turn: processor time of a delivery, memory of a "
      "stream.\n\n"
      "  --sessions N    streams; a process needs as many descriptors; default 10000\n"
      "  --rounds N      publications of a run; default 30\n"
      "  --pairs N       runs of each server; default 11\n"
      "  --bytes N       payload of a publication; default 100\n"
      "  --clients KIND  anonymous, own-ids or cursor; default all three\n"
      "  --fault KIND    drop, repeat or flip: what the bare server does wrong, to see that it is found; default "
      "none\n\n"
      "tidings_bench_server, a bare epoll loop and other servers in turn: processor time of an operation.\n\n"
      "  --ws NAME       all, or echo-20x1, echo-20x32, echo-1kx8, echo-64kx4, visit, visit-beast, room-1k,\n"
      "                  room-10k, room-16k, room-2-loops\n"
      "  --http NAME     all, or sse-1k, sse-10k, sse-tls-1k, lp-1k, poll\n"
      "  --peers NAMES   all, or beast, beast-nofragment, websocketpp, gorilla, ws, nchan with commas between them\n"
      "  --svg FILE      writes a chart too\n"
      "  --share F       of each run's operations, above 0, at most 1\n\n"
      "Idle sessions of tidings_bench_server: memory, and processor time with heartbeats.\n\n"
      "  --memory NAME       all, or ws-bare, ws-raw, ws-hub, sse-bare, sse-hub\n"
      "  --idle-seconds N    default 90, two pings of a WebSocket\n\n"
      "Exit status 1 if a message was lost, repeated, out of order or changed. See docs/guides/benchmarks.md.");
  return 0;
}

int serve(const std::vector<std::string>& words) {
  raise_descriptor_limit();
  if (words.at(1) == "floor") return serve_floor(static_cast<Fault>(std::stoi(words.at(2))));
  const std::size_t bytes = std::stoul(words.at(3));
  if (words.at(1) == "listener") return serve_listener(bytes);
  return serve_bare(clients_of(words.at(2)), bytes, static_cast<Fault>(std::stoi(words.at(4))));
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_program(argc, argv, [](const std::vector<std::string>& words) {
    if (!words.empty() && words[0] == "--help") return print_help();
    if (!words.empty() && words[0] == "--serve") return serve(words);
    const Options options = parse_options(words);
    if (!options.idle.empty()) return measure_idle(options);
    return options.rows.empty() ? measure(options) : measure_rows(options);
  });
}
