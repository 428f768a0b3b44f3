// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_OPTIONS_HPP
#define TIDINGS_TESTS_BENCH_OPTIONS_HPP

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What kind of client all sessions of a run are; it decides how the listener may share bytes.
enum class Clients {
  /// No user, one topic: every session gets the same bytes.
  anonymous,
  /// A user with an inbox and one topic, our own client: every message carries its own token, the same bytes for all.
  own_ids,
  /// The same as a bare EventSource: every session has a cursor line of its own.
  cursor,
};

inline constexpr std::string_view client_names[] = {"anonymous", "own-ids", "cursor"};

inline std::string_view name_of(Clients clients) { return client_names[static_cast<std::size_t>(clients)]; }

inline Clients clients_of(std::string_view name) {
  for (const Clients each : {Clients::anonymous, Clients::own_ids, Clients::cursor}) {
    if (name_of(each) == name) return each;
  }
  throw std::invalid_argument("unknown clients: " + std::string(name));
}

/// What the bare server does wrong on purpose, to see that the generator finds it.
enum class Fault { none, drop, repeat, flip };

inline Fault fault_of(std::string_view name) {
  if (name == "drop") return Fault::drop;
  if (name == "repeat") return Fault::repeat;
  if (name == "flip") return Fault::flip;
  if (name == "none") return Fault::none;
  throw std::invalid_argument("unknown fault: " + std::string(name));
}

struct Options {
  std::size_t sessions = 10'000;
  /// Publications of one run.
  std::size_t rounds = 30;
  std::size_t pairs = 11;
  std::size_t payload_bytes = 100;
  std::vector<Clients> clients{Clients::anonymous, Clients::own_ids, Clients::cursor};
  Fault fault = Fault::none;
  /// Names of WebSocket scenarios, see ws_scenarios.hpp; instead of the event streams.
  std::vector<std::string> websockets;
  /// Of the scenarios' operations, so that a short run is possible.
  double share = 1;
};

inline Options parse_options(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) throw std::invalid_argument(words[i] + " needs a value");
    const std::string& value = words[i + 1];
    if (words[i] == "--sessions") {
      options.sessions = std::stoul(value);
    } else if (words[i] == "--rounds") {
      options.rounds = std::stoul(value);
    } else if (words[i] == "--pairs") {
      options.pairs = std::stoul(value);
    } else if (words[i] == "--bytes") {
      options.payload_bytes = std::stoul(value);
    } else if (words[i] == "--clients") {
      options.clients = {clients_of(value)};
    } else if (words[i] == "--fault") {
      options.fault = fault_of(value);
    } else if (words[i] == "--ws") {
      options.websockets.push_back(value);
    } else if (words[i] == "--share") {
      options.share = std::stod(value);
    } else {
      throw std::invalid_argument("unknown option: " + words[i]);
    }
  }
  if (options.sessions < 1 || options.rounds < 1 || options.pairs < 1 || options.payload_bytes < 8 ||
      !(options.share > 0 && options.share <= 1)) {
    throw std::invalid_argument("sessions, rounds and pairs: at least 1; bytes: at least 8; share: above 0, at most 1");
  }
  return options;
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_OPTIONS_HPP
