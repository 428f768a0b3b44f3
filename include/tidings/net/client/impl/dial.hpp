// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_NET_CLIENT_IMPL_DIAL_HPP
#define TIDINGS_NET_CLIENT_IMPL_DIAL_HPP

#include <tidings/net/client/dial.hpp>
#include <tidings/net/client/tcp_duplex.hpp>
#include <tidings/net/clock.hpp>
#include <tidings/net/socket_options.hpp>

#include TIDINGS_ASIO_HEADER(buffer.hpp)
#include TIDINGS_ASIO_HEADER(write.hpp)

#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace io {

inline void Dial::start() {
  if (!options_.addresses.empty()) {
    std::vector<Tcp::endpoint> endpoints;
    for (const std::string& each : options_.addresses) {
      net_error_code ec;
      const auto address = net::ip::make_address(each, ec);
      if (!ec) endpoints.emplace_back(address, static_cast<unsigned short>(first_port()));
    }
    connect(std::move(endpoints));
    return;
  }
  net_error_code ec;
  const auto address = net::ip::make_address(first_host(), ec);
  if (ec) {
    resolve();
  } else {
    connect({Tcp::endpoint(address, static_cast<unsigned short>(first_port()))});
  }
}

inline void Dial::cancel() {
  if (std::exchange(over_, true)) return;
  done_ = nullptr;
  let_go();
}

inline void Dial::limit(std::chrono::milliseconds span) {
  deadline_.expires_after(span);
  deadline_.async_wait([self = shared_from_this()](net_error_code ec) {
    // A timer that was set anew meanwhile may have fired all the same.
    if (!ec && self->deadline_.expiry() <= steady_now()) self->finish(errc::timeout);
  });
}

inline void Dial::resolve() {
  limit(options_.resolve_timeout);
  // The system's resolver cannot be interrupted: its answer may come long after the deadline, to nobody.
  resolver_.async_resolve(first_host(), std::to_string(first_port()),
                          [self = shared_from_this()](net_error_code ec, Tcp::resolver::results_type results) {
                            if (self->over_) return;
                            if (ec) return self->finish(ec);
                            std::vector<Tcp::endpoint> endpoints;
                            for (const auto& each : results) endpoints.push_back(each.endpoint());
                            self->connect(std::move(endpoints));
                          });
}

inline void Dial::connect(std::vector<Tcp::endpoint> endpoints) {
  endpoints_ = client::interleave_families(std::move(endpoints),
                                           [](const Tcp::endpoint& each) { return each.address().is_v6(); });
  if (endpoints_.empty()) return finish(std::make_error_code(std::errc::address_not_available));
  limit(options_.connect_timeout);
  eyeballs_.emplace(endpoints_.size(), options_.attempt_delay);
  act(eyeballs_->start(steady_now()));
}

inline void Dial::act(client::HappyEyeballs::Action action) {
  if (action.act == Act::failed) return finish(last_error_);
  if (action.due) {
    stagger_.expires_at(*action.due);
    stagger_.async_wait([self = shared_from_this()](net_error_code ec) {
      if (!ec && !self->over_ && !self->socket_) self->act(self->eyeballs_->on_timer(steady_now()));
    });
  }
  if (action.act != Act::start) return;
  tried_.push_back(std::make_unique<Tcp::socket>(executor_));
  tried_.back()->async_connect(endpoints_[action.which], [self = shared_from_this(), which = action.which](
                                                             net_error_code ec) { self->on_connected(which, ec); });
}

inline void Dial::on_connected(std::size_t which, net_error_code ec) {
  if (over_ || socket_) return;
  if (ec) {
    last_error_ = ec;
    return act(eyeballs_->on_failed(steady_now()));
  }
  socket_ = std::move(*tried_[which]);
  stagger_.cancel();
  // The others end with an error that nobody hears.
  for (const auto& each : tried_) {
    net_error_code ignored;
    each->close(ignored);
  }
  set_stream_options(socket_->native_handle());
  if (target_.proxy) {
    ask_proxy();
  } else {
    secure();
  }
}

inline void Dial::ask_proxy() {
  limit(options_.proxy_timeout);
  client::ProxyConnect::encode(request_, target_.host, target_.port, *target_.proxy);
  net::async_write(*socket_, net::buffer(request_.data(), request_.size()),
                   [self = shared_from_this()](net_error_code ec, std::size_t) {
                     if (self->over_) return;
                     if (ec) return self->finish(ec);
                     self->read_proxy();
                   });
}

inline void Dial::read_proxy() {
  socket_->async_read_some(net::buffer(answer_.data(), answer_.size()),
                           [self = shared_from_this()](net_error_code ec, std::size_t size) {
                             using Status = client::ProxyConnect::Status;
                             if (self->over_) return;
                             if (ec == net::error::eof) return self->finish(errc::connection_lost);
                             if (ec) return self->finish(ec);
                             const Status status = self->tunnel_.feed({self->answer_.data(), size});
                             if (status == Status::need_more) return self->read_proxy();
                             if (status == Status::open) return self->secure();
                             self->finish(self->tunnel_.error(), {{}, self->tunnel_.status(), self->tunnel_.headers()});
                           });
}

inline void Dial::secure() {
  if (!target_.secure) {
    link_ = std::make_shared<TcpDuplex>(std::move(*socket_));
    return finish({}, {std::move(link_)});
  }
  limit(options_.tls_timeout);
  link_ = options_.tls->wrap(std::move(*socket_));
  link_->open(target_.host, [self = shared_from_this()](std::error_code ec, std::size_t) {
    if (self->over_) return;
    if (ec) return self->finish(ec);
    self->finish({}, {std::move(self->link_)});
  });
}

inline void Dial::finish(std::error_code ec, Result result) {
  if (std::exchange(over_, true)) return;
  let_go();
  Done done = std::exchange(done_, nullptr);
  done(ec, std::move(result));
}

inline void Dial::let_go() {
  net_error_code ignored;
  resolver_.cancel();
  deadline_.cancel();
  stagger_.cancel();
  for (const auto& each : tried_) each->close(ignored);
  if (socket_) socket_->close(ignored);
  if (link_) link_->close();
}

}  // namespace io

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_NET_CLIENT_IMPL_DIAL_HPP
