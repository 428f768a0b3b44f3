// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_GENERATOR_HPP
#define TIDINGS_TESTS_BENCH_GENERATOR_HPP

#include "bench/link.hpp"
#include "bench/options.hpp"
#include "bench/stream_reader.hpp"
#include "bench/watch.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// Many clients with an open stream each, in one thread. Ends its connections by resets, so that no address waits.
class Generator {
 public:
  /// Throws `std::system_error` when the system refuses.
  explicit Generator(std::uint16_t port, std::string path = "/push", bool tls = false);
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// Opens so many streams, and waits until all have said hello. False after too long.
  bool open(std::size_t sessions, Clients clients);
  /// Another message was published; reads until every stream has it. False after too long.
  bool receive(std::string payload);
  /// Reads what came too much.
  void settle();

  const Tally& tally() const { return tally_; }

 private:
  struct Client {
    Link link;
    StreamReader reader;
  };

  void connect_one(Clients clients);
  template <class Reached>
  bool read_until(Reached reached);
  void read(Client& client);

  std::uint16_t port_;
  std::string path_;
  bool tls_;
  Watch watch_;
  std::vector<Client> clients_;
  std::vector<std::string> published_;
  // Streams that have everything.
  std::size_t complete_ = 0;
  Tally tally_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_GENERATOR_HPP
