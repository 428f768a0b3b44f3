// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_OPTIONS_HPP
#define TIDINGS_TESTS_BENCH_OPTIONS_HPP

#include "bench/idle_kind.hpp"
#include "bench/program.hpp"
#include "bench/row.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <iterator>
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

/// Servers that are not ours, of the system's packages.
inline constexpr std::string_view peer_names[] = {"beast", "beast-nofragment", "websocketpp", "gorilla", "ws", "nchan"};

/// Names with commas between them, or `all`.
inline std::vector<std::string> peers_of(std::string_view names) {
  std::vector<std::string> peers;
  if (names == "all") return {std::begin(peer_names), std::end(peer_names)};
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(','));
    if (std::find(std::begin(peer_names), std::end(peer_names), name) == std::end(peer_names)) {
      throw std::invalid_argument("unknown peer: " + std::string(name));
    }
    peers.emplace_back(name);
    names.remove_prefix(std::min(names.size(), name.size() + 1));
  }
  return peers;
}

inline constexpr std::size_t most_operations = 1'000'000'000;

struct Options {
  std::size_t sessions = 10'000;
  /// Publications of one run.
  std::size_t rounds = 30;
  std::size_t pairs = 11;
  std::size_t payload_bytes = 100;
  std::vector<Clients> clients{Clients::anonymous, Clients::own_ids, Clients::cursor};
  Fault fault = Fault::none;
  /// Instead of the event streams.
  std::vector<const Row*> rows;
  std::vector<std::string> peers;
  /// Where a chart of the rows is written; empty = nowhere.
  std::string svg;
  /// Instead of the event streams: sessions that do nothing, for so long.
  std::vector<const IdleKind*> idle;
  std::size_t idle_seconds = 90;
  /// Of the rows' operations, so that a short run is possible.
  double share = 1;
};

inline double share_of(const std::string& value) {
  std::size_t read = 0;
  try {
    const double share = std::stod(value, &read);
    if (read == value.size() && share > 0 && share <= 1) return share;
  } catch (const std::exception&) {
    // It is no number.
  }
  throw std::invalid_argument("--share: above 0, at most 1, not \"" + value + "\"");
}

inline Options parse_options(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) throw std::invalid_argument(words[i] + " needs a value");
    const std::string& value = words[i + 1];
    const auto number = [&](std::size_t least) { return number_of(words[i], value, least, most_operations); };
    if (words[i] == "--sessions") {
      options.sessions = number(1);
    } else if (words[i] == "--rounds") {
      options.rounds = number(1);
    } else if (words[i] == "--pairs") {
      options.pairs = number(1);
    } else if (words[i] == "--bytes") {
      options.payload_bytes = number(8);
    } else if (words[i] == "--clients") {
      options.clients = {clients_of(value)};
    } else if (words[i] == "--fault") {
      options.fault = fault_of(value);
    } else if (words[i] == "--ws" || words[i] == "--http") {
      for (const Row* const each : rows_of(words[i] == "--ws", value)) options.rows.push_back(each);
    } else if (words[i] == "--svg") {
      options.svg = value;
    } else if (words[i] == "--memory") {
      for (const IdleKind* const each : idle_kinds_of(value)) options.idle.push_back(each);
    } else if (words[i] == "--idle-seconds") {
      options.idle_seconds = number(1);
    } else if (words[i] == "--peers") {
      options.peers = peers_of(value);
    } else if (words[i] == "--share") {
      options.share = share_of(value);
    } else {
      throw std::invalid_argument("unknown option: " + words[i]);
    }
  }
  return options;
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_OPTIONS_HPP
