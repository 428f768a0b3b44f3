// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_ADAPTER_BEAST_HPP
#define TIDINGS_ADAPTER_BEAST_HPP

#include <tidings/adapter/beast_exchange.hpp>
#include <tidings/adapter/beast_options.hpp>
#include <tidings/adapter/impl/beast_route_table.hpp>
#include <tidings/endpoint.hpp>
#include <tidings/mount.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace adapter {

/// Where endpoints are mounted for a server that is made with Beast, which has no routes of its own. Sessions keep a copy
/// and ask it about each request that they have read.
///
/// ```cpp
/// tidings::adapter::BeastRoutes routes;
/// auto push = tidings::adapter::mount(routes, "/push", hub, authorize);
/// // in the session, when a request is read:
/// if (routes.serves(request)) {
///   routes.serve(std::move(stream), std::move(buffer), std::move(request),
///                [](beast::tcp_stream stream, beast::flat_buffer buffer) { /* read the next request */ });
///   return;
/// }
/// ```
/// Thread    any. Lifetime  a handle: copies share the routes. May outlive hub and mounts.
class BeastRoutes {
 public:
  /// Mounts an endpoint on a path and what is below it; the longest path wins, and `/` takes everything else.
  ///
  /// Throws `std::invalid_argument` for a path that does not begin with a slash.
  [[nodiscard]] Mount add(std::string path, std::shared_ptr<Endpoint> endpoint) {
    table_->add(std::move(path), endpoint);
    Mount route([table = std::weak_ptr(table_), endpoint] {
      if (const std::shared_ptr<detail::BeastRouteTable> alive = table.lock()) alive->remove(endpoint.get());
    });
    return mount_of(std::move(route), std::move(endpoint));
  }

  /// Whether an endpoint is mounted where the request goes.
  template <class Body, class Fields>
  bool serves(const boost::beast::http::request<Body, Fields>& request) const {
    return table_->find({request.target().data(), request.target().size()}) != nullptr;
  }

  /// Answers the request by the endpoint of its path; 404 if none is mounted there, or not any more.
  ///
  /// Over plain TCP event streams and WebSockets go with their socket to a loop of the hub; `next` then is destroyed. See
  /// `serve` of BeastExchange for the parameters.
  template <class BeastStream, class Body, class Fields>
  void serve(BeastStream stream, boost::beast::flat_buffer buffer, boost::beast::http::request<Body, Fields> request,
             BeastNext<BeastStream> next = {}, const BeastOptions& options = {}) const {
    auto handler = [this](RequestSnapshot asked, BeastExchange<BeastStream> exchange) {
      if (const std::shared_ptr<Endpoint> endpoint = table_->find(asked.target)) {
        answer(*endpoint, std::move(asked), std::move(exchange));
      } else {
        std::move(exchange).answer().respond({404, {{"Content-Type", "text/plain"}}}, share_bytes("not found\n"));
      }
    };
    adapter::serve(handler, std::move(stream), std::move(buffer), std::move(request), std::move(next), options);
  }

 private:
  template <class BeastStream>
  static void answer(Endpoint& endpoint, RequestSnapshot asked, BeastExchange<BeastStream> exchange) {
    switch (endpoint.kind(asked)) {
      case Endpoint::Kind::upgrade:
        // As a response over plain TCP: a refusal leaves the connection in use, a WebSocket takes the socket.
        if constexpr (BeastExchange<BeastStream>::hands_over) {
          endpoint.upgrade(std::move(asked), std::move(exchange).stream());
        } else {
          endpoint.upgrade(std::move(asked), std::move(exchange).bytes());
        }
        break;
      case Endpoint::Kind::stream: endpoint.stream(std::move(asked), std::move(exchange).stream()); break;
      case Endpoint::Kind::answer: endpoint.answer(std::move(asked), std::move(exchange).answer()); break;
    }
  }

  std::shared_ptr<detail::BeastRouteTable> table_ = std::make_shared<detail::BeastRouteTable>();
};

/// Serves an endpoint on a path and what is below it; see BeastRoutes::add.
///
/// @param authorize  `(const RequestSnapshot&) -> Access`, or `(const RequestSnapshot&, Completion<Access>)` for a late
///                   answer. Called inside `BeastRoutes::serve`; must not block.
template <class F>
requires(AuthorizesNow<F> || AuthorizesLater<F>) [[nodiscard]] Mount
    mount(BeastRoutes& routes, std::string path, const HubRef& hub, F authorize, EndpointOptions options = {}) {
  return routes.add(std::move(path),
                    std::make_shared<Endpoint>(hub, make_authorize(std::move(authorize)), std::move(options)));
}

}  // namespace adapter

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_ADAPTER_BEAST_HPP
