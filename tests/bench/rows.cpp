// SPDX-License-Identifier: BSL-1.0

#include "bench/rows.hpp"

#include "bench/contestant.hpp"
#include "bench/figures.hpp"
#include "bench/generator.hpp"
#include "bench/payload.hpp"
#include "bench/poll_clients.hpp"
#include "bench/publisher.hpp"
#include "bench/server_process.hpp"
#include "bench/ws_clients.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace bench {

namespace {

// Part of a run before it is timed: what is made at first use is made.
constexpr double warm_up = 0.05;

/// One run of one server.
class Run {
 public:
  Run(const Row& row, const Contestant& contestant, const ServerCommand& command, double share)
      : row_(row), contestant_(contestant), share_(share), server_(command) {}

  /// Processor time of an operation, in microseconds.
  double measure() {
    switch (row_.kind) {
      case Row::Kind::stream: return measure_streams();
      case Row::Kind::long_poll: return measure_long_polls();
      case Row::Kind::poll: return measure_polls();
      default: return measure_websockets();
    }
  }

 private:
  std::size_t count(double part) const {
    return std::max<std::size_t>(1, static_cast<std::size_t>(part * static_cast<double>(row_.operations)));
  }
  void require(bool good, std::size_t messages, std::size_t wrong, std::size_t closed) const {
    if (good) return;
    throw std::runtime_error(std::string(row_.name) + ", " + contestant_.name + ": " + std::to_string(messages) +
                             " messages, " + std::to_string(wrong) + " wrong, " + std::to_string(closed) + " closed");
  }
  // Calls operate(number of operations) before the clock and on it.
  template <class Operate>
  double timed(Operate operate) {
    if (row_.kind != Row::Kind::visit) operate(count(share_ * warm_up));
    const std::size_t operations = count(share_);
    const double before = server_.cpu_seconds();
    operate(operations);
    const double each =
        static_cast<double>(operations) * (row_.is_fan_out() ? static_cast<double>(row_.connections) : 1);
    return (server_.cpu_seconds() - before) * 1e6 / each;
  }

  double measure_websockets() {
    WsClients clients(server_.port(), contestant_.path, row_.bytes);
    const auto check = [&](bool good) {
      require(good, clients.tally().messages, clients.tally().wrong, clients.tally().closed);
    };
    if (row_.kind != Row::Kind::visit) {
      check(clients.open(row_.connections));
    } else {
      WsClients first(server_.port(), contestant_.path, row_.bytes);
      check(first.come_and_go(count(share_ * warm_up), row_.connections));
    }
    return timed([&](std::size_t operations) {
      switch (row_.kind) {
        case Row::Kind::room: return check(clients.say(operations));
        case Row::Kind::visit: return check(clients.come_and_go(operations, row_.connections));
        default: return check(clients.echo(row_.depth, operations));
      }
    });
  }

  double measure_streams() {
    Publisher publisher(server_.port(), row_.is_tls());
    Generator generator(server_.port(), contestant_.path, row_.is_tls());
    const auto check = [&](bool good) {
      const Tally& tally = generator.tally();
      require(good && tally.clean(), tally.delivered, tally.wrong + tally.out_of_order, tally.closed);
    };
    check(generator.open(row_.connections, Clients::anonymous));
    const double us = timed([&](std::size_t publications) {
      for (std::size_t i = 0; i < publications; ++i) {
        const std::string payload = payload_of(published_++, row_.bytes);
        publisher.publish(payload);
        check(generator.receive(payload));
      }
    });
    generator.settle();
    check(generator.tally().delivered == published_ * row_.connections);
    return us;
  }

  double measure_long_polls() {
    Publisher publisher(server_.port(), false);
    PollClients clients(server_.port(), contestant_.path);
    const auto check = [&](bool good) {
      require(good, clients.tally().answers, clients.tally().wrong, clients.tally().closed);
    };
    clients.open(row_.connections);
    clients.hold();
    server_.wait_until_idle();
    const double us = timed([&](std::size_t publications) {
      for (std::size_t i = 0; i < publications; ++i) {
        const std::string payload = payload_of(published_++, row_.bytes);
        publisher.publish(payload);
        check(clients.receive(payload));
        // All wait again when the next one comes; the server's clock stands still meanwhile.
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
    check(clients.settle());
    return us;
  }

  double measure_polls() {
    PollClients clients(server_.port(), contestant_.path);
    clients.open(row_.connections);
    return timed([&](std::size_t polls) {
      const bool good = clients.poll(polls);
      require(good, clients.tally().answers, clients.tally().wrong, clients.tally().closed);
    });
  }

  const Row& row_;
  const Contestant& contestant_;
  double share_;
  ServerProcess server_;
  std::size_t published_ = 0;
};

double measure(const Row& row, const Contestant& contestant, double share) {
  double us = 0;
  for (const ServerCommand& each : contestant.commands) us += Run(row, contestant, each, share).measure();
  return us / static_cast<double>(contestant.commands.size());
}

std::string text_of(double us) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", us);
  return text.data();
}

// Those that start. Without the one to compare with, nobody.
std::vector<Contestant> present(const Row& row, const std::vector<Contestant>& wanted) {
  std::vector<Contestant> found;
  for (const Contestant& each : wanted) {
    try {
      const ServerProcess server(each.commands.front());
      found.push_back(each);
    } catch (const ServerMissing& missing) {
      std::fprintf(stderr, "%s: left out %s: %s\n", row.name, each.name.c_str(), missing.what());
      if (found.size() < 2) return {};
    }
  }
  return found;
}

}  // namespace

std::vector<double> RowFigures::ratios() const {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < series[0].us.size(); ++i) ratios.push_back(series[0].us[i] / series[1].us[i]);
  return ratios;
}

RowFigures run_row(const Row& row, const Options& options) {
  const std::vector<Contestant> contestants = present(row, contestants_of(row, options));
  RowFigures figures{&row, {}};
  for (const Contestant& each : contestants) figures.series.push_back({each.name, {}});
  for (std::size_t i = 0; i < options.pairs && figures.is_compared(); ++i) {
    std::string line;
    for (std::size_t j = 0; j < contestants.size(); ++j) {
      // Who goes first changes from pair to pair.
      const std::size_t turn = (i + j) % contestants.size();
      figures.series[turn].us.push_back(measure(row, contestants[turn], options.share));
    }
    for (const Series& each : figures.series) line += " " + each.name + " " + text_of(each.us.back()) + " us,";
    std::fprintf(stderr, "%s %zu:%s ratio %.3f\n", row.name, i + 1, line.c_str(), figures.ratios().back());
  }
  return figures;
}

void print_row_titles() {
  std::printf(
      "| row          | us/op    | compared with | us/op    | ratio                       | at most | others "
      "|\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- |\n");
}

void print_row(const RowFigures& figures) {
  if (!figures.is_compared()) {
    std::printf("| %-12s | not measured: what it is compared with is missing |\n", figures.row->name);
    return;
  }
  const std::vector<double> ratios = figures.ratios();
  const double ratio = median(ratios);
  const Range range = bootstrap_median(ratios);
  std::printf("| %-12s | %8.3f | %-13s | %8.3f | %.3f (%.3f-%.3f) %-7s | %.2f    | ", figures.row->name,
              median(figures.series[0].us), figures.series[1].name.c_str(), median(figures.series[1].us), ratio,
              range.low, range.high, ratio <= figures.row->max_ratio ? "met" : "not met", figures.row->max_ratio);
  for (std::size_t i = 2; i < figures.series.size(); ++i) {
    std::printf("%s%s %.3f", i == 2 ? "" : "; ", figures.series[i].name.c_str(), median(figures.series[i].us));
  }
  std::printf(" |\n");
}

}  // namespace bench
