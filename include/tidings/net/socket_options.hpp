// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_SOCKET_OPTIONS_HPP
#define TIDINGS_NET_SOCKET_OPTIONS_HPP

#include <tidings/defaults.hpp>
#include <tidings/version.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// For connections that live long and carry small pieces: no delay, and a peer that takes nothing is found. Sockets that
/// are no TCP stay as they are.
inline void set_stream_options(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef TCP_USER_TIMEOUT
  const auto timeout = static_cast<unsigned>(std::chrono::milliseconds(defaults::tcp_user_timeout).count());
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
#endif
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_SOCKET_OPTIONS_HPP
