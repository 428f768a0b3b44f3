// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_SUPPORT_CUTTING_RELAY_HPP
#define TIDINGS_TESTS_SUPPORT_CUTTING_RELAY_HPP

#include <tidings/net/client/tcp.hpp>

#include TIDINGS_ASIO_HEADER(buffer.hpp)
#include TIDINGS_ASIO_HEADER(io_context.hpp)
#include TIDINGS_ASIO_HEADER(write.hpp)

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>

namespace support {

namespace net = tidings::net;
using tidings::net_error_code;

/// Stands between a client and a server and cuts every connection after so many bytes, in both directions together, in the
/// midst of whatever it is: with a reset, or with an ordinary end.
class CuttingRelay {
 public:
  /// What a connection may carry; nothing = as much as it likes.
  using Budget = std::function<std::optional<std::size_t>()>;

  CuttingRelay(std::uint16_t server_port, Budget budget)
      : server_(net::ip::address_v4::loopback(), server_port), budget_(std::move(budget)) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  CuttingRelay(const CuttingRelay&) = delete;
  CuttingRelay& operator=(const CuttingRelay&) = delete;
  ~CuttingRelay() {
    context_.stop();
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  /// Connections that were cut.
  std::size_t cuts() const { return cuts_.load(); }
  /// Connections that were made.
  std::size_t links() const { return links_.load(); }

 private:
  using Tcp = net::ip::tcp;

  class Link : public std::enable_shared_from_this<Link> {
   public:
    Link(CuttingRelay& relay, Tcp::socket client)
        : relay_(relay), client_(std::move(client)), server_(relay.context_), left_(relay.budget_()) {}

    void begin() {
      server_.async_connect(relay_.server_, [self = shared_from_this()](net_error_code ec) {
        if (ec) return self->cut(true);
        for (Tcp::socket* each : {&self->client_, &self->server_}) each->set_option(Tcp::no_delay(true));
        self->pass(self->client_, self->server_, self->up_);
        self->pass(self->server_, self->client_, self->down_);
      });
    }

   private:
    using Buffer = std::array<char, 4096>;

    void pass(Tcp::socket& from, Tcp::socket& to, Buffer& buffer) {
      from.async_read_some(net::buffer(buffer),
                           [self = shared_from_this(), &from, &to, &buffer](net_error_code ec, std::size_t size) {
                             if (ec) return self->end();
                             const bool cuts = self->left_ && *self->left_ <= size;
                             if (cuts) size = *self->left_;
                             if (self->left_) *self->left_ -= size;
                             net::async_write(to, net::buffer(buffer.data(), size),
                                              [self, &from, &to, &buffer, cuts](net_error_code error, std::size_t) {
                                                if (error) return self->end();
                                                if (cuts) return self->cut(self->relay_.random_() % 2 == 0);
                                                self->pass(from, to, buffer);
                                              });
                           });
    }
    void cut(bool reset) {
      if (std::exchange(over_, true)) return;
      ++relay_.cuts_;
      net_error_code ignored;
      if (reset) {
        for (Tcp::socket* each : {&client_, &server_}) each->set_option(Tcp::socket::linger(true, 0), ignored);
      }
      close();
    }
    void end() {
      if (!std::exchange(over_, true)) close();
    }
    void close() {
      net_error_code ignored;
      client_.close(ignored);
      server_.close(ignored);
    }

    CuttingRelay& relay_;
    Tcp::socket client_;
    Tcp::socket server_;
    std::optional<std::size_t> left_;
    Buffer up_{};
    Buffer down_{};
    bool over_ = false;
  };

  void accept() {
    acceptor_.async_accept([this](net_error_code ec, Tcp::socket socket) {
      if (ec) return;
      ++links_;
      std::make_shared<Link>(*this, std::move(socket))->begin();
      accept();
    });
  }

  Tcp::endpoint server_;
  Budget budget_;
  std::mt19937 random_{1};
  std::atomic<std::size_t> cuts_{0};
  std::atomic<std::size_t> links_{0};
  net::io_context context_{1};
  Tcp::acceptor acceptor_{context_, Tcp::endpoint(net::ip::address_v4::loopback(), 0)};
  std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::thread thread_;
};

}  // namespace support

#endif  // TIDINGS_TESTS_SUPPORT_CUTTING_RELAY_HPP
