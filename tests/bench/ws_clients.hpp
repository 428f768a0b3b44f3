// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_WS_CLIENTS_HPP
#define TIDINGS_TESTS_BENCH_WS_CLIENTS_HPP

#include "bench/watch.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What a run counted, all WebSockets together.
struct WsTally {
  std::size_t messages = 0;
  std::size_t wrong = 0;
  std::size_t closed = 0;

  bool clean() const { return wrong == 0 && closed == 0; }
};

/// Many WebSocket clients in one thread. Every message that comes is compared, byte for byte, with what is due on its
/// connection: nothing may be lost, repeated, out of order or changed. It shares no code with the library.
class WsClients {
 public:
  /// @param path   Of the URL.
  /// @param bytes  Payload of a message.
  WsClients(std::uint16_t port, std::string path, std::size_t bytes);
  WsClients(const WsClients&) = delete;
  WsClients& operator=(const WsClients&) = delete;
  ~WsClients();

  /// Opens so many connections and shakes hands on all; false after too long.
  bool open(std::size_t count);

  /// Echo: keeps `depth` messages of each connection on their way until so many came back in all. False after too long.
  bool echo(std::size_t depth, std::size_t messages);
  /// Room: the first connection says one message at a time, the next one when all have the last; so many of them.
  bool say(std::size_t messages);
  /// Connects, shakes hands, closes in order and waits for the end, so many times, `at_once` at the same time.
  bool come_and_go(std::size_t times, std::size_t at_once);

  const WsTally& tally() const { return tally_; }

 private:
  struct Client {
    int descriptor = -1;
    bool upgraded = false;
    // Numbers of the messages that go out and come in next.
    std::size_t next_out = 0;
    std::size_t next_in = 0;
    std::size_t came = 0;
    std::string rest{};
    // Of a message in fragments.
    std::string begun{};
  };

  std::size_t connect_one();
  void send(Client& client, std::string_view bytes);
  void send_messages(Client& client, std::size_t count);
  template <class Reached>
  bool run_until(Reached reached);
  void read(Client& client);
  std::size_t take(Client& client, std::string_view bytes);
  std::size_t take_other(Client& client, std::string_view bytes);
  void check(Client& client, std::string_view payload);
  void close(Client& client);
  std::string_view frame_of(std::size_t number) const;

  std::uint16_t port_;
  std::string path_;
  std::size_t bytes_;
  Watch watch_;
  std::vector<Client> clients_;
  // Of the messages with these numbers, modulo their count: as they go out, and as they come back.
  std::vector<std::string> frames_;
  std::vector<std::string> payloads_;
  std::size_t upgraded_ = 0;
  std::size_t ended_ = 0;
  // Sent again for each that comes, until so many went out.
  std::size_t to_send_ = 0;
  bool echoing_ = false;
  bool leaving_ = false;
  WsTally tally_;
  std::vector<char> buffer_ = std::vector<char>(512 * 1024);
  std::string out_;
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_WS_CLIENTS_HPP
