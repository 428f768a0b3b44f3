// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_CIVETWEB_SERVER_HPP
#define TIDINGS_TESTS_SUPPORT_CIVETWEB_SERVER_HPP

#include <tidings/adapter/civetweb_settings.hpp>

#include "support/raw_client.hpp"

#include <civetweb.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace support {

/// A server of civetweb on a free port of 127.0.0.1, which runs. The destructor stops it.
class CivetwebServer {
 public:
  explicit CivetwebServer(const tidings::adapter::CivetwebOptions& options = {})
      : CivetwebServer(tidings::adapter::CivetwebSettings(options)) {}
  explicit CivetwebServer(tidings::adapter::CivetwebSettings settings) {
    settings.set("listening_ports", "127.0.0.1:0");
    server_ = mg_start(nullptr, nullptr, settings.data());
    mg_server_port port{};
    if (server_ == nullptr || mg_get_server_ports(server_, 1, &port) != 1) {
      throw std::runtime_error("civetweb does not start");
    }
    port_ = static_cast<std::uint16_t>(port.port);
  }
  CivetwebServer(const CivetwebServer&) = delete;
  CivetwebServer& operator=(const CivetwebServer&) = delete;
  ~CivetwebServer() { stop(); }

  mg_context* get() const { return server_; }
  std::uint16_t port() const { return port_; }
  /// Returns when its threads have ended.
  void stop() {
    mg_context* const server = std::exchange(server_, nullptr);
    if (server == nullptr) return;
    std::thread stopping([server] { mg_stop(server); });
    // Its master looks every two seconds, or when somebody comes.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    try {
      const RawClient visitor(port_);
    } catch (const std::system_error&) {
      // It has looked meanwhile.
    }
    stopping.join();
  }

 private:
  mg_context* server_ = nullptr;
  std::uint16_t port_ = 0;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_CIVETWEB_SERVER_HPP
