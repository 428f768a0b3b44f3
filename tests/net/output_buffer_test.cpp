// SPDX-License-Identifier: BSL-1.0

#include <tidings/net/output_buffer.hpp>
#include <tidings/net/owned_socket.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <string>

using tidings::share_bytes;
using tidings::io::OutputBuffer;

namespace {

struct SmallPipe {
  SmallPipe() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    write_end = tidings::io::OwnedSocket(ends[0]);
    read_end = tidings::io::OwnedSocket(ends[1]);
    const int bytes = 4096;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }

  std::string take() {
    std::string all;
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t count = ::recv(read_end.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  tidings::io::OwnedSocket write_end;
  tidings::io::OwnedSocket read_end;
};

std::string patterned(std::size_t size, char first) {
  std::string text(size, first);
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(first + static_cast<char>(i % 23));
  return text;
}

}  // namespace

TEST_CASE("front and body come whole and in order, however little the kernel takes", "[net]") {
  const std::size_t front_size = GENERATE(0U, 1U, 100U, 40'000U);
  const std::size_t body_size = GENERATE(0U, 1U, 100'000U);
  SmallPipe pipe;
  OutputBuffer output;
  const std::string front = patterned(front_size, 'A');
  const auto body = share_bytes(patterned(body_size, 'a'));
  REQUIRE_FALSE(output.send(pipe.write_end.get(), front, body));
  // The second lies behind what the kernel refused of the first.
  REQUIRE_FALSE(output.send(pipe.write_end.get(), front, body));
  std::string all = pipe.take();
  while (!output.empty()) {
    REQUIRE_FALSE(output.flush(pipe.write_end.get()));
    all += pipe.take();
  }
  CHECK(all == front + *body + front + *body);
}

TEST_CASE("no body is nothing", "[net]") {
  SmallPipe pipe;
  OutputBuffer output;
  REQUIRE_FALSE(output.send(pipe.write_end.get(), "head", nullptr));
  CHECK(output.empty());
  CHECK(pipe.take() == "head");
}

TEST_CASE("a broken connection is an error", "[net]") {
  SmallPipe pipe;
  pipe.read_end.close();
  OutputBuffer output;
  CHECK(output.send(pipe.write_end.get(), "head", share_bytes("body")));
}
