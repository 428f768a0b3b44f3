// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_BENCH_SERVER_SERVERS_HPP
#define TIDINGS_TESTS_BENCH_SERVER_SERVERS_HPP

#include <tidings/net/config.hpp>

#include TIDINGS_ASIO_HEADER(io_context.hpp)

#include <cstddef>
#include <cstdint>
#include <memory>

namespace bench {

/// A site behind one server, until it is destroyed.
class Server {
 public:
  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  virtual ~Server() = default;

  virtual std::uint16_t port() const = 0;
};

/// @param port   0 = any free one.
/// @param loops  One is the context; more have threads of their own.
std::unique_ptr<Server> start_listener(tidings::net::io_context& context, std::uint16_t port, std::size_t loops);
/// The same behind Boost.Beast, whose connections have a context and a thread of their own.
///
/// Throws `std::invalid_argument` where there was no Boost to build with, or no OpenSSL.
std::unique_ptr<Server> start_beast(tidings::net::io_context& context, std::uint16_t port, std::size_t loops);
/// The same over TLS, with a certificate made for this process.
std::unique_ptr<Server> start_beast_tls(tidings::net::io_context& context, std::uint16_t port, std::size_t loops);

}  // namespace bench

#endif  // TIDINGS_TESTS_BENCH_SERVER_SERVERS_HPP
