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
  Publisher(std::uint16_t port, bool tls) : link_(0, port, tls) {}

  /// Does not wait for the answer, which may come after the deliveries.
  void publish(const std::string& body) {
    if (waits_) read_answer();
    link_.send("POST /pub HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body);
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
      std::array<char, 4096> buffer{};
      const ssize_t count = link_.receive(buffer);
      if (count < 0 && errno == EAGAIN) {
        pollfd waiting{link_.descriptor(), POLLIN, 0};
        if (::poll(&waiting, 1, 30'000) <= 0) throw std::runtime_error("no answer to a publication");
        continue;
      }
      if (count <= 0) throw std::runtime_error("the connection of the publisher was closed");
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  Link link_;
  bool waits_ = false;
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_PUBLISHER_HPP
