// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_BARE_SOCKET_HPP
#define TIDINGS_TESTS_BENCH_BARE_SOCKET_HPP

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>

/// What the bare servers share.
namespace bench {

inline void require(bool truth, const char* what) {
  if (truth) return;
  std::perror(what);
  std::exit(3);
}

/// A listening socket on a free port, which is written to the standard output.
inline int listen_and_say_port() {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  require(::bind(listening, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  require(::listen(listening, 4096) == 0, "listen");
  require(::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  std::printf("%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  std::fflush(stdout);
  return listening;
}

/// The next connection; -1 = none waits.
inline int accept_next(int listening) {
  const int descriptor = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return -1;
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_BARE_SOCKET_HPP
