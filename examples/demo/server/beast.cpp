// SPDX-License-Identifier: BSL-1.0
//
// The demo on Boost.Beast. Its connections are Boost.Asio's, on a thread beside the hub's; event streams and WebSockets
// go with their sockets to the hub.

#include <tidings/adapter/beast.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "server.hpp"

#include <chrono>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = boost::asio::ip::tcp;
using Exchange = tidings::adapter::BeastExchange<beast::tcp_stream>;

struct Page {
  std::string path;
  demo::Handler handler;
};

struct Routes {
  tidings::adapter::BeastRoutes push;
  std::vector<Page> pages;

  // Those before `/` are asked first.
  const Page* find(std::string_view target) const {
    for (const Page& each : pages) {
      if (target.starts_with(each.path)) return &each;
    }
    return nullptr;
  }
};

/// One connection between two requests.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<const Routes> routes, beast::tcp_stream stream, beast::flat_buffer buffer = {})
      : routes_(std::move(routes)), stream_(std::move(stream)), buffer_(std::move(buffer)) {}

  void read() {
    stream_.expires_after(std::chrono::seconds(30));
    http::async_read(stream_, buffer_, request_, [self = shared_from_this()](beast::error_code ec, std::size_t) {
      if (!ec) self->answer();
    });
  }

 private:
  void answer() {
    const auto next = [routes = routes_](beast::tcp_stream stream, beast::flat_buffer buffer) {
      std::make_shared<Session>(routes, std::move(stream), std::move(buffer))->read();
    };
    if (routes_->push.serves(request_)) {
      routes_->push.serve(std::move(stream_), std::move(buffer_), std::move(request_), next);
      return;
    }
    const auto handler = [routes = routes_](tidings::RequestSnapshot request, Exchange exchange) {
      const Page* const page = routes->find(request.target);
      if (!page) return;
      page->handler(std::move(request),
                    [responder = std::move(exchange).answer()](tidings::ResponseHead head, std::string body) mutable {
                      responder.respond(std::move(head), tidings::share_bytes(std::move(body)));
                    });
    };
    tidings::adapter::serve(handler, std::move(stream_), std::move(buffer_), std::move(request_), next);
  }

  std::shared_ptr<const Routes> routes_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
};

class Beast final : public demo::Server {
 public:
  Beast(tidings::HubRef hub, const demo::Address& address)
      : hub_(std::move(hub)), acceptor_(context_, {boost::asio::ip::make_address(address.address), address.port}) {}

  ~Beast() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void push(const std::string& path, demo::Authorize authorize, tidings::EndpointOptions options) override {
    mounts_.push_back(tidings::adapter::mount(routes_->push, path, hub_, std::move(authorize), std::move(options)));
  }
  void serve(const std::string& path, demo::Handler handler) override {
    routes_->pages.push_back({path, std::move(handler)});
  }
  void start() override {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  std::uint16_t port() const override { return acceptor_.local_endpoint().port(); }
  std::string note() const override { return "a server made with Boost.Beast, on one thread beside the hub's"; }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code ec, Tcp::socket socket) {
      if (!ec) std::make_shared<Session>(routes_, beast::tcp_stream(std::move(socket)))->read();
      accept();
    });
  }

  tidings::HubRef hub_;
  std::shared_ptr<Routes> routes_ = std::make_shared<Routes>();
  boost::asio::io_context context_{1};
  Tcp::acceptor acceptor_;
  std::vector<tidings::Mount> mounts_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<demo::Server> demo::make_beast(const tidings::HubRef& hub, const Address& address) {
  return std::make_unique<Beast>(hub, address);
}
