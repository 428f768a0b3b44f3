// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_HTTPLIB_CONNECTION_HPP
#define TIDINGS_ADAPTER_IMPL_HTTPLIB_CONNECTION_HPP

#include <tidings/version.hpp>

#include <httplib.h>

#ifndef _WIN32
#include <sys/socket.h>

#include <netdb.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <string>

TIDINGS_NAMESPACE_BEGIN

namespace adapter::detail {

/// The connection of a request, by its addresses: cpp-httplib shows its socket to nobody.
class HttplibConnection {
 public:
  explicit HttplibConnection(const httplib::Request& request)
      : remote_{request.remote_addr, std::to_string(request.remote_port)},
        local_{request.local_addr, std::to_string(request.local_port)} {}

  /// Shuts the connection down, so that a thread in a write to it comes out. Only while such a thread is there: nobody
  /// else can have got its addresses then. Does nothing on Windows.
  void cut() const {
#ifndef _WIN32
    const int descriptors = static_cast<int>(std::min(::sysconf(_SC_OPEN_MAX), 1L << 20U));
    for (int each = 0; each < descriptors; ++each) {
      if (is_end(each, ::getpeername, remote_) && is_end(each, ::getsockname, local_)) ::shutdown(each, SHUT_RDWR);
    }
#endif
  }

 private:
  struct End {
    std::string host;
    std::string port;
    friend bool operator==(const End&, const End&) = default;
  };

#ifndef _WIN32
  using Name = int (*)(int, sockaddr*, socklen_t*);

  static bool is_end(int descriptor, Name name, const End& wanted) {
    sockaddr_storage address{};
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (name(descriptor, any, &size) != 0 || (any->sa_family != AF_INET && any->sa_family != AF_INET6)) return false;
    // The form in which cpp-httplib writes them.
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];
    constexpr int numeric = NI_NUMERICHOST | NI_NUMERICSERV;
    return ::getnameinfo(any, size, host, sizeof host, port, sizeof port, numeric) == 0 && End{host, port} == wanted;
  }
#endif

  End remote_;
  End local_;
};

}  // namespace adapter::detail

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_HTTPLIB_CONNECTION_HPP
