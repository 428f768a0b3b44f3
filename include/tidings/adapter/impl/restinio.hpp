// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_RESTINIO_HPP
#define TIDINGS_ADAPTER_IMPL_RESTINIO_HPP

#include <tidings/adapter/restinio.hpp>

#include <restinio/http_server.hpp>

#ifndef _WIN32
#include <netinet/in.h>
#include <netinet/tcp.h>
#endif

#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

namespace detail {

#ifdef TCP_USER_TIMEOUT
/// The option in the form that Asio takes.
class TcpUserTimeout {
 public:
  explicit TcpUserTimeout(std::chrono::milliseconds timeout) : ms_(static_cast<int>(timeout.count())) {}

  template <class Protocol>
  int level(const Protocol& /*protocol*/) const {
    return IPPROTO_TCP;
  }
  template <class Protocol>
  int name(const Protocol& /*protocol*/) const {
    return TCP_USER_TIMEOUT;
  }
  template <class Protocol>
  const void* data(const Protocol& /*protocol*/) const {
    return &ms_;
  }
  template <class Protocol>
  std::size_t size(const Protocol& /*protocol*/) const {
    return sizeof ms_;
  }

 private:
  int ms_;
};
#endif

}  // namespace detail

template <class Traits>
typename RestinioExchange<Traits>::Bytes RestinioExchange<Traits>::bytes() && {
  auto socket = std::make_shared<detail::RestinioSocket<Traits>>(response_->take());
  response_.reset();
  socket->begin();
  return Bytes(std::move(socket));
}

template <class Traits>
bool RestinioHandler<Traits>::owns(std::string_view target) const {
  const std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with(state_->path)) return false;
  return state_->path == "/" || path.size() == state_->path.size() || path[state_->path.size()] == '/';
}

template <class Traits>
restinio::request_handling_status_t RestinioHandler<Traits>::operator()(const Request& request) const {
  if (!owns(request->header().request_target())) return restinio::request_not_handled();
  const bool called = state_->gate.call([&] {
    RequestSnapshot seen = snapshot(RestinioRequest(*request));
    const bool upgrades = request->header().connection() == restinio::http_connection_header_t::upgrade;
    auto response = std::make_shared<detail::RestinioResponse<Traits>>(request, state_->listener);
    if (!response->begin()) throw std::logic_error("RESTinio runs without the settings of preset()");
    if (seen.body.size() > state_->options.max_body_bytes) {
      hub::Refused refused = hub::make_refused(errc::body_too_large, {});
      response->respond({refused.status, std::move(refused.headers)}, share_bytes(std::move(refused.body)));
    } else {
      state_->function(std::move(seen), RestinioExchange<Traits>(std::move(response), upgrades));
    }
  });
  return called ? restinio::request_accepted() : request->create_response(restinio::status_not_found()).done();
}

template <class Traits>
template <class Settings>
Settings RestinioHandler<Traits>::preset(Settings settings) const {
  const RestinioOptions& options = state_->options;
  settings.handle_request_timeout(options.request_timeout);
  settings.write_http_response_timelimit(options.write_timeout);
  settings.read_next_http_message_timelimit(options.keep_alive_timeout);
  settings.max_pipelined_requests(options.max_pipelined);
  settings.connection_state_listener(state_->listener);
  settings.socket_options_setter([timeout = options.tcp_user_timeout](restinio::socket_options_t& socket) {
    socket.set_option(restinio::asio_ns::ip::tcp::no_delay(true));
#ifdef TCP_USER_TIMEOUT
    if (timeout.count() > 0) socket.set_option(detail::TcpUserTimeout(timeout));
#endif
  });
  return settings;
}

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_RESTINIO_HPP
