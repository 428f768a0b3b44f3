// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_HTTPLIB_SERVER_HPP
#define TIDINGS_TESTS_SUPPORT_HTTPLIB_SERVER_HPP

#include "support/raw_client.hpp"
#include "support/waiting.hpp"

#include <httplib.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <thread>

namespace support {

/// A server of cpp-httplib on a free port of 127.0.0.1, with the thread that it listens on.
///
/// ```cpp
/// support::HttplibServer server;
/// auto push = tidings::adapter::mount(server.get(), "/push", hub, authorize);
/// server.start();
/// ```
/// The destructor stops it.
class HttplibServer {
 public:
  HttplibServer() : server_(std::make_unique<httplib::Server>()) {}
  HttplibServer(const HttplibServer&) = delete;
  HttplibServer& operator=(const HttplibServer&) = delete;
  ~HttplibServer() { stop(); }

  httplib::Server& get() { return *server_; }
  std::uint16_t port() const { return port_; }

  /// Binds and listens; it takes connections when this returns.
  void start() {
    const int port = server_->bind_to_any_port("127.0.0.1");
    if (port <= 0) throw std::runtime_error("cpp-httplib found no port");
    port_ = static_cast<std::uint16_t>(port);
    listening_ = std::thread([this] { server_->listen_after_bind(); });
    // Before that, its `stop` does nothing.
    if (!eventually([this] { return server_->is_running(); })) throw std::runtime_error("cpp-httplib does not listen");
    if (sanitized) warm_up();
  }
  /// Returns when its threads have ended.
  void stop() {
    if (!listening_.joinable()) return;
    server_->stop();
    listening_.join();
  }
  /// Stops it and destroys the server itself; `get` is not to be called after it.
  void destroy() {
    stop();
    server_.reset();
  }

 private:
  // The constants of the library are made with its first request. It is compiled without the sanitizer, which does not see
  // their guards; but that the thread that made them has come back to its queue, before others take from it.
  void warm_up() const {
    RawClient client(port_);
    client.send("PATCH / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    client.read_to_end();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }

  std::unique_ptr<httplib::Server> server_;
  std::uint16_t port_ = 0;
  std::thread listening_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_HTTPLIB_SERVER_HPP
