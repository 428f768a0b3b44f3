// SPDX-License-Identifier: BSL-1.0
//
// The demo on cpp-httplib, which lends a thread to each stream and has no WebSocket: clients go on with event streams.

#include <tidings/adapter/httplib.hpp>

#include "server.hpp"

#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace {

class Httplib final : public demo::Server {
 public:
  Httplib(tidings::HubRef hub, const demo::Address& address) : hub_(std::move(hub)) {
    const bool any = address.port == 0;
    const int port = any ? server_.bind_to_any_port(address.address.c_str()) : address.port;
    if (port < 0 || (!any && !server_.bind_to_port(address.address.c_str(), port))) {
      throw std::runtime_error("cannot listen on " + address.address + ":" + std::to_string(address.port));
    }
    port_ = static_cast<std::uint16_t>(port);
  }

  ~Httplib() override {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void push(const std::string& path, demo::Authorize authorize, tidings::EndpointOptions options) override {
    mounts_.push_back(tidings::adapter::mount(server_, path, hub_, std::move(authorize), std::move(options)));
  }

  void serve(const std::string& path, demo::Handler handler) override {
    mounts_.push_back(tidings::adapter::handle(
        server_, path,
        [handler = std::move(handler)](tidings::RequestSnapshot request, tidings::adapter::HttplibExchange& exchange) {
          handler(std::move(request),
                  [responder = exchange.answer()](tidings::ResponseHead head, std::string body) mutable {
                    responder.respond(std::move(head), tidings::share_bytes(std::move(body)));
                  });
        }));
  }

  void start() override {
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  std::uint16_t port() const override { return port_; }
  bool has_websocket() const override { return false; }
  std::string note() const override {
    return "cpp-httplib, a thread for each open stream; it has no WebSocket, so clients use event streams";
  }

 private:
  tidings::HubRef hub_;
  httplib::Server server_;
  std::vector<tidings::Mount> mounts_;
  std::thread thread_;
  std::uint16_t port_ = 0;
};

}  // namespace

std::unique_ptr<demo::Server> demo::make_httplib(const tidings::HubRef& hub, const Address& address) {
  return std::make_unique<Httplib>(hub, address);
}
