// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_WATCH_HPP
#define TIDINGS_TESTS_BENCH_WATCH_HPP

#include <sys/epoll.h>
#include <sys/socket.h>

#include "bench/connecting.hpp"
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bench {

/// Sockets of which we are told when they can be read, each by a number of its owner's.
class Watch {
 public:
  static constexpr std::chrono::milliseconds forever{-1};

  Watch() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) fail("epoll_create1");
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { ::close(epoll_); }

  /// Until it is closed.
  void add(int descriptor, std::uint64_t number) { control(EPOLL_CTL_ADD, descriptor, number, EPOLLIN); }
  /// From now on we are told when it can be written, and no more when it can be read; or the other way round.
  void turn_to_writing(int descriptor, std::uint64_t number) { control(EPOLL_CTL_MOD, descriptor, number, EPOLLOUT); }
  void turn_to_reading(int descriptor, std::uint64_t number) { control(EPOLL_CTL_MOD, descriptor, number, EPOLLIN); }
  void remove(int descriptor) { control(EPOLL_CTL_DEL, descriptor, 0, 0); }

  /// Calls `ready(number)` for each that is; waits so long for the first of them.
  template <class Ready>
  void wait(std::chrono::milliseconds time, Ready ready) {
    const int most = static_cast<int>(events_.size());
    const int count = ::epoll_wait(epoll_, events_.data(), most, static_cast<int>(time.count()));
    for (int i = 0; i < count; ++i) ready(events_[static_cast<std::size_t>(i)].data.u64);
  }
  /// The same again and again until `reached()`; false if that takes too long, or `hopeless()`.
  template <class Reached, class Hopeless, class Ready>
  bool wait_until(std::chrono::milliseconds patience, Reached reached, Hopeless hopeless, Ready ready) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!reached()) {
      if (hopeless() || std::chrono::steady_clock::now() > until) return false;
      wait(std::chrono::milliseconds(50), ready);
    }
    return !hopeless();
  }

 private:
  void control(int operation, int descriptor, std::uint64_t number, std::uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.u64 = number;
    if (::epoll_ctl(epoll_, operation, descriptor, &event) != 0) fail("epoll_ctl");
  }

  int epoll_;
  std::array<epoll_event, 1024> events_{};
};

/// What has come on a connection.
struct Came {
  enum class What : std::uint8_t { nothing, bytes, end, reset };

  What what;
  std::string_view bytes{};

  bool over() const { return what == What::end || what == What::reset; }
};

/// @param buffer  Where the bytes are, until the next call.
inline Came receive(int descriptor, std::vector<char>& buffer) {
  const ssize_t count = ::recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count > 0) return {Came::What::bytes, {buffer.data(), static_cast<std::size_t>(count)}};
  if (count == 0) return {Came::What::end};
  return {errno == EAGAIN || errno == EINTR ? Came::What::nothing : Came::What::reset};
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_WATCH_HPP
