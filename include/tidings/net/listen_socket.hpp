// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_LISTEN_SOCKET_HPP
#define TIDINGS_NET_LISTEN_SOCKET_HPP

#include <tidings/net/owned_socket.hpp>
#include <tidings/net/socket_options.hpp>
#include <tidings/protocol/digits.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <fcntl.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

TIDINGS_NAMESPACE_BEGIN

namespace io {

namespace detail {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

inline SocketAddress make_address(const std::string& text, std::uint16_t port) {
  SocketAddress address;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
  } else {
    throw std::invalid_argument("not an IPv4 or IPv6 address: " + text);
  }
  return address;
}

inline std::uint16_t port_of(const SocketAddress& address) {
  return address.storage.ss_family == AF_INET
             ? ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port)
             : ntohs(reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_port);
}

inline void append_v4(std::string& out, const in_addr& address) {
  const std::uint32_t bits = ntohl(address.s_addr);
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    if (shift != 32) out.push_back('.');
    protocol::append_digits(out, bits >> (shift - 8) & 0xFFU);
  }
}

// `ip:port`, an IPv6 address in brackets. inet_ntop prints an IPv4 address by sprintf, which shows at each connection.
inline std::string to_text(const SocketAddress& address) {
  std::string text;
  text.reserve(INET6_ADDRSTRLEN + 8);
  if (address.storage.ss_family == AF_INET) {
    append_v4(text, reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr);
  } else {
    char v6[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr, v6, sizeof v6);
    text.append("[").append(v6).append("]");
  }
  text.push_back(':');
  protocol::append_digits(text, port_of(address));
  return text;
}

inline int accept(int listening, SocketAddress& from) {
#if defined(__linux__)
  return ::accept4(listening, from.get(), &from.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
  const int descriptor = ::accept(listening, from.get(), &from.size);
  if (descriptor < 0) return descriptor;
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
#endif
}

}  // namespace detail

/// A listening socket, non-blocking.
///
/// @param bound       Set to its port.
/// @param reuse_port  Others may listen there too.
/// Throws `std::system_error`, and `std::invalid_argument` for an address that is none.
inline OwnedSocket listen_on(const std::string& address, std::uint16_t port, int backlog, std::uint16_t& bound,
                             bool reuse_port = false) {
  detail::SocketAddress where = detail::make_address(address, port);
  OwnedSocket socket(::socket(where.storage.ss_family, SOCK_STREAM, 0));
  const auto check = [&](bool good) {
    if (!good)
      throw std::system_error(errno, std::system_category(), "listen on " + address + " " + std::to_string(port));
  };
  check(static_cast<bool>(socket));
  ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
#if defined(SO_REUSEPORT)
  if (reuse_port) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
#else
  static_cast<void>(reuse_port);
#endif
#if defined(__linux__)
  // Its connections inherit them.
  set_stream_options(socket.get());
#endif
  if (where.storage.ss_family == AF_INET6) {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  check(::bind(socket.get(), where.get(), where.size) == 0);
  check(::listen(socket.get(), backlog) == 0);
  check(::getsockname(socket.get(), where.get(), &where.size) == 0);
  bound = detail::port_of(where);
  return socket;
}

/// The next waiting connection, non-blocking and with TCP_NODELAY; none with `errno` set.
///
/// @param peer  Set to `ip:port`.
inline OwnedSocket accept_from(int listening, std::string& peer) {
  detail::SocketAddress from;
  from.size = sizeof from.storage;
  int descriptor = -1;
  do {
    descriptor = detail::accept(listening, from);
  } while (descriptor < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (descriptor >= 0) peer = detail::to_text(from);
#if defined(__linux__)
  const bool tuned = true;
#else
  const bool tuned = false;
#endif
  return OwnedSocket(descriptor, tuned);
}

/// `ip:port` of the other end; empty if it is gone.
inline std::string peer_of(int descriptor) {
  detail::SocketAddress peer;
  peer.size = sizeof peer.storage;
  return ::getpeername(descriptor, peer.get(), &peer.size) == 0 ? detail::to_text(peer) : std::string();
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_LISTEN_SOCKET_HPP
