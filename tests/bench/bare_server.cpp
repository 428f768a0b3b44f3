// SPDX-License-Identifier: BSL-1.0

#include <sys/socket.h>

#include "bench/bare_socket.hpp"
#include "bench/floor_bytes.hpp"
#include "bench/payload.hpp"
#include "bench/servers.hpp"
#include "bench/watch.hpp"
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

namespace {

// As long as the listener's id lines: a token of 24 characters, a `1` before cursors, a cursor of two topics for users.
std::string id_line(Clients clients) {
  const std::string token(24, 'A');
  if (clients == Clients::own_ids) return "id: " + token + "\n";
  return "id: 1" + token + (clients == Clients::cursor ? token : "") + "\n";
}

class BareServer {
 public:
  BareServer(Clients clients, std::size_t payload_bytes, Fault fault)
      : id_(id_line(clients)), payload_bytes_(payload_bytes), fault_(fault) {
    watch(listening_);
    watch(STDIN_FILENO);
  }

  void run() {
    while (!ended_) {
      watch_.wait(Watch::forever, [this](std::uint64_t number) {
        const int descriptor = static_cast<int>(number);
        if (descriptor == listening_) {
          accept_all();
        } else if (descriptor == STDIN_FILENO) {
          read_command();
        } else {
          read_client(descriptor);
        }
      });
    }
  }

 private:
  void watch(int descriptor) { watch_.add(descriptor, static_cast<std::uint64_t>(descriptor)); }

  void accept_all() {
    for (;;) {
      const int descriptor = accept_next(listening_);
      if (descriptor < 0) return;
      watch(descriptor);
    }
  }

  void read_client(int descriptor) {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(descriptor, buffer.data(), buffer.size(), 0);
    if (count > 0) {
      // The request, in one piece: the generator is no stranger.
      send_all(descriptor, stream_head(id_));
      streams_.push_back(descriptor);
    } else if (count == 0 || errno != EAGAIN) {
      std::erase(streams_, descriptor);
      ::close(descriptor);
    }
  }

  static void send_all(int descriptor, std::string_view bytes) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    // One that has gone is noticed elsewhere; a full socket cannot be: the generator reads everything.
    require(sent == static_cast<ssize_t>(bytes.size()) || (errno != EAGAIN && sent < 0), "send");
  }

  void read_command() {
    char c = 0;
    if (::read(STDIN_FILENO, &c, 1) != 1) {
      ended_ = true;
    } else if (c == '\n') {
      publish(std::stoul(command_));
      command_.clear();
    } else {
      command_.push_back(c);
    }
  }

  void publish(std::size_t number) {
    const std::string bytes = stream_event(id_, payload_of(number, payload_bytes_));
    if (fault_ != Fault::none && streams_.size() > 1) {
      misbehave(bytes);
      return;
    }
    for (const int each : streams_) send_all(each, bytes);
  }

  // Wrong for the last stream only.
  void misbehave(std::string bytes) const {
    for (std::size_t i = 0; i + 1 < streams_.size(); ++i) send_all(streams_[i], bytes);
    if (fault_ == Fault::drop) return;
    if (fault_ == Fault::flip) bytes[bytes.size() - 6] = '#';
    send_all(streams_.back(), bytes);
    if (fault_ == Fault::repeat) send_all(streams_.back(), bytes);
  }

  Watch watch_;
  int listening_ = listen_and_say_port();
  std::vector<int> streams_;
  std::string id_;
  std::size_t payload_bytes_;
  Fault fault_;
  std::string command_;
  bool ended_ = false;
};

}  // namespace

int serve_bare(Clients clients, std::size_t payload_bytes, Fault fault) {
  BareServer(clients, payload_bytes, fault).run();
  return 0;
}

}  // namespace bench
