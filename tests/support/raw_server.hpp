// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_RAW_SERVER_HPP
#define TIDINGS_TESTS_SUPPORT_RAW_SERVER_HPP

#include "support/raw_client.hpp"
#include "support/waiting.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace support {

/// Listens without any protocol; the test takes the connections and says what is sent on them.
class RawServer {
 public:
  /// @param address  Of the loopback network; @param backlog  Connections that wait to be taken; @param port  0 = any.
  explicit RawServer(const char* address = "127.0.0.1", int backlog = 16, std::uint16_t port = 0)
      : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &name.sin_addr);
    socklen_t size = sizeof name;
    if (::bind(descriptor_, reinterpret_cast<sockaddr*>(&name), size) != 0 || ::listen(descriptor_, backlog) != 0 ||
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "listen");
    }
    port_ = ntohs(name.sin_port);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer() { ::close(descriptor_); }

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view scheme) const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_) + "/push";
  }

  /// The next connection; throws when there is none within the limit.
  RawClient next(std::chrono::milliseconds limit = failure_limit) {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(limit.count())) != 1) throw std::runtime_error("nobody connected");
    const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) throw std::system_error(errno, std::generic_category(), "accept");
    return RawClient(RawClient::Accepted{accepted});
  }

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_RAW_SERVER_HPP
