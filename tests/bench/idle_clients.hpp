// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_IDLE_CLIENTS_HPP
#define TIDINGS_TESTS_BENCH_IDLE_CLIENTS_HPP

#include "bench/watch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// Many clients that only keep their session: a WebSocket answers pings, a stream reads its heartbeats. Nothing is
/// published, so nothing else is looked at but that nobody is closed.
class IdleClients {
 public:
  explicit IdleClients(std::uint16_t port);
  IdleClients(const IdleClients&) = delete;
  IdleClients& operator=(const IdleClients&) = delete;
  ~IdleClients();

  /// One more connection, which sends this request.
  void connect(const std::string& request);
  /// Whether all have their answer, and it is good; waits for them.
  bool wait_for_answers();
  /// False if one was closed meanwhile.
  bool stay(std::chrono::milliseconds time);

  std::size_t heartbeats() const { return heartbeats_; }

 private:
  struct Client {
    int descriptor = -1;
    bool websocket = false;
    bool answered = false;
    std::string rest{};
  };

  void read(Client& client);
  std::size_t take(Client& client, std::string_view bytes);
  std::size_t take_head(Client& client, std::string_view bytes);
  std::size_t take_frame(const Client& client, std::string_view bytes);

  std::uint16_t port_;
  Watch watch_;
  std::vector<Client> clients_;
  std::size_t answered_ = 0;
  std::size_t wrong_ = 0;
  std::size_t heartbeats_ = 0;
  std::vector<char> buffer_ = std::vector<char>(64 * 1024);
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_IDLE_CLIENTS_HPP
