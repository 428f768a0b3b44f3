// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_RAW_CLIENT_HPP
#define TIDINGS_TESTS_SUPPORT_RAW_CLIENT_HPP

#include "support/waiting.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace support {

/// A client's end of a TCP connection over loopback, without any protocol. Every call waits at most `failure_limit` and
/// throws `std::runtime_error` when what was asked for does not come.
///
/// ```cpp
/// support::RawClient client(port);
/// client.send("GET / HTTP/1.0\r\n\r\n");
/// std::string head = client.read_until("\r\n\r\n");
/// ```
class RawClient {
 public:
  /// How a connection ended.
  enum class End { open, closed, reset };
  /// A connection that came to us; owned from now on.
  struct Accepted {
    int descriptor;
  };

  /// @param receive_buffer  What the kernel may hold for us, in bytes; 0 = its own choice.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "socket");
    ::fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Before connecting: the window's scale is agreed then.
    if (receive_buffer > 0) {
      ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      const int error = errno;
      close();
      throw std::system_error(error, std::generic_category(), "connect");
    }
    ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
  }
  explicit RawClient(Accepted accepted) : descriptor_(accepted.descriptor) {
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
  }
  RawClient(RawClient&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), end_(other.end_), buffer_(std::move(other.buffer_)) {}
  RawClient& operator=(RawClient&& other) noexcept {
    if (this != &other) {
      close();
      descriptor_ = std::exchange(other.descriptor_, -1);
      end_ = other.end_;
      buffer_ = std::move(other.buffer_);
    }
    return *this;
  }
  ~RawClient() { close(); }

  int descriptor() const { return descriptor_; }

  // ---- sending ----

  /// Sends everything.
  void send(std::string_view bytes) {
    if (try_send(bytes) != bytes.size()) throw std::runtime_error("the server did not take what was sent");
  }
  /// Sends until the peer takes no more within the limit, or is gone; how much it was.
  std::size_t try_send(std::string_view bytes, std::chrono::milliseconds limit = failure_limit) {
    const auto until = Clock::now() + limit;
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t count = ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count > 0) {
        sent += static_cast<std::size_t>(count);
      } else if (errno != EAGAIN || !wait_for(POLLOUT, until)) {
        break;
      }
    }
    return sent;
  }
  /// Ends our side; what comes can still be read.
  void finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

  // ---- reading ----

  /// Everything up to the mark and with it.
  std::string read_until(std::string_view mark) {
    const auto until = Clock::now() + failure_limit;
    std::size_t at = 0;
    while ((at = buffer_.find(mark)) == std::string::npos) fill(until, "the mark did not come");
    return take(at + mark.size());
  }
  std::string read_exactly(std::size_t size) {
    const auto until = Clock::now() + failure_limit;
    while (buffer_.size() < size) fill(until, "not so many bytes came");
    return take(size);
  }
  /// Everything until the connection ends; see `end()` for how it did.
  std::string read_to_end() {
    const auto until = Clock::now() + failure_limit;
    while (end_ == End::open) {
      if (!receive(until)) throw std::runtime_error("the connection did not end");
    }
    return std::exchange(buffer_, {});
  }
  /// What has arrived, without waiting.
  std::string read_now() {
    while (end_ == End::open && receive(Clock::now())) {
    }
    return std::exchange(buffer_, {});
  }
  /// Waits for the end of the connection and drops what comes before it.
  End wait_for_end(std::chrono::milliseconds limit = failure_limit) {
    const auto until = Clock::now() + limit;
    while (end_ == End::open && receive(until)) buffer_.clear();
    return end_;
  }
  /// As far as was read.
  End end() const { return end_; }

  // ---- leaving ----

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  /// Leaves with a reset instead of FIN.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

 private:
  bool wait_for(short events, Clock::time_point until) const {
    pollfd waiting{descriptor_, events, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    return ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, left))) > 0;
  }

  // False when nothing came.
  bool receive(Clock::time_point until) {
    char bytes[65536];
    ssize_t count = 0;
    while ((count = ::recv(descriptor_, bytes, sizeof bytes, 0)) < 0 && errno == EAGAIN) {
      if (!wait_for(POLLIN, until)) return false;
    }
    if (count > 0) buffer_.append(bytes, static_cast<std::size_t>(count));
    if (count == 0) end_ = End::closed;
    if (count < 0) end_ = End::reset;
    return true;
  }

  void fill(Clock::time_point until, const char* complaint) {
    if (end_ == End::open && receive(until) && end_ == End::open) return;
    const char* const how = end_ == End::closed ? "; closed" : end_ == End::reset ? "; reset" : "";
    throw std::runtime_error(complaint + std::string(how) + "; there is: " + buffer_.substr(0, 500));
  }

  std::string take(std::size_t size) {
    std::string taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }

  int descriptor_ = -1;
  End end_ = End::open;
  std::string buffer_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_RAW_CLIENT_HPP
