// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_CIVETWEB_DESCRIPTOR_HPP
#define TIDINGS_ADAPTER_IMPL_CIVETWEB_DESCRIPTOR_HPP

#include <tidings/version.hpp>

#include <civetweb.h>

#ifndef _WIN32
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <dirent.h>
#include <netdb.h>
#include <poll.h>
#include <unistd.h>
#endif

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

#ifndef _WIN32

/// Sockets of this process by their addresses: civetweb shows its own to nobody.
struct SocketNames {
  struct End {
    std::string host;
    int port = 0;
  };
  using Name = int (*)(int, sockaddr*, socklen_t*);

  /// One end of a socket, in the form in which civetweb writes it; port 0 for what is no TCP socket.
  static End end_of(int descriptor, Name name) {
    sockaddr_storage address{};
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (name(descriptor, any, &size) != 0) return {};
    End end;
    if (any->sa_family == AF_INET) end.port = ntohs(reinterpret_cast<const sockaddr_in*>(any)->sin_port);
    if (any->sa_family == AF_INET6) end.port = ntohs(reinterpret_cast<const sockaddr_in6*>(any)->sin6_port);
    if (end.port == 0) return {};
    char host[NI_MAXHOST];
    if (::getnameinfo(any, size, host, sizeof host, nullptr, 0, NI_NUMERICHOST) == 0) end.host = host;
    return end;
  }
  static bool listens(int descriptor) {
    int yes = 0;
    socklen_t size = sizeof yes;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes != 0;
  }

  /// The open descriptors of this process.
  static std::vector<int> all() {
    std::vector<int> found;
    DIR* const folder = ::opendir("/dev/fd");
    if (folder == nullptr) return found;
    while (const dirent* const entry = ::readdir(folder)) {
      if (entry->d_name[0] != '.') found.push_back(std::atoi(entry->d_name));
    }
    ::closedir(folder);
    return found;
  }
};

#endif

/// The socket of one connection: what civetweb has no function for. All of it does nothing on Windows, and where the
/// socket is not found.
///
/// Lifetime  for as long as civetweb cannot close it: a handler of the connection runs.
class CivetwebDescriptor {
 public:
  /// Whether a client that left can be seen while nothing is written.
#ifdef _WIN32
  static constexpr bool sees_gone = false;
#else
  static constexpr bool sees_gone = true;
#endif

  CivetwebDescriptor() = default;
  explicit CivetwebDescriptor([[maybe_unused]] const mg_request_info& request) : plain_(request.is_ssl == 0) {
#ifndef _WIN32
    for (const int each : SocketNames::all()) {
      if (SocketNames::end_of(each, ::getsockname).port != request.server_port) continue;
      const SocketNames::End remote = SocketNames::end_of(each, ::getpeername);
      if (remote.port == request.remote_port && remote.host == std::string_view(request.remote_addr)) {
        descriptor_ = each;
      } else if (remote.port == 0 && !SocketNames::listens(each)) {
        reset_ = true;
      }
    }
    reset_ = reset_ && descriptor_ < 0;
#endif
  }

  /// The peer has ended its side, or reset the connection.
  bool gone() const {
#ifndef _WIN32
    if (descriptor_ < 0) return reset_;
#ifdef POLLRDHUP
    pollfd waiting{descriptor_, POLLRDHUP, 0};
    return ::poll(&waiting, 1, 0) > 0;
#else
    char byte = 0;
    return ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
#endif
#else
    return false;
#endif
  }
  /// Ends what threads are waiting for on it.
  void cut() const {
#ifndef _WIN32
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
#endif
  }
  /// The next close of it is a reset: what was not written must not look complete.
  void drop() const {
#ifndef _WIN32
    const linger now{1, 0};
    if (descriptor_ >= 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
#endif
  }
  /// Bounds how long bytes may go unacknowledged.
  void set_user_timeout([[maybe_unused]] std::chrono::milliseconds timeout) const {
#ifdef TCP_USER_TIMEOUT
    const int ms = static_cast<int>(timeout.count());
    if (descriptor_ >= 0 && ms > 0) ::setsockopt(descriptor_, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
#endif
  }
  /// Writes without waiting, past civetweb, which writes nothing any more once it stops. Not over TLS.
  bool write_past([[maybe_unused]] std::string_view bytes) const {
#ifndef _WIN32
    if (descriptor_ < 0 || !plain_) return false;
    return ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
#else
    return false;
#endif
  }

 private:
  int descriptor_ = -1;
  // It was not found, but a connection of the server that has no peer any more: a reset came before the handler ran.
  bool reset_ = false;
  bool plain_ = false;
};

/// Whether a server still listens: the first thing that it ends when it stops, and it tells nobody.
///
/// Thread  any.
class CivetwebListening {
 public:
  explicit CivetwebListening([[maybe_unused]] const mg_context* context) {
#ifndef _WIN32
    mg_server_port ports[32];
    const int count = mg_get_server_ports(context, 32, ports);
    for (const int each : SocketNames::all()) {
      if (!SocketNames::listens(each)) continue;
      const int port = SocketNames::end_of(each, ::getsockname).port;
      for (int i = 0; i < count; ++i) {
        if (ports[i].port == port) sockets_.push_back({each, port});
      }
    }
#endif
  }

  bool over() const {
#ifndef _WIN32
    for (const Socket& each : sockets_) {
      if (SocketNames::listens(each.descriptor) &&
          SocketNames::end_of(each.descriptor, ::getsockname).port == each.port) {
        return false;
      }
    }
    return !sockets_.empty();
#else
    return false;
#endif
  }

 private:
  struct Socket {
    int descriptor;
    int port;
  };
  std::vector<Socket> sockets_;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_CIVETWEB_DESCRIPTOR_HPP
