// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_IMPL_CIVETWEB_HPP
#define TIDINGS_ADAPTER_IMPL_CIVETWEB_HPP

#include <tidings/adapter/civetweb.hpp>
#include <tidings/adapter/impl/civetweb_route.hpp>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

inline CivetwebRequest::CivetwebRequest(const mg_connection* connection, std::string_view body)
    : connection_(connection), body_(body) {
  const mg_request_info& info = *mg_get_request_info(connection);
  method_ = info.request_method;
  target_ = info.request_uri;
  // civetweb has cut it off.
  if (info.query_string != nullptr) target_.append("?").append(info.query_string);
  version_ = std::string_view(info.http_version) == "1.0" ? 10 : 11;
}

inline CivetwebExchange::Answer CivetwebExchange::answer() {
  answer_ = std::make_shared<BlockingAnswer>();
  return answer_->responder();
}
inline CivetwebExchange::Stream CivetwebExchange::stream() {
  stream_ = std::make_shared<BlockingStream>();
  return stream_->response();
}

namespace detail {

/// Everything that is mounted on civetweb in this process, and the WebSockets that are open. civetweb forgets no handler
/// before the last connection that uses it has ended, so that ours stay; they look here whether there is still a route.
///
/// Thread    any. Lifetime  never ends: threads of a server that nobody stops may outlive `main`.
class CivetwebTable {
 public:
  static CivetwebTable& get() {
    static CivetwebTable* const table = new CivetwebTable;
    return *table;
  }

  void* add(std::weak_ptr<CivetwebRoute> route) {
    const std::lock_guard lock(mutex_);
    routes_.emplace(++last_id_, std::move(route));
    return reinterpret_cast<void*>(last_id_);
  }
  void remove(void* id) {
    const std::lock_guard lock(mutex_);
    routes_.erase(reinterpret_cast<std::uintptr_t>(id));
  }
  std::shared_ptr<CivetwebRoute> route(void* id) {
    const std::lock_guard lock(mutex_);
    const auto found = routes_.find(reinterpret_cast<std::uintptr_t>(id));
    return found == routes_.end() ? nullptr : found->second.lock();
  }

  struct Open {
    std::shared_ptr<CivetwebSocket> socket;
    std::shared_ptr<CivetwebRoute> route;
  };
  void put(const mg_connection* connection, Open open) {
    const std::lock_guard lock(mutex_);
    sockets_.insert_or_assign(connection, std::move(open));
  }
  Open find(const mg_connection* connection) {
    const std::lock_guard lock(mutex_);
    const auto found = sockets_.find(connection);
    return found == sockets_.end() ? Open{} : found->second;
  }
  Open take(const mg_connection* connection) {
    const std::lock_guard lock(mutex_);
    const auto found = sockets_.find(connection);
    if (found == sockets_.end()) return {};
    Open open = std::move(found->second);
    sockets_.erase(found);
    return open;
  }

 private:
  std::mutex mutex_;
  std::map<std::uintptr_t, std::weak_ptr<CivetwebRoute>> routes_;
  std::map<const mg_connection*, Open> sockets_;
  std::uintptr_t last_id_ = 0;
};

/// What civetweb calls. An exception must not get into its C.
struct CivetwebCallbacks {
  static int on_request(mg_connection* connection, void* id) noexcept {
    try {
      forget(connection);
      const auto route = CivetwebTable::get().route(id);
      // 0: civetweb looks for something else to serve.
      if (!route || !route->owns(mg_get_request_info(connection)->local_uri)) return 0;
      return route->serve(connection);
    } catch (...) {
      mg_disable_connection_keep_alive(connection);
      return 500;
    }
  }
  static int on_connect(const mg_connection* connection, void* id) noexcept {
    try {
      forget(connection);
      // Not const: a refusal is written to it.
      auto* const peer = const_cast<mg_connection*>(connection);
      const auto route = CivetwebTable::get().route(id);
      if (!route || !route->owns(mg_get_request_info(connection)->local_uri)) {
        constexpr std::string_view none = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        mg_write(peer, none.data(), none.size());
        return 1;
      }
      std::shared_ptr<CivetwebSocket> socket = route->connect(peer);
      if (!socket) return 1;
      CivetwebTable::get().put(connection, {std::move(socket), route});
      return 0;
    } catch (...) {
      return 1;
    }
  }
  static void on_ready(mg_connection* connection, void* /*id*/) noexcept {
    const CivetwebTable::Open open = CivetwebTable::get().find(connection);
    if (open.socket) open.socket->on_ready([route = open.route] { return route->stopping(); });
  }
  static int on_frame(mg_connection* connection, int first, char* data, std::size_t size, void* /*id*/) noexcept {
    try {
      const CivetwebTable::Open open = CivetwebTable::get().find(connection);
      return open.socket && open.socket->on_frame(first, {data, size}) ? 1 : 0;
    } catch (...) {
      return 0;
    }
  }
  static void on_close(const mg_connection* connection, void* /*id*/) noexcept {
    const CivetwebTable::Open open = CivetwebTable::get().take(connection);
    if (open.socket) open.socket->on_close();
  }

 private:
  // A handshake that could not be answered is told to nobody; then the connection's place is used again.
  static void forget(const mg_connection* connection) {
    if (const CivetwebTable::Open open = CivetwebTable::get().take(connection); open.socket) open.socket->on_lost();
  }
};

inline void check_civetweb(const mg_context* server, const std::string& path, const CivetwebOptions& options) {
  const auto option = [server](const char* name) {
    const char* const value = mg_get_option(server, name);
    return std::string(value == nullptr ? "" : value);
  };
  if (!path.starts_with('/') || path.find_first_of("*?$|") != std::string::npos) {
    throw std::invalid_argument("civetweb: a path begins with a slash and has none of *?$|");
  }
  const long threads = std::atol(option("num_threads").c_str());
  if (threads <= static_cast<long>(options.max_pinned)) {
    throw std::invalid_argument("civetweb: num_threads is " + std::to_string(threads) + ", max_pinned of them is " +
                                std::to_string(options.max_pinned) + ": start it with CivetwebSettings");
  }
  if (option("enable_websocket_ping_pong") == "yes") {
    throw std::invalid_argument(
        "civetweb: enable_websocket_ping_pong keeps pongs from us: start it with CivetwebSettings");
  }
  if (!option("access_control_allow_methods").empty()) {
    throw std::invalid_argument(
        "civetweb: access_control_allow_methods lets it answer preflights itself: start it with CivetwebSettings");
  }
}

}  // namespace detail

inline Mount handle(mg_context* server, const std::string& path, CivetwebHandler handler, CivetwebOptions options) {
  using Callbacks = detail::CivetwebCallbacks;
  detail::check_civetweb(server, path, options);
  auto route = std::make_shared<detail::CivetwebRoute>(server, path, std::move(handler), options);
  void* const id = detail::CivetwebTable::get().add(route);
  mg_set_request_handler(server, path.c_str(), Callbacks::on_request, id);
  mg_set_websocket_handler(server, path.c_str(), Callbacks::on_connect, Callbacks::on_ready, Callbacks::on_frame,
                           Callbacks::on_close, id);
  return Mount([route = std::move(route), id] {
    detail::CivetwebTable::get().remove(id);
    route->close();
  });
}

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_IMPL_CIVETWEB_HPP
