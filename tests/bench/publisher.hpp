// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_PUBLISHER_HPP
#define TIDINGS_TESTS_BENCH_PUBLISHER_HPP

#include "bench/connecting.hpp"
#include "bench/http_answer.hpp"
#include <poll.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace bench {

/// Publishes by `POST /pub`, over one connection.
class Publisher {
 public:
  explicit Publisher(std::uint16_t port) : descriptor_(connected_socket(0, port)) {}
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  ~Publisher() { ::close(descriptor_); }

  /// Does not wait for the answer, which may come after the deliveries.
  void publish(const std::string& body) {
    if (waits_) read_answer();
    const std::string request =
        "POST /pub HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    if (::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      fail("send");
    }
    waits_ = true;
  }

 private:
  void read_answer() {
    std::string text;
    for (;;) {
      if (const auto answer = parse_answer(text)) {
        if (!answer->succeeded()) throw std::runtime_error("not published: " + text);
        waits_ = false;
        return;
      }
      pollfd waiting{descriptor_, POLLIN, 0};
      if (::poll(&waiting, 1, 30'000) <= 0) throw std::runtime_error("no answer to a publication");
      std::array<char, 4096> buffer{};
      const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (count <= 0) throw std::runtime_error("the connection of the publisher was closed");
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  int descriptor_;
  bool waits_ = false;
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_PUBLISHER_HPP
