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

#ifdef TIDINGS_BENCH_TLS
#include "support/beast_tls.hpp"
#endif

#include <memory>
#include <thread>
#include <utility>

namespace bench {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = boost::asio::ip::tcp;

/// One connection between two requests.
template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Site& site, Stream stream, beast::flat_buffer buffer = {})
      : site_(site), stream_(std::move(stream)), buffer_(std::move(buffer)) {}

  void read() {
    http::async_read(stream_, buffer_, request_, [self = this->shared_from_this()](beast::error_code ec, std::size_t) {
      if (!ec) self->answer();
    });
  }

 private:
  void answer() {
    const auto next = [site = &site_](Stream stream, beast::flat_buffer buffer) {
      std::make_shared<Session>(*site, std::move(stream), std::move(buffer))->read();
    };
    const auto handler = [site = &site_](tidings::RequestSnapshot request,
                                         tidings::adapter::BeastExchange<Stream> exchange) {
      site->serve(std::move(request), std::move(exchange));
    };
    tidings::adapter::serve(handler, std::move(stream_), std::move(buffer_), std::move(request_), next);
  }

  Site& site_;
  Stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
};

struct Plain {
  template <class F>
  void open(beast::tcp_stream stream, F opened) const {
    opened(std::move(stream));
  }
};

/// @tparam Opening  Makes a session's stream of an accepted connection.
template <class Opening>
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
      if (!ec) {
        opening_.open(beast::tcp_stream(std::move(socket)), [this](auto stream) {
          using Stream = decltype(stream);
          beast::get_lowest_layer(stream).expires_never();
          std::make_shared<Session<Stream>>(site_, std::move(stream))->read();
        });
      }
      if (acceptor_.is_open()) accept();
    });
  }

  Site site_;
  Opening opening_;
  boost::asio::io_context context_{1};
  Tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Server> start_beast(tidings::net::io_context& context, std::uint16_t port, std::size_t loops) {
  return std::make_unique<BeastServer<Plain>>(context, port, loops);
}

#ifdef TIDINGS_BENCH_TLS
std::unique_ptr<Server> start_beast_tls(tidings::net::io_context& context, std::uint16_t port, std::size_t loops) {
  return std::make_unique<BeastServer<support::TlsBeast<>>>(context, port, loops);
}
#endif

}  // namespace bench

#else

#include <stdexcept>

std::unique_ptr<bench::Server> bench::start_beast(tidings::net::io_context&, std::uint16_t, std::size_t) {
  throw std::invalid_argument("built without Boost.Beast");
}

#endif

#ifndef TIDINGS_BENCH_TLS

#include <stdexcept>

std::unique_ptr<bench::Server> bench::start_beast_tls(tidings::net::io_context&, std::uint16_t, std::size_t) {
  throw std::invalid_argument("built without OpenSSL for Boost.Beast");
}

#endif
