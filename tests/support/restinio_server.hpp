// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_RESTINIO_SERVER_HPP
#define TIDINGS_TESTS_SUPPORT_RESTINIO_SERVER_HPP

#include <tidings/adapter/restinio.hpp>

#include <restinio/http_server.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace support {

using RestinioTraits = tidings::adapter::RestinioTraits<>;

/// A server of RESTinio on a free port of 127.0.0.1, which runs. The destructor stops and destroys it.
class RestinioServer {
 public:
  template <class Handler>
  explicit RestinioServer(Handler handler, std::size_t threads = 2)
      : RestinioServer(handler.preset(restinio::server_settings_t<RestinioTraits>{}), handler, threads) {}
  template <class Handler>
  RestinioServer(restinio::server_settings_t<RestinioTraits> settings, Handler handler, std::size_t threads) {
    settings.address("127.0.0.1").port(0).request_handler(std::move(handler));
    settings.acceptor_post_bind_hook([this](auto& acceptor) { port_ = acceptor.local_endpoint().port(); });
    server_.emplace(restinio::external_io_context(*context_), std::move(settings));
    server_->open_sync();
    for (std::size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([context = context_.get()] { context->run(); });
    }
  }
  RestinioServer(const RestinioServer&) = delete;
  RestinioServer& operator=(const RestinioServer&) = delete;
  ~RestinioServer() { stop(); }

  std::uint16_t port() const { return port_; }
  /// As an application that ends: connections are not waited for.
  void stop() {
    if (!context_) return;
    context_->stop();
    for (std::thread& each : threads_) each.join();
    threads_.clear();
    server_.reset();
    context_.reset();
  }

 private:
  std::unique_ptr<restinio::asio_ns::io_context> context_ = std::make_unique<restinio::asio_ns::io_context>();
  std::optional<restinio::http_server_t<RestinioTraits>> server_;
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_RESTINIO_SERVER_HPP
