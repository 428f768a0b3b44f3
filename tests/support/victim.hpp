// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_VICTIM_HPP
#define TIDINGS_TESTS_SUPPORT_VICTIM_HPP

#include <sys/types.h>
#include <sys/wait.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace support {

/// A server in a process of its own, so that what is measured is the server's memory and not the attackers'.
class Victim {
 public:
  /// What lives as long as the server.
  using KeepAlive = std::shared_ptr<void>;

  /// @param serve    Starts the server, in the child; returns its port.
  /// @param warm_up  What it needs for this is not counted.
  Victim(std::uint16_t (*serve)(KeepAlive& keep), void (*warm_up)(std::uint16_t port)) {
    const Pipe port = make_pipe();
    const Pipe life = make_pipe();
    child_ = ::fork();
    if (child_ == 0) {
      ::close(life[1]);
      live(serve, port[1], life[0]);
    }
    ::close(port[1]);
    ::close(life[0]);
    life_ = life[1];
    const bool told = ::read(port[0], &port_, sizeof port_) == sizeof port_;
    ::close(port[0]);
    if (!told) throw std::runtime_error("the server did not start");
    warm_up(port_);
    before_ = memory("VmRSS");
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  ~Victim() {
    ::close(life_);
    ::waitpid(child_, nullptr, 0);
  }

  std::uint16_t port() const { return port_; }
  /// Bytes by which its memory grew at most; the kernel keeps the highest value.
  std::size_t growth() const { return memory("VmHWM") - std::min(before_, memory("VmHWM")); }

 private:
  using Pipe = std::array<int, 2>;

  static Pipe make_pipe() {
    Pipe ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
    return ends;
  }
  // Until the other end of `until` is closed.
  [[noreturn]] static void live(std::uint16_t (*serve)(KeepAlive& keep), int port_to, int until) {
    KeepAlive keep;
    const std::uint16_t port = serve(keep);
    char byte = 0;
    if (::write(port_to, &port, sizeof port) == sizeof port) static_cast<void>(::read(until, &byte, 1));
    ::_exit(0);
  }
  std::size_t memory(const std::string& name) const {
    std::ifstream status("/proc/" + std::to_string(child_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(name + ":")) return std::stoul(line.substr(name.size() + 1)) * 1024;
    }
    throw std::runtime_error("no " + name);
  }

  pid_t child_ = -1;
  int life_ = -1;
  std::uint16_t port_ = 0;
  std::size_t before_ = 0;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_VICTIM_HPP
