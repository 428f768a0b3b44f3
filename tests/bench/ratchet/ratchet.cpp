// SPDX-License-Identifier: BSL-1.0

// What is the same in every run: the listener and its clients take turns in one thread, over the loopback. Callgrind
// counts the server's turns alone (see count.py). Writes the number of operations counted.

#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(io_context.hpp)

#include <gnu/libc-version.h>

#include "bench/connecting.hpp"
#include "bench/payload.hpp"
#include "bench/program.hpp"
#include "bench/server/servers.hpp"
#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Callgrind counts between its first instruction and its last. Who waits for a readable socket has one handler to run, and
// the rest is posted by handlers.
extern "C" __attribute__((noinline)) void tidings_ratchet_serve(tidings::net::io_context& context) {
  context.run_one();
  context.poll();
}

namespace {

using namespace bench;

constexpr std::size_t warm_up = 20;
constexpr std::size_t turns = 100;

/// The server and clients that speak when it does not.
class Exchange {
 public:
  Exchange() : server_(start_listener(context_, 0, 1)) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() {
    for (const int each : clients_) ::close(each);
    // The server would wait for a context that may run yet.
    context_.stop();
  }

  /// A client that sends this request, and waits until the answer ends so.
  int open(const std::string& request, std::string_view end) {
    const int client = connected_socket(clients_.size(), server_->port());
    clients_.push_back(client);
    send(client, request);
    std::string answer;
    while (!answer.ends_with(end)) {
      turn(false);
      answer += receive(client);
    }
    return client;
  }
  int upgrade(const std::string& path) {
    return open("GET " + path +
                    " HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                "\r\n\r\n");
  }

  static void send(int client, std::string_view bytes) {
    if (::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) fail("send");
  }
  static std::string receive(int client) {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(client, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return {buffer.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
  }

  /// A turn of the server, after which each of these clients has so many bytes; on a busy machine another one.
  void serve(const std::vector<int>& clients, std::size_t bytes, bool counted) {
    turn(counted);
    for (const int each : clients) {
      std::size_t came = 0;
      while ((came += receive(each).size()) < bytes) {
        pollfd waiting{each, POLLIN, 0};
        if (::poll(&waiting, 1, 20) == 0) turn(counted);
      }
      if (came != bytes) throw std::runtime_error("somebody got too much");
    }
  }

 private:
  void turn(bool counted) {
    if (counted) return tidings_ratchet_serve(context_);
    context_.run_one();
    context_.poll();
  }

  tidings::net::io_context context_{1};
  std::unique_ptr<Server> server_;
  std::vector<int> clients_;
};

std::string masked_frame(std::string_view payload) {
  // A mask that changes bytes; RFC 6455 5.3.
  constexpr std::array<unsigned char, 4> mask{0x37, 0xFA, 0x21, 0x3D};
  std::string frame{static_cast<char>(0x81), static_cast<char>(0x80U | payload.size())};
  for (const unsigned char each : mask) frame.push_back(static_cast<char>(each));
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame.push_back(static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i % 4]));
  }
  return frame;
}

/// 64 clients with one message of 20 bytes each.
std::size_t echo(const std::string& path) {
  Exchange exchange;
  std::vector<int> clients;
  for (std::size_t i = 0; i < 64; ++i) clients.push_back(exchange.upgrade(path));
  for (std::size_t i = 0; i < warm_up + turns; ++i) {
    for (const int each : clients) Exchange::send(each, masked_frame(payload_of(i, 20)));
    exchange.serve(clients, 2 + 20, i >= warm_up);
  }
  return turns * clients.size();
}

/// 100 bytes to 200 members of the room, said by one of them.
std::size_t room() {
  Exchange exchange;
  std::vector<int> clients;
  for (std::size_t i = 0; i < 200; ++i) clients.push_back(exchange.upgrade("/room"));
  for (std::size_t i = 0; i < warm_up + turns; ++i) {
    Exchange::send(clients.front(), masked_frame(payload_of(i, 100)));
    exchange.serve(clients, 2 + 100, i >= warm_up);
  }
  return turns * clients.size();
}

/// 100 bytes to 200 streams, published by another client, whose answer is not looked at.
std::size_t stream() {
  Exchange exchange;
  std::vector<int> clients;
  for (std::size_t i = 0; i < 200; ++i) {
    clients.push_back(
        exchange.open("GET /sse HTTP/1.1\r\nHost: here\r\nAccept: text/event-stream\r\n\r\n", "\n\n\r\n"));
  }
  const int publisher = exchange.open("GET /fixed HTTP/1.1\r\nHost: here\r\n\r\n", "}");
  // An id of 25 characters, in a chunk.
  const std::size_t size = std::string_view("92\r\nid: \ndata: \n\n\r\n").size() + 25 + 100;
  for (std::size_t i = 0; i < warm_up + turns; ++i) {
    Exchange::send(publisher, "POST /pub HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n" + payload_of(i, 100));
    exchange.serve(clients, size, i >= warm_up);
    Exchange::receive(publisher);
  }
  return turns * clients.size();
}

std::size_t count(const std::string& what) {
  if (what == "echo") return echo("/echo");
  if (what == "bare") return echo("/bare");
  if (what == "room") return room();
  if (what == "stream") return stream();
  throw std::invalid_argument("unknown: " + what);
}

/// Counts differ between these.
int print_builder() {
#ifdef __clang__
  std::printf("clang-%d.%d", __clang_major__, __clang_minor__);
#else
  std::printf("g++-%d.%d", __GNUC__, __GNUC_MINOR__);
#endif
  std::printf(" asio-%d glibc-%s %s\n", TIDINGS_ASIO_VERSION, ::gnu_get_libc_version(),
#ifdef __x86_64__
              "x86_64"
#else
              "other"
#endif
  );
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_program(argc, argv, [](const std::vector<std::string>& words) {
    if (words.at(0) == "builder") return print_builder();
    std::printf("%zu\n", count(words.at(0)));
    return 0;
  });
}
