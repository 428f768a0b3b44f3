// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_CONNECTING_HPP
#define TIDINGS_TESTS_BENCH_CONNECTING_HPP

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace bench {

[[noreturn]] inline void fail(const char* what) { throw std::system_error(errno, std::system_category(), what); }

/// Connections of one source address: fewer than there are ports.
inline constexpr std::size_t per_address = 5'000;
/// Connections on their way at once: fewer than a server lets wait.
inline constexpr std::size_t burst = 500;

inline sockaddr_in loopback(std::uint32_t last, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x7F000000U + last);
  address.sin_port = htons(port);
  return address;
}

/// A connection to a port of this machine that ends by a reset, so that no address waits.
///
/// @param number  Of the connection: one address serves for `per_address` of them.
inline int connected_socket(std::size_t number, std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("socket");
  const int on = 1;
  // Else each address would need a free port of its own for all destinations.
  ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const linger reset{1, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  const sockaddr_in from = loopback(static_cast<std::uint32_t>(2 + number / per_address), 0);
  const sockaddr_in to = loopback(1, port);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) fail("bind");
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("connect");
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  return descriptor;
}

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_CONNECTING_HPP
