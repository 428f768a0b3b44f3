// SPDX-License-Identifier: BSL-1.0
//
// The demo on the library's own listener.

#include <tidings/adapter/listener.hpp>

#include "server.hpp"

#include <utility>
#include <vector>

namespace {

class Listener final : public demo::Server {
 public:
  Listener(tidings::HubRef hub, const demo::Address& address)
      : hub_(std::move(hub)), listener_(hub_, {.address = address.address, .port = address.port}) {}

  void push(const std::string& path, demo::Authorize authorize, tidings::EndpointOptions options) override {
    mounts_.push_back(tidings::adapter::mount(listener_, path, hub_, std::move(authorize), std::move(options)));
  }

  void serve(const std::string& path, demo::Handler handler) override {
    mounts_.push_back(listener_.handle(
        path, [handler = std::move(handler)](tidings::RequestSnapshot request, tidings::adapter::Exchange exchange) {
          handler(std::move(request),
                  [responder = std::move(exchange).answer()](tidings::ResponseHead head, std::string body) mutable {
                    responder.respond(std::move(head), tidings::share_bytes(std::move(body)));
                  });
        }));
  }

  // It listens already.
  void start() override {}
  std::uint16_t port() const override { return listener_.port(); }
  std::string note() const override { return "the library's own listener, on the hub's one thread"; }

 private:
  tidings::HubRef hub_;
  tidings::adapter::Listener listener_;
  std::vector<tidings::Mount> mounts_;
};

}  // namespace

std::unique_ptr<demo::Server> demo::make_listener(const tidings::HubRef& hub, const Address& address) {
  return std::make_unique<Listener>(hub, address);
}
