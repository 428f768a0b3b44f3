// SPDX-License-Identifier: BSL-1.0
//
// The demo on RESTinio, which has one handler for all requests: the endpoint's, and ours for what it leaves.

#include <tidings/adapter/restinio.hpp>

#include <restinio/http_server.hpp>

#include "server.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Traits = tidings::adapter::RestinioTraits<>;

struct Page {
  std::string path;
  demo::Handler handler;
};

void answer(const restinio::request_handle_t& request, const tidings::ResponseHead& head, std::string body) {
  auto response = request->create_response(restinio::http_status_line_t{
      restinio::http_status_code_t{static_cast<std::uint16_t>(head.status)}, head.status == 200 ? "OK" : "No"});
  for (const tidings::Header& each : head.headers) response.append_header(each.name, each.value);
  response.set_body(std::move(body)).done();
}

class Restinio final : public demo::Server {
 public:
  Restinio(tidings::HubRef hub, demo::Address address) : hub_(std::move(hub)), address_(std::move(address)) {}

  ~Restinio() override {
    context_->stop();
    for (std::thread& each : threads_) each.join();
    server_.reset();
    // What the hub holds of its connections is let go.
    context_.reset();
  }

  void push(const std::string& path, demo::Authorize authorize, tidings::EndpointOptions options) override {
    push_.emplace(tidings::adapter::mount_restinio<Traits>(path, hub_, std::move(authorize), std::move(options)));
  }

  void serve(const std::string& path, demo::Handler handler) override { pages_.push_back({path, std::move(handler)}); }

  void start() override {
    auto settings = push_->preset(restinio::server_settings_t<Traits>{});
    settings.address(address_.address).port(address_.port);
    settings.request_handler([push = push_->handler(), pages = pages_](const restinio::request_handle_t& request) {
      const auto status = push(request);
      if (status != restinio::request_not_handled()) return status;
      for (const Page& page : pages) {
        if (!request->header().request_target().starts_with(page.path)) continue;
        page.handler(
            tidings::snapshot(tidings::adapter::RestinioRequest(*request)),
            [request](const tidings::ResponseHead& head, std::string body) { answer(request, head, std::move(body)); });
        return restinio::request_accepted();
      }
      return status;
    });
    settings.acceptor_post_bind_hook([this](auto& acceptor) { address_.port = acceptor.local_endpoint().port(); });
    server_.emplace(restinio::external_io_context(*context_), std::move(settings));
    server_->open_sync();
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { context_->run(); });
    }
  }

  std::uint16_t port() const override { return address_.port; }
  std::string note() const override { return "RESTinio, on two threads beside the hub's"; }

 private:
  static constexpr int threads = 2;

  tidings::HubRef hub_;
  demo::Address address_;
  std::unique_ptr<restinio::asio_ns::io_context> context_ = std::make_unique<restinio::asio_ns::io_context>();
  std::optional<tidings::adapter::RestinioMount<Traits>> push_;
  std::vector<Page> pages_;
  std::optional<restinio::http_server_t<Traits>> server_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<demo::Server> demo::make_restinio(const tidings::HubRef& hub, const Address& address) {
  return std::make_unique<Restinio>(hub, address);
}
