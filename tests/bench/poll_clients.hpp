// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_POLL_CLIENTS_HPP
#define TIDINGS_TESTS_BENCH_POLL_CLIENTS_HPP

#include "bench/http_answer.hpp"
#include "bench/watch.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What a run counted, all polls together.
struct PollTally {
  std::size_t answers = 0;
  std::size_t wrong = 0;
  std::size_t closed = 0;

  bool clean() const { return wrong == 0 && closed == 0; }
};

/// Many clients that poll over connections they keep, in one thread. Every answer is checked: a long poll's has the
/// publication that is due, alone and once, a short poll's the message behind its cursor. It shares no code with the
/// library.
class PollClients {
 public:
  PollClients(std::uint16_t port, std::string path);
  PollClients(const PollClients&) = delete;
  PollClients& operator=(const PollClients&) = delete;
  ~PollClients();

  /// Opens so many connections.
  void open(std::size_t count);
  /// Short polls, one of each connection on its way, until so many were answered. False after too long.
  bool poll(std::size_t count);
  /// Long polls: each connection has one on its way from now on.
  void hold();
  /// A message was published: waits until all have it, each asks for the next one at once. False after too long.
  bool receive(std::string payload);
  /// Whether no answer comes that is not due.
  bool settle();

  const PollTally& tally() const { return tally_; }

 private:
  struct Client {
    int descriptor = -1;
    std::string rest{};
  };

  template <class Reached>
  bool run_until(Reached reached);
  void ask(Client& client, std::string_view request);
  void read(Client& client);
  void take(Client& client, const HttpAnswer& answer);
  std::string next_request(const HttpAnswer& answer) const;

  std::uint16_t port_;
  std::string path_;
  Watch watch_;
  std::vector<Client> clients_;
  bool holding_ = false;
  // The publication that is due; of a short poll, a part of the answer.
  std::string due_;
  std::size_t to_ask_ = 0;
  // Answers of this round.
  std::size_t came_ = 0;
  PollTally tally_;
  std::vector<char> buffer_ = std::vector<char>(64 * 1024);
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_POLL_CLIENTS_HPP
