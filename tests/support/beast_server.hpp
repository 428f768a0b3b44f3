// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_BEAST_SERVER_HPP
#define TIDINGS_TESTS_SUPPORT_BEAST_SERVER_HPP

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace support {

/// Connections as they come.
struct PlainBeast {
  using Stream = boost::beast::tcp_stream;

  template <class F>
  void open(Stream stream, F opened) const {
    opened(std::move(stream));
  }
};

/// A server as an application makes it with Beast, on a free port of 127.0.0.1, with two threads. The destructor stops
/// it; connections go with their context.
///
/// @tparam Layer  What lies on TCP: PlainBeast, or one that does a handshake in `open(tcp_stream, opened)`.
template <class Layer>
class BeastServer {
 public:
  using Stream = typename Layer::Stream;
  using Buffer = boost::beast::flat_buffer;
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  /// Reads the next request from the connection.
  using Next = std::function<void(Stream, Buffer)>;
  /// Called with each request, on one of the threads; never twice at once for one connection.
  using Serve = std::function<void(Stream, Buffer, Request, Next)>;

  explicit BeastServer(Serve serve, Layer layer = {})
      : shared_(std::make_shared<Shared>(Shared{std::move(serve), std::move(layer)})) {
    accept();
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { context_->run(); });
  }
  BeastServer(const BeastServer&) = delete;
  BeastServer& operator=(const BeastServer&) = delete;
  ~BeastServer() { destroy(); }

  std::uint16_t port() const { return port_; }
  boost::asio::io_context& context() { return *context_; }

  /// Stops the threads; what is open stays so, and nobody looks after it.
  void stop() {
    if (context_) context_->stop();
    for (std::thread& each : threads_) each.join();
    threads_.clear();
  }
  void destroy() {
    stop();
    acceptor_.reset();
    context_.reset();
  }

 private:
  struct Shared {
    Serve serve;
    Layer layer;
  };

  struct Session : std::enable_shared_from_this<Session> {
    Session(std::shared_ptr<Shared> s, Stream own, Buffer read)
        : shared(std::move(s)), stream(std::move(own)), buffer(std::move(read)) {}

    void read() {
      // As every example of Beast has it; whoever waits for news must switch it off.
      boost::beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(10));
      boost::beast::http::async_read(
          stream, buffer, request,
          [self = this->shared_from_this()](boost::system::error_code ec, std::size_t) { self->on_read(ec); });
    }
    void on_read(boost::system::error_code ec) {
      if (ec) return;
      const Next next = [own = shared](Stream s, Buffer b) {
        std::make_shared<Session>(own, std::move(s), std::move(b))->read();
      };
      shared->serve(std::move(stream), std::move(buffer), std::move(request), next);
    }

    std::shared_ptr<Shared> shared;
    Stream stream;
    Buffer buffer;
    Request request;
  };

  void accept() {
    acceptor_->async_accept(
        boost::asio::make_strand(*context_), [this](boost::system::error_code ec, boost::asio::ip::tcp::socket socket) {
          if (ec) return;
          shared_->layer.open(boost::beast::tcp_stream(std::move(socket)), [own = shared_](Stream s) {
            std::make_shared<Session>(own, std::move(s), Buffer())->read();
          });
          accept();
        });
  }

  std::shared_ptr<Shared> shared_;
  std::optional<boost::asio::io_context> context_{std::in_place, 2};
  std::optional<boost::asio::ip::tcp::acceptor> acceptor_{
      std::in_place, *context_, boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  std::uint16_t port_ = acceptor_->local_endpoint().port();
  std::vector<std::thread> threads_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_BEAST_SERVER_HPP
