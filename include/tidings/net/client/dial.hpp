// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_DIAL_HPP
#define TIDINGS_NET_CLIENT_DIAL_HPP

#include <tidings/client/happy_eyeballs.hpp>
#include <tidings/client/proxy_connect.hpp>
#include <tidings/client_options.hpp>
#include <tidings/http_types.hpp>
#include <tidings/net/client/duplex.hpp>
#include <tidings/net/client/secure_layer.hpp>
#include <tidings/net/client/tcp.hpp>
#include <tidings/net/config.hpp>
#include <tidings/unique_function.hpp>

#include TIDINGS_ASIO_HEADER(any_io_executor.hpp)
#include TIDINGS_ASIO_HEADER(steady_timer.hpp)

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

/// The steps from a name to a connection that bytes of the application can go over: addresses, TCP to the first of them
/// that answers, a proxy's tunnel, TLS; each with its deadline.
///
/// Thread    the executor's: a strand.
/// Lifetime  shared; `cancel` ends it without a word.
class Dial : public std::enable_shared_from_this<Dial> {
 public:
  struct Target {
    std::string host{};
    int port = 0;
    bool secure = false;
    std::optional<client::Proxy> proxy{};
  };
  struct Result {
    std::shared_ptr<Duplex> link{};
    /// Of a proxy that refused.
    int http_status = 0;
    std::vector<Header> headers{};
  };
  using Done = UniqueFunction<void(std::error_code, Result)>;

  /// @param options  The deadlines, addresses and TLS of it; outlives this.
  Dial(net::any_io_executor executor, Target target, const ClientOptions& options, Done done)
      : executor_(executor),
        target_(std::move(target)),
        options_(options),
        done_(std::move(done)),
        resolver_(executor),
        deadline_(executor),
        stagger_(executor) {}

  void start();
  void cancel();

 private:
  using Act = client::HappyEyeballs::Action::Act;

  const std::string& first_host() const { return target_.proxy ? target_.proxy->host : target_.host; }
  int first_port() const { return target_.proxy ? target_.proxy->port : target_.port; }
  void limit(std::chrono::milliseconds span);
  void resolve();
  void connect(std::vector<Tcp::endpoint> endpoints);
  void act(client::HappyEyeballs::Action action);
  void on_connected(std::size_t which, net_error_code ec);
  void ask_proxy();
  void read_proxy();
  void secure();
  void finish(std::error_code ec) { finish(ec, Result{}); }
  void finish(std::error_code ec, Result result);
  void let_go();

  net::any_io_executor executor_;
  Target target_;
  const ClientOptions& options_;
  Done done_;
  Tcp::resolver resolver_;
  net::steady_timer deadline_;
  net::steady_timer stagger_;
  std::vector<Tcp::endpoint> endpoints_;
  std::optional<client::HappyEyeballs> eyeballs_;
  std::vector<std::unique_ptr<Tcp::socket>> tried_;
  std::optional<Tcp::socket> socket_;
  std::shared_ptr<Duplex> link_;
  client::ProxyConnect tunnel_;
  std::string request_;
  std::array<char, 1024> answer_{};
  std::error_code last_error_;
  bool over_ = false;
};

}  // namespace io

TIDINGS_NAMESPACE_END

#include <tidings/net/client/impl/dial.hpp>

#endif  // TIDINGS_NET_CLIENT_DIAL_HPP
