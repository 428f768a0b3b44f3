// SPDX-License-Identifier: BSL-1.0

// Boost.Beast's own WebSocket, as its users write it: /room sends to all, every other path sends back. Writes its port
// to the standard output. The word `no-fragment` switches off that it cuts messages into pieces of 4 KiB.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>

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

class Session;

struct Site {
  bool fragments = true;
  std::unordered_set<Session*> room{};
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Site& site, Tcp::socket socket) : site_(site), stream_(std::move(socket)) {}
  ~Session() { site_.room.erase(this); }

  void start() {
    beast::http::async_read(stream_.next_layer(), buffer_, request_,
                            beast::bind_front_handler(&Session::on_request, shared_from_this()));
  }
  void say(std::shared_ptr<const std::string> message) {
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) write_next();
  }

 private:
  void on_request(beast::error_code ec, std::size_t) {
    if (ec) return;
    stream_.auto_fragment(site_.fragments);
    stream_.async_accept(request_, beast::bind_front_handler(&Session::on_accept, shared_from_this()));
  }
  void on_accept(beast::error_code ec) {
    if (ec) return;
    in_room_ = request_.target() == "/room";
    if (in_room_) site_.room.insert(this);
    request_ = {};
    read();
  }
  void read() { stream_.async_read(buffer_, beast::bind_front_handler(&Session::on_read, shared_from_this())); }
  void on_read(beast::error_code ec, std::size_t) {
    if (ec) return;
    stream_.text(stream_.got_text());
    if (!in_room_) {
      return stream_.async_write(buffer_.data(), beast::bind_front_handler(&Session::on_echo, shared_from_this()));
    }
    const auto message = std::make_shared<const std::string>(beast::buffers_to_string(buffer_.data()));
    buffer_.consume(buffer_.size());
    for (Session* const each : site_.room) each->say(message);
    read();
  }
  void on_echo(beast::error_code ec, std::size_t) {
    if (ec) return;
    buffer_.consume(buffer_.size());
    read();
  }
  void write_next() {
    stream_.text(true);
    stream_.async_write(boost::asio::buffer(*queue_.front()),
                        beast::bind_front_handler(&Session::on_written, shared_from_this()));
  }
  void on_written(beast::error_code ec, std::size_t) {
    if (ec) return;
    queue_.pop_front();
    if (!queue_.empty()) write_next();
  }

  Site& site_;
  beast::websocket::stream<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_;
  beast::http::request<beast::http::string_body> request_;
  bool in_room_ = false;
  std::deque<std::shared_ptr<const std::string>> queue_;
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

int main(int argc, char** argv) {
  boost::asio::io_context context(1);
  Site site{.fragments = argc < 2 || std::string(argv[1]) != "no-fragment"};
  Tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  acceptor.listen(4096);
  std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  accept(acceptor, site);
  context.run();
}
