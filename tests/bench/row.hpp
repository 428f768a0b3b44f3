// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_ROW_HPP
#define TIDINGS_TESTS_BENCH_ROW_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// One way to use a server, what it is compared with, and how much dearer than that it may be.
struct Row {
  enum class Kind : std::uint8_t { echo, room, visit, stream, long_poll, poll };
  /// The other server of the ratio. `fixed` is our listener with an answer that never changes; `beast` is Boost.Beast's
  /// own, and ours is then behind the adapter for Beast, with `beast_tls` over TLS; `one_loop` is ours, which then has two.
  enum class Base : std::uint8_t { floor, nchan, fixed, beast, beast_tls, one_loop };

  const char* name;
  const char* title;
  Kind kind;
  Base base;
  std::size_t connections;
  /// Messages of a connection on their way at once.
  std::size_t depth;
  std::size_t bytes;
  /// Of one run: echoes, publications, visits, polls.
  std::size_t operations;
  double max_ratio;

  bool is_websocket() const { return kind == Kind::echo || kind == Kind::room || kind == Kind::visit; }
  bool is_tls() const { return base == Base::beast_tls; }
  /// An operation is a delivery to one connection.
  bool is_fan_out() const { return kind == Kind::room || kind == Kind::stream || kind == Kind::long_poll; }
};

inline constexpr std::array<Row, 15> rows{{
    {"echo-20x1", "Echo of 20 bytes, one at a time", Row::Kind::echo, Row::Base::floor, 64, 1, 20, 200'000, 1.06},
    {"echo-20x32", "Echo of 20 bytes, 32 at a time", Row::Kind::echo, Row::Base::floor, 64, 32, 20, 2'000'000, 1.10},
    {"echo-1kx8", "Echo of 1 KiB, 8 at a time", Row::Kind::echo, Row::Base::floor, 64, 8, 1024, 600'000, 1.08},
    {"echo-64kx4", "Echo of 64 KiB, 4 at a time", Row::Kind::echo, Row::Base::floor, 64, 4, 64 * 1024, 20'000, 1.20},
    {"visit", "Connect, upgrade, close", Row::Kind::visit, Row::Base::floor, 64, 1, 20, 10'000, 1.20},
    {"visit-beast", "Connect, upgrade, close through the adapter for Beast", Row::Kind::visit, Row::Base::beast, 64, 1,
     20, 10'000, 1.00},
    {"room-1k", "100 bytes to each of 1,000 WebSockets", Row::Kind::room, Row::Base::floor, 1'000, 1, 100, 200, 1.08},
    {"room-10k", "100 bytes to each of 10,000 WebSockets", Row::Kind::room, Row::Base::floor, 10'000, 1, 100, 20, 1.10},
    {"room-16k", "16 KiB to each of 1,000 WebSockets", Row::Kind::room, Row::Base::floor, 1'000, 1, 16 * 1024, 60,
     1.06},
    {"room-2-loops", "100 bytes to each of 1,000 WebSockets on two loops", Row::Kind::room, Row::Base::one_loop, 1'000,
     1, 100, 200, 1.11},
    {"sse-1k", "100 bytes to each of 1,000 event streams", Row::Kind::stream, Row::Base::floor, 1'000, 1, 100, 200,
     1.08},
    {"sse-10k", "100 bytes to each of 10,000 event streams", Row::Kind::stream, Row::Base::floor, 10'000, 1, 100, 20,
     1.10},
    {"sse-tls-1k", "100 bytes to each of 1,000 event streams over TLS, through the adapter for Beast",
     Row::Kind::stream, Row::Base::beast_tls, 1'000, 1, 100, 100, 1.15},
    {"lp-1k", "100 bytes to each of 1,000 long polls", Row::Kind::long_poll, Row::Base::nchan, 1'000, 1, 100, 100,
     0.80},
    {"poll", "Short poll of 150 bytes", Row::Kind::poll, Row::Base::fixed, 64, 1, 156, 200'000, 1.25},
}};

/// Those of one option, `--ws` or `--http`: the one of this name, or `all`.
inline std::vector<const Row*> rows_of(bool websocket, const std::string& name) {
  std::vector<const Row*> found;
  for (const Row& each : rows) {
    if (each.is_websocket() == websocket && (name == "all" || name == each.name)) found.push_back(&each);
  }
  if (found.empty()) throw std::invalid_argument("unknown scenario: " + name);
  return found;
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_ROW_HPP
