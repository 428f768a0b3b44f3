// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_LINK_HPP
#define TIDINGS_TESTS_BENCH_LINK_HPP

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace bench {

/// A client's connection: a socket, or TLS over one, whose certificate nobody checks. Does not block.
class Link {
 public:
  /// @param number  See `connected_socket`.
  /// @param tls     Shakes hands, and waits for it. Throws `std::runtime_error` where it is not built in.
  Link(std::size_t number, std::uint16_t port, bool tls);
  Link(Link&& other) noexcept;
  Link& operator=(Link&&) = delete;
  ~Link();

  int descriptor() const { return descriptor_; }
  /// All of it; throws `std::system_error` when the kernel does not take it.
  void send(std::string_view bytes);
  /// As `::recv`.
  ssize_t receive(std::span<char> buffer);

 private:
  struct Tls;

  int descriptor_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_LINK_HPP
