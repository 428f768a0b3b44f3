// SPDX-License-Identifier: BSL-1.0
//
// The demo on civetweb, which lends a thread to each connection; a WebSocket has a second one, that writes.

#include <tidings/adapter/civetweb.hpp>

#include "server.hpp"

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

struct Stop {
  void operator()(mg_context* server) const { mg_stop(server); }
};

class Civetweb final : public demo::Server {
 public:
  Civetweb(tidings::HubRef hub, const demo::Address& address) : hub_(std::move(hub)) {
    const std::string where = address.address + ":" + std::to_string(address.port);
    tidings::adapter::CivetwebSettings settings;
    settings.set("listening_ports", where);
    server_.reset(mg_start(nullptr, nullptr, settings.data()));
    mg_server_port bound{};
    if (!server_ || mg_get_server_ports(server_.get(), 1, &bound) != 1) {
      throw std::runtime_error("cannot listen on " + where);
    }
    port_ = static_cast<std::uint16_t>(bound.port);
  }

  void push(const std::string& path, demo::Authorize authorize, tidings::EndpointOptions options) override {
    mounts_.push_back(tidings::adapter::mount(server_.get(), path, hub_, std::move(authorize), std::move(options)));
  }

  void serve(const std::string& path, demo::Handler handler) override {
    mounts_.push_back(tidings::adapter::handle(
        server_.get(), path,
        [handler = std::move(handler)](tidings::RequestSnapshot request, tidings::adapter::CivetwebExchange& exchange) {
          if (exchange.upgrades()) return exchange.channel().respond({404, {}}, tidings::share_bytes({}));
          handler(std::move(request),
                  [responder = exchange.answer()](tidings::ResponseHead head, std::string body) mutable {
                    responder.respond(std::move(head), tidings::share_bytes(std::move(body)));
                  });
        }));
  }

  // It listens already.
  void start() override {}
  std::uint16_t port() const override { return port_; }
  std::string note() const override { return "civetweb, a thread for each open stream and two for each WebSocket"; }

 private:
  tidings::HubRef hub_;
  std::unique_ptr<mg_context, Stop> server_;
  std::vector<tidings::Mount> mounts_;
  std::uint16_t port_ = 0;
};

}  // namespace

std::unique_ptr<demo::Server> demo::make_civetweb(const tidings::HubRef& hub, const Address& address) {
  return std::make_unique<Civetweb>(hub, address);
}
