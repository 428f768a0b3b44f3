// SPDX-License-Identifier: BSL-1.0

#include <tidings/adapter/listener.hpp>

#include "bench/server/servers.hpp"
#include "bench/server/site.hpp"

#include <limits>
#include <memory>
#include <utility>

namespace bench {

namespace {

class ListenerServer final : public Server {
 public:
  ListenerServer(tidings::net::io_context& context, std::uint16_t port, std::size_t loops)
      : site_(context, loops),
        listener_(site_.hub(), options(port)),
        mount_(listener_.handle("/", [this](tidings::RequestSnapshot request, tidings::adapter::Exchange exchange) {
          site_.serve(std::move(request), std::move(exchange));
        })) {}

  std::uint16_t port() const override { return listener_.port(); }

 private:
  static tidings::adapter::ListenerOptions options(std::uint16_t port) {
    tidings::adapter::ListenerOptions options{.address = "0.0.0.0", .port = port};
    options.max_connections = std::numeric_limits<std::size_t>::max();
    options.limits.max_body_bytes = 16 * 1024 * 1024;
    return options;
  }

  Site site_;
  tidings::adapter::Listener listener_;
  tidings::Mount mount_;
};

}  // namespace

std::unique_ptr<Server> start_listener(tidings::net::io_context& context, std::uint16_t port, std::size_t loops) {
  return std::make_unique<ListenerServer>(context, port, loops);
}

}  // namespace bench
