// SPDX-License-Identifier: BSL-1.0

// Event streams over TLS by Boost.Beast alone: `GET /sse` opens one, `POST /pub` goes to all, with the bytes that our
// server writes. Writes its port to the standard output.

#include "support/beast_tls.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "bench/floor_bytes.hpp"

#include <cstddef>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

namespace {

namespace beast = boost::beast;
using Tcp = boost::asio::ip::tcp;
using Bytes = std::shared_ptr<const std::string>;

class Session;

struct Site {
  std::shared_ptr<boost::asio::ssl::context> tls = support::make_tls_context();
  std::string id = "id: " + bench::cursor_of(0) + "\n";
  std::unordered_set<Session*> streams{};
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Site& site, Tcp::socket socket) : site_(site), stream_(std::move(socket), *site.tls) {}
  ~Session() { site_.streams.erase(this); }

  void start() {
    stream_.async_handshake(boost::asio::ssl::stream_base::server,
                            beast::bind_front_handler(&Session::on_handshake, shared_from_this()));
  }
  void send(Bytes bytes) {
    queue_.push_back(std::move(bytes));
    if (queue_.size() == 1) write_next();
  }

 private:
  void on_handshake(beast::error_code ec) {
    if (!ec) read();
  }
  void read() {
    request_ = {};
    beast::http::async_read(stream_, buffer_, request_,
                            beast::bind_front_handler(&Session::on_request, shared_from_this()));
  }
  void on_request(beast::error_code ec, std::size_t) {
    if (ec) return;
    if (request_.method() == beast::http::verb::get) {
      site_.streams.insert(this);
      send(std::make_shared<const std::string>(bench::stream_head(site_.id)));
    } else {
      const auto event = std::make_shared<const std::string>(bench::stream_event(site_.id, request_.body()));
      for (Session* const each : site_.streams) each->send(event);
      send(std::make_shared<const std::string>("HTTP/1.1 204 No Content\r\n\r\n"));
    }
    // A stream's next request never comes, but its end does.
    read();
  }
  void write_next() {
    boost::asio::async_write(stream_, boost::asio::buffer(*queue_.front()),
                             beast::bind_front_handler(&Session::on_written, shared_from_this()));
  }
  void on_written(beast::error_code ec, std::size_t) {
    if (ec) return;
    queue_.pop_front();
    if (!queue_.empty()) write_next();
  }

  Site& site_;
  beast::ssl_stream<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_;
  beast::http::request<beast::http::string_body> request_;
  std::deque<Bytes> queue_;
};

void accept(Tcp::acceptor& acceptor, Site& site) {
  acceptor.async_accept([&](beast::error_code ec, Tcp::socket socket) {
    if (!ec) {
      socket.set_option(Tcp::no_delay(true), ec);
      std::make_shared<Session>(site, std::move(socket))->start();
    }
    accept(acceptor, site);
  });
}

}  // namespace

int main() {
  boost::asio::io_context context(1);
  Site site;
  Tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  acceptor.listen(4096);
  std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  accept(acceptor, site);
  context.run();
}
