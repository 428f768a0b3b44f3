// SPDX-License-Identifier: BSL-1.0

#include "bench/server/servers.hpp"

#if __has_include(<boost/beast/http/read.hpp>)

#include <tidings/adapter/beast.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "bench/server/site.hpp"

#include <memory>
#include <thread>
#include <utility>

namespace bench {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = boost::asio::ip::tcp;
using Exchange = tidings::adapter::BeastExchange<beast::tcp_stream>;

/// One connection between two requests.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Site& site, beast::tcp_stream stream, beast::flat_buffer buffer = {})
      : site_(site), stream_(std::move(stream)), buffer_(std::move(buffer)) {}

  void read() {
    http::async_read(stream_, buffer_, request_, [self = shared_from_this()](beast::error_code ec, std::size_t) {
      if (!ec) self->answer();
    });
  }

 private:
  void answer() {
    const auto next = [site = &site_](beast::tcp_stream stream, beast::flat_buffer buffer) {
      std::make_shared<Session>(*site, std::move(stream), std::move(buffer))->read();
    };
    const auto handler = [site = &site_](tidings::RequestSnapshot request, Exchange exchange) {
      site->serve(std::move(request), std::move(exchange));
    };
    tidings::adapter::serve(handler, std::move(stream_), std::move(buffer_), std::move(request_), next);
  }

  Site& site_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
};

class BeastServer final : public Server {
 public:
  BeastServer(tidings::net::io_context& context, std::uint16_t port, std::size_t loops)
      : site_(context, loops), acceptor_(context_, {boost::asio::ip::address_v4::any(), port}) {
    acceptor_.listen(4096);
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~BeastServer() override {
    context_.stop();
    thread_.join();
  }

  std::uint16_t port() const override { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code ec, Tcp::socket socket) {
      if (!ec) std::make_shared<Session>(site_, beast::tcp_stream(std::move(socket)))->read();
      if (acceptor_.is_open()) accept();
    });
  }

  Site site_;
  boost::asio::io_context context_{1};
  Tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Server> start_beast(tidings::net::io_context& context, std::uint16_t port, std::size_t loops) {
  return std::make_unique<BeastServer>(context, port, loops);
}

}  // namespace bench

#else

#include <stdexcept>

std::unique_ptr<bench::Server> bench::start_beast(tidings::net::io_context&, std::uint16_t, std::size_t) {
  throw std::invalid_argument("built without Boost.Beast");
}

#endif
